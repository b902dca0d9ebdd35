import { createHash } from 'node:crypto';
import { createLineIndex, type Diagnostic } from '@sekisho/base';
import { type OpenKey, openDataKey } from './data-key.ts';
import { applyEdits, type Edit, type Leaf, type SopsDocument } from './document.ts';
import { decryptValue, isEncryptedText, type PlainValue, parseEncryptedValue } from './encrypted-value.ts';
import { encryptedFormat, formatOf, readDocuments, type SopsFormat } from './format/file-format.ts';
import { decimalText } from './go-number.ts';
import { readMetadata, type SopsMetadata } from './metadata.ts';
import { compileRule, type RuleTest } from './rule.ts';

export interface DecryptOptions {
  readonly openKey: OpenKey;
  readonly signal?: AbortSignal | undefined;
}

export interface DecryptedFile {
  /** Plain text; of a file that isn't encrypted, what it was. Undefined with any diagnostic. */
  readonly bytes?: Uint8Array;
  /** The values that were encrypted, line by line: to be kept out of messages. */
  readonly secrets?: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Larger files are refused: what holds secrets is small, and all of it is held in memory. */
const MAX_SOPS_BYTES = 5 * 1024 * 1024;
const HINT_TAMPERED = 'Whoever changes an encrypted file must do it with SOPS (sops edit). Look who changed this one.';
const HINT_KEYS =
  'Give the private key of one of these, or have somebody who can read the file add your key (sops updatekeys).';
/** SHA-256 of "sops": begins the MAC of files whose plain values are not part of it. */
const MAC_ONLY_ENCRYPTED = createHash('sha256').update('sops').digest();

/** Whether a file seems to be encrypted with SOPS: never false for one that is. */
export function isEncryptedFile(path: string, bytes: Uint8Array): boolean {
  return formatOfEncrypted(path, bytes) !== undefined;
}

function formatOfEncrypted(path: string, bytes: Uint8Array): SopsFormat | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!buffer.includes('sops') || !buffer.includes('ENC[')) return undefined;
  return encryptedFormat(buffer.toString('utf8'), formatOf(path));
}

/**
 * Decrypts a SOPS file: values, types and places as they were, the metadata taken out, encrypted comments emptied. Line
 * numbers of YAML stay. The MAC is checked, always.
 *
 * Diagnostics, never with a plain value: SOPS_TOO_LARGE, SOPS_SYNTAX, SOPS_METADATA, SOPS_NO_KEY, SOPS_VALUE,
 * SOPS_MAC_MISMATCH, SOPS_NOT_TEXT.
 *
 * @throws what `openKey` threw, when it may go well another time
 * @see https://getsops.io/docs, and `sops` 3.13 for what it leaves open
 */
export async function decryptFile(path: string, bytes: Uint8Array, options: DecryptOptions): Promise<DecryptedFile> {
  const format = formatOfEncrypted(path, bytes);
  if (format === undefined) return { bytes, diagnostics: [] };
  if (bytes.length > MAX_SOPS_BYTES) {
    const message = `the encrypted file is larger than ${MAX_SOPS_BYTES} bytes`;
    return fault('SOPS_TOO_LARGE', message, { origin: { file: path }, hint: 'Split it.' });
  }
  return new FileDecryption(path, Buffer.from(bytes).toString('utf8'), format, options).run(bytes);
}

class FileDecryption {
  readonly #path: string;
  readonly #text: string;
  readonly #format: SopsFormat;
  readonly #options: DecryptOptions;
  readonly #diagnostics: Diagnostic[] = [];
  #positionAt: ReturnType<typeof createLineIndex> | undefined;

  constructor(path: string, text: string, format: SopsFormat, options: DecryptOptions) {
    this.#path = path;
    this.#text = text;
    this.#format = format;
    this.#options = options;
  }

  async run(encrypted: Uint8Array): Promise<DecryptedFile> {
    const read = await readDocuments(this.#text, this.#format);
    if ('fault' in read) {
      this.#fault('SOPS_SYNTAX', `the encrypted file can not be read: ${read.fault.message}`, read.fault.offset);
      return { diagnostics: this.#diagnostics };
    }
    if (read.documents.length === 0) return { bytes: encrypted, diagnostics: [] };
    const edits: Edit[] = [];
    const secrets: string[] = [];
    let binary: Uint8Array | undefined;
    for (const document of read.documents) {
      const values = await this.#decrypt(document);
      if (values === undefined) continue;
      if (this.#format === 'binary') binary = values.get(document.leaves.find(isData))?.bytes;
      for (const { bytes } of values.values()) secrets.push(...bytes.toString('utf8').split('\n'));
      edits.push(...document.removals, ...this.#write(document, values));
    }
    if (this.#diagnostics.length > 0) return { diagnostics: this.#diagnostics };
    if (this.#format === 'binary') return { bytes: binary ?? new Uint8Array(), secrets, diagnostics: [] };
    return { bytes: Buffer.from(applyEdits(this.#text, edits)), secrets, diagnostics: [] };
  }

  /** The plain values of what is encrypted; undefined when something is wrong, which is then told. */
  async #decrypt(document: SopsDocument): Promise<ReadonlyMap<Leaf | undefined, PlainValue> | undefined> {
    const metadata = readMetadata(document.metadata);
    if (typeof metadata === 'string') {
      this.#fault('SOPS_METADATA', `in the metadata of SOPS ${metadata}`, document.metadataOffset);
      return undefined;
    }
    const isToBeEncrypted = this.#compile(metadata, document.metadataOffset);
    if (isToBeEncrypted === undefined) return undefined;
    const opened = await openDataKey(metadata, this.#options.openKey, this.#options.signal);
    if ('problem' in opened) {
      this.#fault('SOPS_NO_KEY', `the file is encrypted, and ${opened.problem}`, document.metadataOffset, HINT_KEYS);
      return undefined;
    }
    return this.#decryptValues(document, metadata, isToBeEncrypted, opened.dataKey);
  }

  #compile({ rule }: SopsMetadata, offset: number): RuleTest | undefined {
    try {
      return compileRule(rule);
    } catch {
      this.#fault('SOPS_METADATA', `in the metadata of SOPS ${rule.type} is no regular expression`, offset);
      return undefined;
    }
  }

  #decryptValues(
    { leaves, metadataOffset }: SopsDocument,
    metadata: SopsMetadata,
    isToBeEncrypted: RuleTest,
    dataKey: Uint8Array,
  ): ReadonlyMap<Leaf | undefined, PlainValue> | undefined {
    const values = new Map<Leaf | undefined, PlainValue>();
    const hash = createHash('sha512');
    if (metadata.macOnlyEncrypted) hash.update(MAC_ONLY_ENCRYPTED);
    for (const leaf of leaves) {
      const { path, text, macText } = leaf;
      const isEncrypted = isToBeEncrypted(path) ?? (text !== undefined && isEncryptedText(text));
      if (!isEncrypted) {
        if (!metadata.macOnlyEncrypted) hash.update(macText);
        continue;
      }
      // SOPS leaves empty texts as they are.
      if (text === '') continue;
      const encrypted = text === undefined ? undefined : parseEncryptedValue(text);
      const value = encrypted && decryptValue(encrypted, dataKey, `${path.join(':')}:`);
      if (value === undefined) {
        const what =
          encrypted === undefined
            ? 'must be encrypted, and is not'
            : 'was changed after it was encrypted, or comes from another place';
        this.#fault('SOPS_VALUE', `${path.join('.')} ${what}`, leaf.start, HINT_TAMPERED);
        return undefined;
      }
      values.set(leaf, value);
      hash.update(macBytes(value));
    }
    if (isMacOf(hash.digest('hex'), metadata, dataKey)) return values;
    const message = `the MAC of ${this.#path} does not fit what is in it: the file was changed after it was encrypted`;
    this.#fault('SOPS_MAC_MISMATCH', message, metadataOffset, HINT_TAMPERED);
    return undefined;
  }

  #write(document: SopsDocument, values: ReadonlyMap<Leaf | undefined, PlainValue>): Edit[] {
    if (this.#format === 'binary') return [];
    return document.leaves.flatMap((leaf) => {
      const value = values.get(leaf);
      if (value === undefined) return [];
      const edit = document.write(value, leaf);
      if (edit !== undefined) return [edit];
      this.#fault(
        'SOPS_NOT_TEXT',
        `${leaf.path.join('.')} is no UTF-8 text`,
        leaf.start,
        'Encode it in base64 before encrypting it.',
      );
      return [];
    });
  }

  #fault(code: string, message: string, offset: number, hint?: string): void {
    this.#positionAt ??= createLineIndex(this.#text);
    const origin = { file: this.#path, ...this.#positionAt(offset) };
    this.#diagnostics.push({ code, severity: 'error', message, origin, ...(hint === undefined ? {} : { hint }) });
  }
}

/** A file of the format `binary` holds one value. */
function isData({ path }: Leaf): boolean {
  return path.length === 1 && path[0] === 'data';
}

/** As SOPS writes a value of its type; comments are not part of the MAC. */
function macBytes({ type, bytes }: PlainValue): Buffer | string {
  if (type === 'comment') return '';
  const text = bytes.toString('utf8');
  if (type === 'float' && text !== '') return decimalText(Number(text));
  if (type === 'bool') return text.toLowerCase() === 'true' ? 'True' : 'False';
  return bytes;
}

/** The MAC is encrypted itself, bound to the time of the last change. */
function isMacOf(digest: string, { mac, lastModified }: SopsMetadata, dataKey: Uint8Array): boolean {
  const encrypted = parseEncryptedValue(mac);
  const expected = encrypted && decryptValue(encrypted, dataKey, lastModified)?.bytes.toString('utf8');
  return expected?.toUpperCase() === digest.toUpperCase();
}

function fault(code: string, message: string, rest: Pick<Diagnostic, 'origin' | 'hint'>): DecryptedFile {
  return { diagnostics: [{ code, severity: 'error', message, ...rest }] };
}

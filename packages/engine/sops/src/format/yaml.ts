import { composeYaml, NestingTooDeep, resolvePlainScalar } from '@sekisho/base';
import { isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
import {
  decodeValue,
  type Edit,
  type Leaf,
  type ReadDocuments,
  removal,
  replaceLeaf,
  type SopsDocument,
} from '../document.ts';
import type { PlainValue } from '../encrypted-value.ts';
import { decimalText } from '../go-number.ts';

const MAX_DEPTH = 200;
/** Booleans of YAML 1.1 that SOPS reads as text. */
const TEXT_IN_SOPS = /^(?:y|n|yes|no|on|off)$/i;
const DATE = /^\d{4}-\d\d-\d\d$/;
const ENCRYPTED_COMMENT = /#ENC\[AES256_GCM,[^\]\n#]*,type:comment\]/g;

/**
 * Reads YAML and JSON. Documents with the same MAC were encrypted as one file; each of the others is one of its own, and
 * those without metadata are plain.
 */
export function readYaml(text: string): ReadDocuments {
  const files = new Map<string, SopsDocument[]>();
  let last = 0;
  try {
    for (const { root, errors } of composeYaml(text, MAX_DEPTH)) {
      const [error] = errors;
      if (error !== undefined) return { fault: error };
      last = root?.range?.[0] ?? last;
      const document = root === null ? undefined : new DocumentReader(text, root).read();
      if (document === undefined) continue;
      const mac = String(document.metadata['mac']);
      const known = files.get(mac);
      if (known === undefined) files.set(mac, [document]);
      else known.push(document);
    }
  } catch (error) {
    if (error instanceof NestingTooDeep) {
      return { fault: { message: `collections are nested more than ${MAX_DEPTH} deep`, offset: error.offset } };
    }
    if (error instanceof UnsupportedYaml) return { fault: error };
    throw error;
  }
  return { documents: [...files.values()].flatMap(together) };
}

function together(documents: readonly SopsDocument[]): SopsDocument[] {
  const [first] = documents;
  if (first === undefined) return [];
  const leaves = documents.flatMap((document) => document.leaves);
  const removals = documents.flatMap((document) => document.removals);
  return [{ ...first, leaves, removals }];
}

class UnsupportedYaml extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

class DocumentReader {
  readonly #text: string;
  readonly #root: Node;
  readonly #leaves: Leaf[] = [];

  constructor(text: string, root: Node) {
    this.#text = text;
    this.#root = root;
  }

  read(): SopsDocument | undefined {
    const root = this.#root;
    if (!isMap(root)) return undefined;
    const pairs = pairsOf(root);
    const metadata = pairs.find(({ key }) => keyText(key) === 'sops');
    if (metadata === undefined || metadata.key === null || !isMap(metadata.value)) return undefined;
    for (const { key, value } of pairs) if (key !== metadata.key) this.#walk(value, [keyText(key)]);
    const start = offsetOf(metadata.key);
    const end = metadata.value.range?.[1] ?? start;
    const removals = [root.flow === true ? this.#removePair(start, end) : removal(this.#text, start, end)];
    return {
      metadata: plainOf(metadata.value) as Record<string, unknown>,
      metadataOffset: start,
      leaves: this.#leaves,
      removals: [...removals, ...this.#comments(start, end)],
      write: (value, leaf) => this.#write(value, leaf),
    };
  }

  #walk(node: Node | null, path: readonly string[]): void {
    if (node === null) return;
    if (isMap(node)) {
      for (const { key, value } of pairsOf(node)) this.#walk(value, [...path, keyText(key)]);
    } else if (isSeq(node)) {
      for (const item of node.items) this.#walk(item as Node | null, path);
    } else if (isScalar(node)) {
      const leaf = this.#leaf(node, path);
      if (leaf !== undefined) this.#leaves.push(leaf);
    } else throw new UnsupportedYaml('aliases can not be in an encrypted file', offsetOf(node));
  }

  /** None for null, which is part of nothing. */
  #leaf(node: Scalar, path: readonly string[]): Leaf | undefined {
    // The library reads `!!merge <<`, which Go writes for the text `<<`, as a symbol.
    const source = typeof node.value === 'symbol' ? '<<' : String(node.value ?? '');
    const [start = 0, end = 0] = node.range ?? [];
    const place = { path, start, end };
    if (node.type !== 'PLAIN' || node.tag?.endsWith('!str')) return { ...place, text: source, macText: source };
    const value = TEXT_IN_SOPS.test(source) ? source : resolvePlainScalar(source);
    if (value === null) return undefined;
    if (typeof value === 'string') {
      // A time with its zone is written as SOPS hashes it.
      return { ...place, text: source, macText: DATE.test(source) ? `${source}T00:00:00Z` : source };
    }
    return {
      ...place,
      text: undefined,
      macText: typeof value === 'number' ? numberText(source, value) : value ? 'True' : 'False',
    };
  }

  #write(value: PlainValue, leaf: Leaf): Edit | undefined {
    if (value.type !== 'comment') return replaceLeaf(leaf, scalarText(value));
    // SOPS makes a comment that begins a list its first item.
    const dash = this.#text.lastIndexOf('-', leaf.start);
    return { start: dash, end: leaf.end, text: '#' };
  }

  /** In braces: with the comma before it, or after it. */
  #removePair(start: number, end: number): Edit {
    const before = /,\s*$/.exec(this.#text.slice(0, start));
    if (before !== null) return removal(this.#text, before.index, end);
    const after = /^\s*,/.exec(this.#text.slice(end));
    return removal(this.#text, start, end + (after?.[0].length ?? 0));
  }

  /** Comments are not part of the MAC, and nobody renders them. */
  #comments(metadataStart: number, metadataEnd: number): Edit[] {
    const [from = 0, , to = this.#text.length] = this.#root.range ?? [];
    const edits: Edit[] = [];
    let next = 0;
    ENCRYPTED_COMMENT.lastIndex = this.#text.lastIndexOf('\n---', from) + 1;
    for (;;) {
      const start = ENCRYPTED_COMMENT.exec(this.#text)?.index;
      if (start === undefined || start >= to) return edits;
      // Leaves come in the order of the text. What looks like a comment in one of them is text.
      while ((this.#leaves[next]?.end ?? to) <= start) next++;
      const isText = (this.#leaves[next]?.start ?? to) <= start;
      const isMetadata = metadataStart <= start && start < metadataEnd;
      if (!isText && !isMetadata) edits.push({ start, end: ENCRYPTED_COMMENT.lastIndex, text: '#' });
    }
  }
}

/** As Go writes an integer, or a float without an exponent. */
function numberText(source: string, value: number): string {
  const isDecimal = /^[+-]?\d+$/.test(source) && !/^[+-]?0\d/.test(source);
  // Larger than 64 bits is a float for SOPS, too.
  if (isDecimal && BigInt(source) === BigInt.asIntN(64, BigInt(source))) return BigInt(source).toString();
  return decimalText(value);
}

/** A scalar that YAML and JSON read alike; text always in quotes, on one line. */
function scalarText(value: PlainValue): string | undefined {
  const text = decodeValue(value);
  if (text === undefined) return undefined;
  if (value.type === 'int' || value.type === 'float') return text;
  if (value.type === 'bool') return text.toLowerCase();
  return JSON.stringify(text).replace(
    /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function plainOf(node: Node | null): unknown {
  if (isMap(node)) return Object.fromEntries(pairsOf(node).map(({ key, value }) => [keyText(key), plainOf(value)]));
  if (isSeq(node)) return node.items.map((item) => plainOf(item as Node | null));
  return isScalar(node) ? node.value : undefined;
}

function pairsOf(map: YAMLMap): readonly { readonly key: Node | null; readonly value: Node | null }[] {
  return map.items as unknown as { key: Node | null; value: Node | null }[];
}

function keyText(key: Node | null): string {
  return isScalar(key) ? String(key.value ?? '') : '';
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

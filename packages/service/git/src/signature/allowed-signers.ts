import type { Diagnostic } from '@sekisho/base';

/** One line of an allowed signers file. */
export interface AllowedSigner {
  /** Who signs with the key; the first is shown. */
  readonly principals: readonly string[];
  /** Of the key, such as `ssh-ed25519`. */
  readonly type: string;
  /** The public key in SSH's wire format. */
  readonly key: Buffer;
  /** When the key counts, ms since 1970. */
  readonly validAfter?: number;
  readonly validBefore?: number;
  /** What may be signed with it; undefined: everything. */
  readonly namespaces?: readonly string[];
}

const OPTION = /^([a-z-]+)(?:="((?:[^"\\]|\\.)*)")?(?:,|$)/i;

/**
 * Reads the allowed signers format of ssh-keygen, which git uses. Certificate authorities are not supported, and a line that can't
 * be read allows nobody.
 *
 * @see ssh-keygen(1), ALLOWED SIGNERS
 */
export function parseAllowedSigners(
  text: string,
  file: string,
): { readonly signers: readonly AllowedSigner[]; readonly diagnostics: readonly Diagnostic[] } {
  const signers: AllowedSigner[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const read = parseLine(trimmed);
    if (typeof read !== 'string') {
      signers.push(read);
      continue;
    }
    diagnostics.push({
      code: 'SIGNERS_INVALID',
      severity: 'warning',
      message: read,
      origin: { file, line: index + 1, column: 1 },
      hint: 'A line is: alice@example.com ssh-ed25519 AAAA… [comment].',
    });
  }
  return { signers, diagnostics };
}

function parseLine(line: string): AllowedSigner | string {
  const words = splitWords(line);
  const [principals = '', ...rest] = words;
  const at = rest.findIndex((word) => /^(ssh|ecdsa|sk-ssh|sk-ecdsa)-/.test(word));
  const type = rest[at];
  const encoded = rest[at + 1];
  if (type === undefined || encoded === undefined || at > 1) return 'has no key';
  const key = Buffer.from(encoded, 'base64');
  if (key.length < 16 || key.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, ''))
    return 'has a key that is no base64';
  const options = at === 1 ? parseOptions(rest[0] ?? '') : {};
  if (typeof options === 'string') return options;
  const names = principals
    .replace(/^"|"$/g, '')
    .split(',')
    .filter((name) => name !== '');
  if (names.length === 0) return 'names nobody';
  return { principals: names, type, key, ...options };
}

/** Words between spaces; spaces in quotes do not part. */
function splitWords(line: string): string[] {
  return line.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
}

type Options = Pick<AllowedSigner, 'validAfter' | 'validBefore' | 'namespaces'>;

function parseOptions(text: string): Options | string {
  const options: { -readonly [K in keyof Options]: Options[K] } = {};
  for (let rest = text; rest !== ''; ) {
    const match = OPTION.exec(rest);
    if (match === null) return 'has options that cannot be read';
    rest = rest.slice(match[0].length);
    const value = (match[2] ?? '').replace(/\\(.)/g, '$1');
    switch (match[1]?.toLowerCase()) {
      case 'namespaces':
        options.namespaces = value.split(',');
        break;
      case 'valid-after':
      case 'valid-before': {
        const time = parseTime(value);
        if (time === undefined) return `has a time that cannot be read: ${value.slice(0, 40)}`;
        if (match[1].toLowerCase() === 'valid-after') options.validAfter = time;
        else options.validBefore = time;
        break;
      }
      case 'cert-authority':
        return 'is a certificate authority, which is not supported';
      default:
        return `has an option that is not known: ${match[1]}`;
    }
  }
  return options;
}

/** `YYYYMMDD[HHMM[SS]][Z]`; without Z the machine's time zone in OpenSSH, which is UTC here. */
function parseTime(text: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?Z?$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00'] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

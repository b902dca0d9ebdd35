import { resolvePlain } from './scalar.ts';

export interface StringifyOptions {
  /** Sorts the keys of every map. Default: as they come. */
  readonly sortKeys?: boolean;
}

/**
 * Writes a JSON value as YAML the way kubectl does: block style, two spaces, lists not indented under their key, text
 * with line breaks as a literal block, no folding. {@link parseYamlDocuments} reads the same value back. Keys whose
 * value is undefined are left out.
 */
export function stringifyYaml(value: unknown, options: StringifyOptions = {}): string {
  const lines: string[] = [];
  const writer = new Writer(lines, options.sortKeys ?? false);
  if (isFilled(value)) writer.collection(value, 0, '');
  else writer.scalar(value, 0, '');
  return `${lines.join('\n')}\n`;
}

type Collection = readonly unknown[] | Readonly<Record<string, unknown>>;

class Writer {
  readonly #lines: string[];
  readonly #sortKeys: boolean;

  constructor(lines: string[], sortKeys: boolean) {
    this.#lines = lines;
    this.#sortKeys = sortKeys;
  }

  /** @param first what stands on the first line before the first entry; later entries get `indent` spaces */
  collection(value: Collection, indent: number, first: string): void {
    let prefix = first;
    const pad = ' '.repeat(indent);
    if (Array.isArray(value)) {
      for (const item of value) {
        if (isFilled(item)) this.collection(item, indent + 2, `${prefix}- `);
        else this.scalar(item, indent, `${prefix}- `);
        prefix = pad;
      }
      return;
    }
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    if (this.#sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    for (const [key, entry] of entries) {
      const name = stringText(key);
      const long = name.length > LONGEST_INLINE_KEY;
      if (long) this.#lines.push(`${prefix}? ${name}`);
      const lead = long ? `${pad}:` : `${prefix}${name}:`;
      prefix = pad;
      if (!isFilled(entry)) this.scalar(entry, indent, `${lead} `);
      else {
        this.#lines.push(lead);
        const inner = Array.isArray(entry) && !long ? indent : indent + 2;
        this.collection(entry, inner, ' '.repeat(inner));
      }
    }
  }

  scalar(value: unknown, indent: number, lead: string): void {
    if (typeof value === 'string' && value.includes('\n') && isLiteral(value)) {
      const body = value.replace(/\n+$/, '');
      const trailing = value.length - body.length;
      const chomp = trailing === 0 ? '-' : trailing === 1 ? '' : '+';
      // A first line that starts with a space would be taken for deeper indentation.
      const indicator = /^\n* /.test(body) ? '2' : '';
      this.#lines.push(`${lead}|${indicator}${chomp}`);
      const pad = ' '.repeat(indent + 2);
      for (const line of body.split('\n')) this.#lines.push(line === '' ? '' : pad + line);
      for (let extra = 1; extra < trailing; extra++) this.#lines.push('');
    } else {
      this.#lines.push(lead + scalarText(value));
    }
  }
}

function isFilled(value: unknown): value is Collection {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  return Object.values(value).some((entry) => entry !== undefined);
}

function scalarText(value: unknown): string {
  if (typeof value === 'string') return stringText(value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[]' : '{}';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return 'null';
}

/** YAML takes a key before its colon only up to 1024 characters; a longer one needs a mark of its own. */
const LONGEST_INLINE_KEY = 1000;

function stringText(text: string): string {
  if (resolvePlain(text) !== text || text === '<<' || text === '=') return JSON.stringify(text);
  if (isPlain(text)) return text;
  if (/^[\u0020-\u007E\u00A0-\u2027\u202A-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD]*$/.test(text)) {
    return `'${text.replaceAll("'", "''")}'`;
  }
  return doubleQuoted(text);
}

/** Begins with nothing that YAML gives a meaning, holds no `: ` and no ` #`, neither starts nor ends with a space. */
function isPlain(text: string): boolean {
  return (
    /^(?:[A-Za-z0-9_./$+(;<^\\~\u00A0-\u2027]|[-](?=[A-Za-z0-9_./-])(?!--))[\u0020-\u007E\u00A1-\u2027\u2030-\uD7FF]*$/.test(
      text,
    ) &&
    !/: |:$| #| $/.test(text) &&
    !/^(?:---|\.\.\.)/.test(text)
  );
}

/** Only what a literal block gives back unchanged. */
function isLiteral(text: string): boolean {
  return (
    /^[\n\t\u0020-\u007E\u00A0-\u2027\u202A-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD]*$/.test(text) &&
    !/^[\n\t ]*$/.test(text) &&
    !/^\n|[ \t]\n|[ \t]$|(?:^|\n)\t/.test(text)
  );
}

function doubleQuoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007F-\u00A0\u2028\u2029\uFEFF\uFFFE\uFFFF]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

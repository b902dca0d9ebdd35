/** Plain text that YAML would read as something else, or not as one text. */
const NEEDS_QUOTES =
  /^$|^[\s\-?:,[\]{}#&*!|>'"%@`]|: |:$| #|\p{Cc}|\s$|^(?:true|false|yes|no|on|off|null|~)$|^[-+.]?\d/iu;

/**
 * A JSON value as YAML for reading. Not for machines: long texts keep their lines as blocks.
 *
 * @param order  keys that this value has are written in its order, others after them by name
 */
export function toYaml(value: unknown, order?: unknown): string {
  return write(value, order, 0).replace(/^\n/, '');
}

function write(value: unknown, order: unknown, depth: number): string {
  const indent = '  '.repeat(depth);
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []\n';
    const orders = Array.isArray(order) ? order : [];
    return `\n${value
      .map((item, i) => {
        const text = write(item, orders[i], depth + 1);
        return isBranch(item) ? `${indent}- ${text.trimStart()}` : `${indent}-${text}`;
      })
      .join('')}`;
  }
  if (typeof value === 'object' && value !== null) {
    const keys = orderedKeys(value, order);
    if (keys.length === 0) return ' {}\n';
    const known = (order ?? {}) as Record<string, unknown>;
    return `\n${keys
      .map(
        (key) =>
          `${indent}${scalar(key, depth)}:${write((value as Record<string, unknown>)[key], known[key], depth + 1)}`,
      )
      .join('')}`;
  }
  return ` ${scalar(value, depth)}\n`;
}

const isBranch = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  (Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0);

function orderedKeys(value: object, order: unknown): string[] {
  const keys = Object.keys(value).filter((key) => (value as Record<string, unknown>)[key] !== undefined);
  if (typeof order !== 'object' || order === null) return keys;
  const first = Object.keys(order).filter((key) => keys.includes(key));
  return [...first, ...keys.filter((key) => !first.includes(key))];
}

function scalar(value: unknown, depth: number): string {
  if (typeof value !== 'string') return String(value);
  const isLines = value.includes('\n') && !/^\s/.test(value) && !/\p{Cc}/u.test(value.replaceAll('\n', ''));
  if (isLines) return block(value, depth);
  return NEEDS_QUOTES.test(value) ? JSON.stringify(value) : value;
}

function block(text: string, depth: number): string {
  const chomp = text.endsWith('\n') ? '' : '-';
  const lines = text.replace(/\n$/, '').split('\n');
  const indent = '  '.repeat(Math.max(1, depth));
  return `|${chomp}\n${lines.map((line) => (line === '' ? '' : indent + line)).join('\n')}`;
}

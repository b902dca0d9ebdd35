import { isMembers } from '../document.ts';

/** A double as Go's `%v` prints it: the shortest digits, with an exponent below 1e-4 and from 1e+21 (1e+06 for whole numbers). */
export function goFloatText(value: number): string {
  if (value === 0) return '0';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6)
    return String(value).includes('e') ? value.toFixed(-power + digits.length) : String(value);
  const size = String(Math.abs(power)).padStart(2, '0');
  return `${digits}e${power < 0 ? '-' : '+'}${size}`;
}

/** An RFC 3339 time as Go's `time.Time` prints itself; undefined when it is none. */
export function goTimeText(text: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null || Number.isNaN(Date.parse(text))) return undefined;
  const [, date = '', time = '', fraction = '', zone = ''] = match;
  const digits = fraction.replace(/\.?0+$/, '');
  const offset = zone === 'Z' || zone === '-00:00' ? '+00:00' : zone;
  const name = offset === '+00:00' ? 'UTC' : offset.replace(':', '');
  return `${date} ${time}${digits} ${offset.replace(':', '')} ${name}`;
}

/** A value made of texts, lists and objects as Go's `%v` prints it. */
export function goValueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goValueText).join(' ')}]`;
  if (!isMembers(value)) return String(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${key}:${goValueText(value[key])}`);
  return `map[${members.join(' ')}]`;
}

/** A set, which Go keeps as a map to true: nil first, numbers by size, then texts. */
export function goSetText(items: readonly string[]): string {
  const rank = (item: string) => (item === '<nil>' ? 0 : Number.isNaN(Number(item)) ? 2 : 1);
  const compare = (a: string, b: string) =>
    rank(a) - rank(b) || (rank(a) === 1 ? Number(a) - Number(b) : 0) || (a < b ? -1 : a > b ? 1 : 0);
  const keys = [...new Set(items)].sort(compare);
  return `map[${keys.map((item) => `${item}:true`).join(' ')}]`;
}

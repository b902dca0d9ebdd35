import { type FloatForm, formatBinary, formatFloat, formatHex, withPoint } from './number-format.ts';
import { PRINTABLE, quote, quoteCharacter } from './quote.ts';

/** What stands between `%` and the verb. */
export interface Flags {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly precision: number | undefined;
  readonly width: number | undefined;
}

/** Each of these gives undefined for a verb that is not for such a value. */
export function formatText(verb: string, flags: Flags, value: string): string | undefined {
  const { precision } = flags;
  const cut = precision === undefined ? value : [...value].slice(0, precision).join('');
  switch (verb) {
    case 'v':
    case 's':
      return pad(cut, flags);
    case 'q':
      return pad(
        flags.sharp && !cut.includes('`') && !/\p{Cc}/u.test(cut) ? `\`${cut}\`` : quote(cut, flags.plus),
        flags,
      );
    case 'x':
    case 'X': {
      let bytes = [...new TextEncoder().encode(value)];
      if (precision !== undefined) bytes = bytes.slice(0, precision);
      const prefix = flags.sharp && bytes.length > 0 ? `0${verb}` : '';
      const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0'));
      const joined = flags.space ? hex.join(flags.sharp ? ' 0x' : ' ') : hex.join('');
      return pad(prefix + (verb === 'X' ? joined.toUpperCase() : joined), flags);
    }
    default:
      return undefined;
  }
}

const RADIX: Readonly<Record<string, readonly [number, string]>> = {
  v: [10, ''],
  d: [10, ''],
  b: [2, '0b'],
  o: [8, '0'],
  O: [8, '0o'],
  x: [16, '0x'],
  X: [16, '0X'],
};

export function formatInteger(verb: string, flags: Flags, value: bigint): string | undefined {
  const known = RADIX[verb];
  if (known === undefined) {
    if (verb !== 'c' && verb !== 'q' && verb !== 'U') return undefined;
    const isCharacter = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value < 0xe000n);
    const char = isCharacter ? String.fromCodePoint(Number(value)) : '\ufffd';
    if (verb === 'c') return pad(char, flags);
    if (verb === 'q') return pad(quoteCharacter(char, flags.plus), flags);
    const code = `U+${BigInt.asUintN(64, value).toString(16).toUpperCase().padStart(4, '0')}`;
    return pad(flags.sharp && isCharacter && PRINTABLE.test(char) ? `${code} '${char}'` : code, flags);
  }
  const [radix, prefix] = known;
  const magnitude = value < 0n ? -value : value;
  let digits = magnitude.toString(radix);
  if (verb === 'X') digits = digits.toUpperCase();
  const { precision } = flags;
  if (precision === 0 && value === 0n) return pad('', { ...flags, zero: false });
  if (precision !== undefined) digits = digits.padStart(precision, '0');
  const sign = value < 0n ? '-' : flags.plus ? '+' : flags.space ? ' ' : '';
  const shown = (flags.sharp || verb === 'O') && !(verb === 'o' && digits.startsWith('0')) ? prefix : '';
  // Zeros go between the sign and the digits, and count before the prefix does.
  if (flags.zero && precision === undefined && flags.width !== undefined)
    digits = digits.padStart(flags.width - sign.length, '0');
  return pad(sign + shown + digits, { ...flags, zero: false });
}

export function formatNumber(verb: string, flags: Flags, value: number): string | undefined {
  const text = floatText(verb, flags, value);
  if (text === undefined) return undefined;
  if (!Number.isFinite(value)) return pad(signed(text, flags, value > 0), { ...flags, zero: false });
  return pad(signed(text, flags, false), flags);
}

function floatText(verb: string, { sharp, precision }: Flags, value: number): string | undefined {
  if (verb === 'b') return Number.isFinite(value) ? formatBinary(value) : nonFinite(value);
  let text: string;
  if (verb === 'x' || verb === 'X') text = Number.isFinite(value) ? formatHex(value, precision) : nonFinite(value);
  else {
    const form = FLOAT_FORMS[verb];
    if (form === undefined) return undefined;
    text = formatFloat(value, form, precision ?? (form === 'g' ? undefined : 6));
    if (sharp && form !== 'g') return withPoint(text, 0);
  }
  if (sharp && Number.isFinite(value)) text = withPoint(text, Math.max(1, precision ?? 6));
  return verb === 'E' || verb === 'G' || verb === 'X' ? text.toUpperCase() : text;
}

const FLOAT_FORMS: Readonly<Record<string, FloatForm>> = { v: 'g', e: 'e', E: 'e', f: 'f', F: 'f', g: 'g', G: 'g' };

function signed(text: string, { plus, space }: Flags, keepsPlus: boolean): string {
  if (text.startsWith('-')) return text;
  const bare = text.replace(/^\+/, '');
  return (plus ? '+' : space ? ' ' : keepsPlus ? '+' : '') + bare;
}

export function pad(text: string, { width, minus, zero }: Flags): string {
  if (width === undefined) return text;
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (minus) return text + ' '.repeat(missing);
  if (!zero) return ' '.repeat(missing) + text;
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}

function nonFinite(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

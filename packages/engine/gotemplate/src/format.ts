import { isMap, sortedKeys, typeName, type Value } from './value.ts';

/** A value as an action prints it: Go's `fmt.Print`. */
export function printed(value: Value): string {
  return value === undefined || value === null ? '<no value>' : plain(value);
}

/** `%v`. */
export function plain(value: Value): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return float(value, 'g', undefined);
  if (Array.isArray(value)) return `[${value.map(plain).join(' ')}]`;
  if (isMap(value))
    return `map[${sortedKeys(value)
      .map((key) => `${key}:${plain(value[key])}`)
      .join(' ')}]`;
  return String(value);
}

/** `fmt.Sprint`: a space between operands when neither is a string. */
export function sprint(values: readonly Value[]): string {
  return values
    .map((value, index) => {
      const spaced = index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string';
      return (spaced ? ' ' : '') + plain(value);
    })
    .join('');
}

/** Wider fields, or more digits, than anybody prints. */
const MAX_WIDTH = 10_000;
const VERB = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(%|[\p{L}])?/gu;

/** `fmt.Sprintf`, with its words for what is wrong: `%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA int=1)`. */
export function sprintf(format: string, values: readonly Value[]): string {
  let next = 0;
  const star = (text: string | undefined): number | undefined => {
    if (text !== '*') return text === undefined ? undefined : Math.min(Number(text), MAX_WIDTH);
    const value = values[next++];
    return typeof value === 'bigint' || typeof value === 'number' ? Math.min(Number(value), MAX_WIDTH) : undefined;
  };
  const text = format.replace(VERB, (whole, flags: string, width?: string, precision?: string, verb?: string) => {
    if (verb === '%') return '%';
    if (verb === undefined) return '%!(NOVERB)';
    const wide = star(width);
    const precise = whole.includes('.') ? (star(precision) ?? 0) : undefined;
    if (next >= values.length) return `%!${verb}(MISSING)`;
    const left = flags.includes('-') || (wide !== undefined && wide < 0);
    const body = oneVerb(verb, flags, precise, values[next++]);
    return pad(body, Math.abs(wide ?? 0), left, flags.includes('0') && /[dfFeEgGxXob]/.test(verb));
  });
  const extra = values.slice(next);
  if (extra.length === 0) return text;
  return `${text}%!(EXTRA ${extra.map((value) => (value === null || value === undefined ? '<nil>' : `${typeName(value)}=${plain(value)}`)).join(', ')})`;
}

function oneVerb(verb: string, flags: string, precision: number | undefined, value: Value): string {
  const sign = (text: string) =>
    flags.includes('+') && !text.startsWith('-')
      ? `+${text}`
      : flags.includes(' ') && !text.startsWith('-')
        ? ` ${text}`
        : text;
  switch (verb) {
    case 'v':
      if (flags.includes('#')) return goSyntax(value);
      return typeof value === 'bigint' || typeof value === 'number' ? sign(plain(value)) : plain(value);
    case 's':
      if (typeof value === 'string') return precision === undefined ? value : [...value].slice(0, precision).join('');
      if (Array.isArray(value)) return `[${value.map((item) => oneVerb(verb, flags, precision, item)).join(' ')}]`;
      if (isMap(value)) return plain(value);
      break;
    case 'q':
      if (typeof value === 'string') return quote(value);
      if (typeof value === 'bigint') return `'${String.fromCodePoint(Number(value))}'`;
      if (Array.isArray(value)) return `[${value.map((item) => oneVerb(verb, flags, precision, item)).join(' ')}]`;
      break;
    case 't':
      if (typeof value === 'boolean') return String(value);
      break;
    case 'd':
      if (typeof value === 'bigint') return sign(value.toString());
      if (Array.isArray(value)) return `[${value.map((item) => oneVerb(verb, flags, precision, item)).join(' ')}]`;
      break;
    case 'b':
    case 'o':
    case 'x':
    case 'X': {
      const radix = { b: 2, o: 8, x: 16, X: 16 }[verb];
      const upper = (text: string) => (verb === 'X' ? text.toUpperCase() : text);
      const prefix = flags.includes('#') ? { b: '0b', o: '0', x: '0x', X: '0X' }[verb] : '';
      if (typeof value === 'bigint')
        return sign(
          value < 0n ? `-${prefix}${upper((-value).toString(radix))}` : prefix + upper(value.toString(radix)),
        );
      if (typeof value === 'string' && radix === 16) {
        return (
          prefix +
          upper([...new TextEncoder().encode(value)].map((byte) => byte.toString(16).padStart(2, '0')).join(''))
        );
      }
      break;
    }
    case 'c':
      if (typeof value === 'bigint') return String.fromCodePoint(Number(value));
      break;
    case 'U':
      if (typeof value === 'bigint') return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`;
      break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': {
      if (typeof value !== 'number') break;
      const text = float(
        value,
        verb.toLowerCase() as 'e' | 'f' | 'g',
        precision ?? (verb.toLowerCase() === 'g' ? undefined : 6),
      );
      return sign(verb === 'E' || verb === 'G' ? text.toUpperCase() : text);
    }
    case 'T':
      return typeName(value);
  }
  if (value === null || value === undefined) return `%!${verb}(<nil>)`;
  return `%!${verb}(${typeName(value)}=${plain(value)})`;
}

function pad(text: string, width: number, left: boolean, zeros: boolean): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (left) return text + ' '.repeat(missing);
  if (!zeros) return ' '.repeat(missing) + text;
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  return sign + '0'.repeat(missing) + rest;
}

/** Go's strconv.FormatFloat; without a precision the shortest text that reads back the same. */
function float(value: number, form: 'e' | 'f' | 'g', precision: number | undefined): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const exponential = (digits: number | undefined) =>
    value.toExponential(digits === undefined ? undefined : Math.min(digits, 100)).replace(/e([+-])(\d)$/, 'e$10$2');
  if (form === 'e') return exponential(precision);
  if (form === 'f') return precision === undefined ? decimal(value) : value.toFixed(Math.min(precision, 100));
  const shortest = exponential(precision === undefined ? undefined : Math.max(0, precision - 1));
  const exponent = Number(/e([+-]\d+)$/.exec(shortest)?.[1] ?? 0);
  // Without a precision Go decides as if it were 6: a million is 1e+06.
  if (exponent < -4 || exponent >= (precision === undefined ? 6 : Math.max(1, precision))) {
    return shortest.replace(/\.?0+e/, 'e');
  }
  return precision === undefined
    ? decimal(value)
    : String(Number(value.toPrecision(Math.max(1, Math.min(precision, 100)))));
}

function decimal(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  if (!text.includes('e')) return text;
  const [digits = '', exponent = '0'] = text.split('e');
  const [whole = '', part = ''] = digits.replace('-', '').split('.');
  const sign = value < 0 ? '-' : '';
  const shift = Number(exponent);
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - 1)}${whole}${part}`;
  return sign + whole + part.padEnd(shift, '0');
}

/** A Go string literal. */
export function quote(text: string): string {
  const escaped = text.replace(
    /["\\\p{Cc}]/gu,
    (char) => ESCAPES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${escaped}"`;
}

function goSyntax(value: Value): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (isMap(value)) {
    return `map[string]interface {}{${sortedKeys(value)
      .map((key) => `${quote(key)}:${goSyntax(value[key])}`)
      .join(', ')}}`;
  }
  return plain(value);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\u000b': '\\v',
};

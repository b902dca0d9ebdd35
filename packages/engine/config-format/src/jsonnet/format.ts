import { type JsonnetMachine, JsonnetObject, type JsonnetValue, typeOf } from './value.ts';

const DIRECTIVE = /%(?:\(([^)]*)\))?([#0\- +]*)(\*|\d+)?(?:\.(\*|\d+))?[hlL]?([diouxXeEfFgGcrs%])/g;
const MAX_WIDTH = 10_000;

/** A number in the 17 digits that Jsonnet writes. */
export function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e17) return String(value);
  const text = value.toPrecision(17);
  const [digits = '', exponent] = text.split('e');
  const short = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
  return exponent === undefined ? short : `${short}e${exponent}`;
}

/** `format % values`, after Python's rules. */
export function formatText(evaluator: JsonnetMachine, format: string, values: JsonnetValue): string {
  const list = Array.isArray(values) ? values.map((item) => evaluator.force(item)) : [values];
  let next = 0;
  const take = (name: string | undefined): JsonnetValue => {
    if (name !== undefined) {
      if (!(values instanceof JsonnetObject) || !values.has(name))
        throw evaluator.fault(`the format wants a field "${name}"`);
      return evaluator.field(values, name);
    }
    const value = list[next++];
    if (value === undefined) throw evaluator.fault('the format wants more values');
    return value;
  };
  const size = (text: string | undefined): number | undefined => {
    const value = text === '*' ? take(undefined) : text === undefined ? undefined : Number(text);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || value > MAX_WIDTH) throw evaluator.fault('a width of the format is too large');
    return value;
  };
  const result = format.replace(DIRECTIVE, (_, name, flags: string, width, precision, verb: string) => {
    if (verb === '%') return '%';
    const columns = size(width as string | undefined) ?? 0;
    const digits = size(precision as string | undefined);
    const text = verbText(evaluator, verb, flags, digits, take(name as string | undefined));
    if (flags.includes('-')) return text.padEnd(columns);
    if (!flags.includes('0') || /[csr]/.test(verb)) return text.padStart(columns);
    const sign = /^[+\- ]?(?:0[xX])?/.exec(text)?.[0] ?? '';
    return sign + text.slice(sign.length).padStart(columns - sign.length, '0');
  });
  if (Array.isArray(values) && next < list.length) throw evaluator.fault('the format wants fewer values');
  return result;
}

function verbText(
  evaluator: JsonnetMachine,
  verb: string,
  flags: string,
  digits: number | undefined,
  value: JsonnetValue,
): string {
  if (verb === 's' || verb === 'r') return evaluator.toText(value);
  if (verb === 'c')
    return typeof value === 'number' ? String.fromCodePoint(Math.trunc(value)) : evaluator.toText(value);
  if (typeof value !== 'number') throw evaluator.fault(`%${verb} wants a number, not ${typeOf(value)}`);
  const plus = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const sign = value < 0 ? '-' : plus;
  return sign + magnitude(verb, Math.abs(value), digits, flags.includes('#'));
}

function magnitude(verb: string, value: number, digits: number | undefined, isAlternate: boolean): string {
  const whole = BigInt(Math.floor(value));
  const precision = Math.min(digits ?? 6, 100);
  switch (verb) {
    case 'o':
      return (isAlternate ? '0' : '') + whole.toString(8).padStart(digits ?? 0, '0');
    case 'x':
      return (isAlternate ? '0x' : '') + whole.toString(16).padStart(digits ?? 0, '0');
    case 'X':
      return (
        (isAlternate ? '0X' : '') +
        whole
          .toString(16)
          .toUpperCase()
          .padStart(digits ?? 0, '0')
      );
    case 'f':
    case 'F':
      return value.toFixed(precision);
    case 'e':
    case 'E': {
      const text = exponential(value, precision);
      return verb === 'E' ? text.toUpperCase() : text;
    }
    case 'g':
    case 'G': {
      const size = Math.max(1, precision);
      const power = value === 0 ? 0 : Number(value.toExponential(size - 1).split('e')[1]);
      const text =
        power < -4 || power >= size ? exponential(value, size - 1) : value.toFixed(Math.max(0, size - 1 - power));
      const short = isAlternate ? text : text.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '');
      return verb === 'G' ? short.toUpperCase() : short;
    }
    default:
      return whole.toString().padStart(digits ?? 0, '0');
  }
}

function exponential(value: number, digits: number): string {
  return value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');
}

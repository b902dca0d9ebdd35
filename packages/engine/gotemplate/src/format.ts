import { type Flags, formatInteger, formatNumber, formatText, pad } from './format-scalar.ts';
import { formatFloat } from './number-format.ts';
import { quote } from './quote.ts';
import { GoObject, Integer, isMap, sortedKeys, typeName, type Value } from './value.ts';

/** A value as an action prints it: Go's `fmt.Print`. */
export function printed(value: Value): string {
  return value === undefined || value === null ? '<no value>' : plain(value);
}

/** `%v`. */
export function plain(value: Value): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      // The usual case: whole and not large.
      return Number.isInteger(value) && Math.abs(value) < 1e6 && !Object.is(value, -0)
        ? String(value)
        : formatFloat(value, 'g', undefined);
    case 'undefined':
      return '<nil>';
    case 'object':
      if (value === null) return '<nil>';
      if (Array.isArray(value)) return `[${value.map(plain).join(' ')}]`;
      if (value instanceof Uint8Array) return `[${value.join(' ')}]`;
      if (isMap(value)) {
        const keys = sortedKeys(value);
        return `map[${keys.map((key) => `${key}:${plain(value[key])}`).join(' ')}]`;
      }
      return String(value);
    case 'function':
      return '<func>';
    default:
      return String(value);
  }
}

/** `fmt.Sprint`: a space between operands when neither is a string. */
export function sprint(values: readonly Value[]): string {
  let text = '';
  for (const [index, value] of values.entries()) {
    if (index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string') text += ' ';
    text += plain(value);
  }
  return text;
}

/** Wider fields, or more digits, than anybody prints: Go refuses them above a million. */
const MAX_WIDTH = 10_000;
const DIRECTIVE =
  /%([-+# 0]*)((?:\[[^\]]{0,32}\])?)(\*|\d*)(?:(\.)((?:\[[^\]]{0,32}\])?)(\*|\d*))?((?:\[[^\]]{0,32}\])?)([\s\S]?)/gu;

/** `fmt.Sprintf`, with its words for what is wrong: `%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA int=1)`. */
export function sprintf(format: string, values: readonly Value[]): string {
  if (!format.includes('%')) return format + extra(values);
  return new Formatter(values).run(format);
}

type Piece = string | readonly (string | undefined)[];

const MAX_FORMATS = 1000;
const formats = new Map<string, readonly Piece[]>();

/** Text, and directives in the groups of DIRECTIVE; after those the verb if there is nothing but a usual one. */
function parsed(format: string): readonly Piece[] {
  const known = formats.get(format);
  if (known !== undefined) return known;
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of format.matchAll(DIRECTIVE)) {
    if (match.index > from) pieces.push(format.slice(from, match.index));
    const plain = /^%[svd]$/.test(match[0]) ? match[8] : undefined;
    pieces.push([...match.slice(1, 9), plain]);
    from = match.index + match[0].length;
  }
  if (from < format.length) pieces.push(format.slice(from));
  if (formats.size >= MAX_FORMATS) formats.clear();
  if (format.length < 1000) formats.set(format, pieces);
  return pieces;
}

class Formatter {
  readonly #values: readonly Value[];
  #next = 0;
  /** Arguments were chosen by number: then none is too many. */
  #reordered = false;

  constructor(values: readonly Value[]) {
    this.#values = values;
  }

  run(format: string): string {
    let text = '';
    for (const piece of parsed(format)) {
      if (typeof piece === 'string') text += piece;
      else text += this.#plainly(piece) ?? this.#directive(piece);
    }
    return this.#reordered || this.#next === this.#values.length ? text : text + extra(this.#values.slice(this.#next));
  }

  /** `%s`, `%v`, `%d` of what they are for: nearly all that is ever printed. */
  #plainly(parts: readonly (string | undefined)[]): string | undefined {
    if (parts[8] === undefined || this.#next >= this.#values.length) return undefined;
    const value = this.#values[this.#next];
    const isPlain = parts[8] === 'd' ? typeof value === 'bigint' : typeof value === 'string';
    if (!isPlain) return undefined;
    this.#next++;
    return String(value);
  }

  #directive(parts: readonly (string | undefined)[]): string {
    const [flagText = '', widthIndex = '', width = '', point, precisionIndex = '', precision = '', index = ''] = parts;
    const verb = parts[7] ?? '';
    let faults = '';
    let isBad = !this.#choose(widthIndex);
    let wide = width === '' || width === '*' ? undefined : Number(width);
    let minus = flagText.includes('-');
    if (width === '*') {
      wide = this.#star();
      if (wide === undefined) faults += '%!(BADWIDTH)';
      else if (wide < 0) {
        minus = true;
        wide = -wide;
      }
    } else if (width !== '' && widthIndex !== '') isBad = true;
    let precise = point === undefined ? undefined : 0;
    if (point !== undefined) {
      isBad = !this.#choose(precisionIndex) || isBad;
      if (precision === '*') {
        precise = this.#star();
        if (precise === undefined || precise < 0) {
          precise = undefined;
          faults += '%!(BADPREC)';
        }
      } else precise = Number(precision);
    }
    isBad = !this.#choose(index) || isBad;
    if ((wide ?? 0) > 1e6) [wide, faults] = [undefined, `${faults}%!(BADWIDTH)`];
    if ((precise ?? 0) > 1e6) [precise, faults] = [undefined, `${faults}%!(BADPREC)`];
    if (verb === '') return `${faults}%!(NOVERB)`;
    if (verb === '%') return `${faults}%`;
    if (isBad) return `${faults}%!${verb}(BADINDEX)`;
    if (this.#next >= this.#values.length) return `${faults}%!${verb}(MISSING)`;
    const flags: Flags = {
      minus,
      plus: flagText.includes('+'),
      sharp: flagText.includes('#'),
      space: flagText.includes(' '),
      zero: flagText.includes('0') && !minus,
      width: wide === undefined ? undefined : Math.min(wide, MAX_WIDTH),
      precision: precise === undefined ? undefined : Math.min(precise, MAX_WIDTH),
    };
    return faults + formatOne(verb, flags, this.#values[this.#next++]);
  }

  /** `[n]`: the next argument is the nth. */
  #choose(index: string): boolean {
    if (index === '') return true;
    this.#reordered = true;
    const number = /^\[(\d+)\]$/.exec(index)?.[1];
    if (number === undefined || Number(number) < 1 || Number(number) > this.#values.length) return false;
    this.#next = Number(number) - 1;
    return true;
  }

  #star(): number | undefined {
    const value = this.#values[this.#next];
    if (this.#next < this.#values.length) this.#next++;
    const number = value instanceof Integer ? value.value : value;
    if (typeof number !== 'bigint' || number > 1_000_000n || number < -1_000_000n) return undefined;
    return Number(number);
  }
}

function extra(values: readonly Value[]): string {
  if (values.length === 0) return '';
  return `%!(EXTRA ${values.map(withType).join(', ')})`;
}

function withType(value: Value): string {
  return value === null || value === undefined ? '<nil>' : `${typeName(value)}=${plain(value)}`;
}

/** One value under one verb. */
function formatOne(verb: string, flags: Flags, value: Value): string {
  if (verb === 'T') return pad(value === undefined ? '<nil>' : typeName(value), flags);
  if (value === null || value === undefined) return verb === 'v' ? pad('<nil>', flags) : `%!${verb}(<nil>)`;
  if (verb === 'p') return `%!p(${withType(value)})`;
  // With %v the sign belongs to the names of a struct's fields.
  const used = verb === 'v' && flags.plus ? { ...flags, plus: false } : flags;
  return scalar(verb, used, value, false) ?? bad(verb, used, value);
}

/** A verb that is not for this value: the value stands there with the flags of the verb. */
function bad(verb: string, flags: Flags, value: Value): string {
  const shown =
    typeof value === 'number' ? formatNumber('v', flags, value) : scalar('v', { ...flags, sharp: false }, value, false);
  return `%!${verb}(${typeName(value)}=${shown})`;
}

/** Of anything but nil; undefined when the verb is not for such a value. */
function scalar(verb: string, flags: Flags, value: Value, isInside: boolean): string | undefined {
  if (verb === 'v' && flags.sharp) return isInside ? goSyntax(value) : pad(goSyntax(value), flags);
  switch (typeof value) {
    case 'string':
      return formatText(verb, flags, value);
    case 'boolean':
      return verb === 't' || verb === 'v' ? pad(String(value), flags) : undefined;
    case 'bigint':
      return formatInteger(verb, flags, value);
    case 'number':
      return formatNumber(verb, flags, value);
    case 'object':
      break;
    default:
      return verb === 'v' ? pad(plain(value), flags) : undefined;
  }
  if (value instanceof Integer) {
    if ((verb === 'v' || verb === 's') && value.type.startsWith('time.')) return pad(String(value), flags);
    return formatInteger(verb, flags, value.value);
  }
  if (value instanceof GoObject) {
    return verb === 'v' || verb === 's'
      ? pad(value.text(), flags)
      : verb === 'q'
        ? pad(quote(value.text()), flags)
        : undefined;
  }
  const inner = (item: Value) => {
    if (item === null || item === undefined) return '<nil>';
    return scalar(verb, flags, item, true) ?? bad(verb, flags, item);
  };
  if (Array.isArray(value)) return `[${value.map(inner).join(' ')}]`;
  if (value instanceof Uint8Array) {
    if (verb === 's' || verb === 'q' || verb === 'x' || verb === 'X')
      return formatText(verb, flags, new TextDecoder().decode(value));
    return `[${[...value].map((byte) => inner(BigInt(byte))).join(' ')}]`;
  }
  if (isMap(value)) {
    const keys = sortedKeys(value);
    return `map[${keys.map((key) => `${formatText(verb, flags, key) ?? bad(verb, flags, key)}:${inner(value[key])}`).join(' ')}]`;
  }
  return verb === 'v' || verb === 's' ? pad(String(value), flags) : undefined;
}

/** `%#v`. */
function goSyntax(value: Value): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return quote(value);
  if (value instanceof Integer) {
    return value.type.startsWith('uint') ? `0x${value.value.toString(16)}` : value.value.toString();
  }
  if (Array.isArray(value)) return `${typeName(value)}{${value.map(goSyntax).join(', ')}}`;
  if (isMap(value)) {
    const pairs = sortedKeys(value).map((key) => `${quote(key)}:${goSyntax(value[key])}`);
    return `${typeName(value)}{${pairs.join(', ')}}`;
  }
  return plain(value);
}

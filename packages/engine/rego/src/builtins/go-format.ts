import { isPrintable, quoteGo } from '@sekisho/base';
import { formatFloat } from './go-float.ts';

/**
 * An argument of a format: a text is Go's `string`, a number `int64` when it has no fraction and `float64` else, a bigint
 * `int64` where that is wide enough and `*big.Int` beyond.
 */
export type FormatArgument = string | number | bigint;

/** The result grew beyond its limit. */
export class FormatTooLong extends Error {}

/** Go refuses longer widths and precisions, and looks at one digit more before it does. */
const MAX_WIDTH = 1_000_000;
const BASES: Readonly<Record<string, number>> = { b: 2, o: 8, O: 8, d: 10, s: 10, v: 10, x: 16, X: 16 };
const PREFIXES: Readonly<Record<string, string>> = { b: '0b', o: '0', x: '0x', X: '0X' };
const encoder = new TextEncoder();

/** `fmt.Sprintf`: all verbs, flags, widths and error forms for the arguments above. @throws FormatTooLong */
export function formatGo(format: string, args: readonly FormatArgument[], maxLength: number): string {
  return new Printer(format, args, maxLength).print();
}

class Printer {
  readonly #format: string;
  readonly #args: readonly FormatArgument[];
  readonly #maxLength: number;
  #out = '';
  /** Where reading is. */
  #at = 0;
  #argument = 0;
  #isReordered = false;
  #isGoodIndex = true;
  // Flags of the directive that is being read.
  #minus = false;
  #plus = false;
  #sharp = false;
  #space = false;
  #zero = false;
  #plusV = false;
  #sharpV = false;
  #width: number | undefined;
  #precision: number | undefined;

  constructor(format: string, args: readonly FormatArgument[], maxLength: number) {
    this.#format = format;
    this.#args = args;
    this.#maxLength = maxLength;
  }

  print(): string {
    const format = this.#format;
    while (this.#at < format.length) {
      const percent = format.indexOf('%', this.#at);
      if (percent === -1) {
        this.#write(format.slice(this.#at));
        break;
      }
      this.#write(format.slice(this.#at, percent));
      this.#at = percent + 1;
      this.#directive();
    }
    if (!this.#isReordered && this.#argument < this.#args.length) this.#extra();
    return this.#out;
  }

  #write(text: string): void {
    this.#out += text;
    if (this.#out.length > this.#maxLength) throw new FormatTooLong();
  }

  #clearFlags(): void {
    this.#minus = this.#plus = this.#sharp = this.#space = this.#zero = this.#plusV = this.#sharpV = false;
    this.#width = undefined;
    this.#precision = undefined;
  }

  #directive(): void {
    this.#isGoodIndex = true;
    this.#clearFlags();
    this.#flags();
    let isAfterIndex = this.#index();
    if (this.#char() === '*') {
      this.#at++;
      this.#starWidth();
      isAfterIndex = false;
    } else {
      this.#width = this.#number();
      if (isAfterIndex && this.#width !== undefined) this.#isGoodIndex = false;
    }
    if (this.#char() === '.') {
      this.#at++;
      if (isAfterIndex) this.#isGoodIndex = false;
      isAfterIndex = this.#index();
      if (this.#char() === '*') {
        this.#at++;
        this.#starPrecision();
        isAfterIndex = false;
      } else this.#precision = this.#number() ?? 0;
    }
    if (!isAfterIndex) this.#index();
    this.#verb();
  }

  #char(): string {
    return this.#format.charAt(this.#at);
  }

  #flags(): void {
    for (; ; this.#at++) {
      const char = this.#char();
      if (char === '#') this.#sharp = true;
      else if (char === '0') this.#zero = true;
      else if (char === '+') this.#plus = true;
      else if (char === '-') this.#minus = true;
      else if (char === ' ') this.#space = true;
      else return;
    }
  }

  /** Digits, if any stand here. */
  #number(): number | undefined {
    let value: number | undefined;
    for (; ; this.#at++) {
      const digit = this.#format.charCodeAt(this.#at) - 48;
      if (!(digit >= 0 && digit <= 9)) return value;
      if ((value ?? 0) > MAX_WIDTH) {
        // What follows is not looked at: the directive ends without a verb.
        this.#at = this.#format.length;
        return undefined;
      }
      value = (value ?? 0) * 10 + digit;
    }
  }

  /** `[3]`: whether one stands here that is well formed. */
  #index(): boolean {
    if (this.#char() !== '[') return false;
    this.#isReordered = true;
    const rest = this.#format.length - this.#at;
    const end = rest < 3 ? -1 : this.#format.indexOf(']', this.#at + 1);
    if (end === -1) {
      this.#isGoodIndex = false;
      this.#at++;
      return false;
    }
    const text = this.#format.slice(this.#at + 1, end);
    this.#at = end + 1;
    const index = /^\d{1,7}$/.test(text) ? Number(text) - 1 : undefined;
    if (index !== undefined && index >= 0 && index < this.#args.length) {
      this.#argument = index;
      return true;
    }
    this.#isGoodIndex = false;
    return index !== undefined;
  }

  #starArgument(): number | undefined {
    const value = this.#args[this.#argument];
    if (value === undefined) return undefined;
    this.#argument++;
    return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= MAX_WIDTH ? value : undefined;
  }

  #starWidth(): void {
    this.#width = this.#starArgument();
    if (this.#width === undefined) this.#write('%!(BADWIDTH)');
    else if (this.#width < 0) {
      this.#width = -this.#width;
      this.#minus = true;
      this.#zero = false;
    }
  }

  #starPrecision(): void {
    const precision = this.#starArgument();
    this.#precision = precision !== undefined && precision < 0 ? undefined : precision;
    if (this.#precision === undefined) this.#write('%!(BADPREC)');
  }

  #verb(): void {
    const point = this.#format.codePointAt(this.#at);
    if (point === undefined) {
      this.#write('%!(NOVERB)');
      return;
    }
    const verb = String.fromCodePoint(point);
    this.#at += verb.length;
    if (verb === '%') this.#write('%');
    else if (!this.#isGoodIndex) this.#write(`%!${verb}(BADINDEX)`);
    else if (this.#argument >= this.#args.length) this.#write(`%!${verb}(MISSING)`);
    else {
      if (verb === 'v') {
        this.#sharpV = this.#sharp;
        this.#plusV = this.#plus;
        this.#sharp = this.#plus = false;
      }
      this.#print(this.#args[this.#argument++] as FormatArgument, verb);
    }
  }

  #extra(): void {
    this.#clearFlags();
    this.#write('%!(EXTRA ');
    for (let index = this.#argument; index < this.#args.length; index++) {
      if (index > this.#argument) this.#write(', ');
      const argument = this.#args[index] as FormatArgument;
      this.#write(`${typeOf(argument)}=`);
      this.#print(argument, 'v');
    }
    this.#write(')');
  }

  #print(argument: FormatArgument, verb: string): void {
    if (verb === 'T') this.#text(typeOf(argument));
    else if (verb === 'p') this.#badVerb(argument, verb);
    else if (typeof argument === 'string') this.#string(argument, verb);
    else if (typeof argument === 'bigint' && !isInt64(argument)) this.#bigInteger(argument, verb);
    else if (typeof argument === 'bigint' || Number.isInteger(argument)) this.#integer(argument, verb);
    else this.#float(argument, verb);
  }

  #badVerb(argument: FormatArgument, verb: string): void {
    this.#write(`%!${verb}(${typeOf(argument)}=`);
    this.#print(argument, 'v');
    this.#write(')');
  }

  #padding(count: number): string {
    return count > 0 ? (this.#zero && !this.#minus ? '0' : ' ').repeat(count) : '';
  }

  #pad(text: string, isZeroAllowed = true): void {
    const width = this.#width ?? 0;
    if (width <= text.length && width === 0) {
      this.#write(text);
      return;
    }
    let missing = width;
    for (const _ of text) missing--;
    if (missing <= 0) this.#write(text);
    else if (this.#minus) this.#write(text + ' '.repeat(missing));
    else this.#write((isZeroAllowed ? this.#padding(missing) : ' '.repeat(missing)) + text);
  }

  #truncate(text: string): string {
    if (this.#precision === undefined || text.length <= this.#precision) return text;
    let end = 0;
    let count = 0;
    for (const char of text) {
      if (count++ >= this.#precision) break;
      end += char.length;
    }
    return text.slice(0, end);
  }

  #text(text: string): void {
    this.#pad(this.#truncate(text));
  }

  #string(text: string, verb: string): void {
    if (verb === 's' || (verb === 'v' && !this.#sharpV)) this.#text(text);
    else if (verb === 'x' || verb === 'X') this.#hexText(text, verb);
    else if (verb === 'q' || verb === 'v') this.#quoted(this.#truncate(text));
    else this.#badVerb(text, verb);
  }

  #quoted(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what can not stand between backquotes
    const isRaw = this.#sharp && !/[\0-\x08\x0a-\x1f\x7f`\ufeff]/.test(text);
    this.#pad(isRaw ? `\`${text}\`` : quoteGo(text, '"', this.#plus));
  }

  #hexText(text: string, verb: string): void {
    const bytes = encoder.encode(text);
    const shown = this.#precision === undefined ? bytes : bytes.subarray(0, this.#precision);
    const prefix = this.#sharp ? `0${verb}` : '';
    const isCapital = verb === 'X';
    const pairs = Array.from(shown, (byte) => {
      const pair = byte.toString(16).padStart(2, '0');
      return isCapital ? pair.toUpperCase() : pair;
    });
    const hex = this.#space ? pairs.join(` ${prefix}`) : pairs.join('');
    this.#pad(shown.length === 0 ? '' : prefix + hex);
  }

  #integer(value: number | bigint, verb: string): void {
    const base = BASES[verb];
    if (base !== undefined && verb !== 's') this.#digits(value, base, verb);
    else if (verb === 'c') this.#pad(charOf(value));
    else if (verb === 'q') this.#pad(quoteGo(charOf(value), "'", this.#plus));
    else if (verb === 'U') this.#unicode(value);
    else this.#badVerb(value, verb);
  }

  #digits(value: number | bigint, base: number, verb: string): void {
    const isNegative = value < 0;
    if (this.#precision === 0 && (value === 0 || value === 0n)) {
      this.#write(' '.repeat(this.#width ?? 0));
      return;
    }
    let digits = (isNegative ? -value : value).toString(base);
    if (verb === 'X') digits = digits.toUpperCase();
    const sign = isNegative ? '-' : this.#plus ? '+' : this.#space ? ' ' : '';
    if (this.#precision !== undefined) digits = digits.padStart(this.#precision, '0');
    else if (this.#zero && !this.#minus && this.#width !== undefined) {
      digits = digits.padStart(this.#width - sign.length, '0');
    }
    if (this.#sharp) {
      if (base === 2) digits = `0b${digits}`;
      else if (base === 16) digits = `0${verb}${digits}`;
      else if (base === 8 && !digits.startsWith('0')) digits = `0${digits}`;
    }
    if (verb === 'O') digits = `0o${digits}`;
    this.#pad(sign + digits, false);
  }

  #unicode(value: number | bigint): void {
    const unsigned = BigInt.asUintN(64, BigInt(value));
    const code = `U+${unsigned
      .toString(16)
      .toUpperCase()
      .padStart(Math.max(4, this.#precision ?? 0), '0')}`;
    const char = charOf(value);
    const shown = this.#sharp && unsigned <= 0x10ffffn && isPrintable(char) ? ` '${char}'` : '';
    this.#pad(code + shown, false);
  }

  #bigInteger(value: bigint, verb: string): void {
    const base = BASES[verb];
    if (base === undefined) {
      this.#write(`%!${verb}(big.Int=${value})`);
      return;
    }
    const sign = value < 0n ? '-' : this.#plus || this.#plusV ? '+' : this.#space ? ' ' : '';
    let prefix = verb === 'O' ? '0o' : '';
    if (this.#sharp) prefix = PREFIXES[verb] ?? prefix;
    let digits = (value < 0n ? -value : value).toString(base);
    if (verb === 'X') digits = digits.toUpperCase();
    if (this.#precision !== undefined) digits = digits.padStart(this.#precision, '0');
    else if (this.#zero && !this.#minus && this.#width !== undefined) {
      digits = digits.padStart(this.#width - sign.length - prefix.length, '0');
    }
    this.#pad(sign + prefix + digits, false);
  }

  #float(value: number, verb: string): void {
    if (verb === 'v') this.#floatAs(value, 'g', -1);
    else if (verb === 'F') this.#floatAs(value, 'f', 6);
    else if (/^[feE]$/.test(verb)) this.#floatAs(value, verb, 6);
    else if (/^[bgGxX]$/.test(verb)) this.#floatAs(value, verb, -1);
    else this.#badVerb(value, verb);
  }

  #floatAs(value: number, verb: string, usual: number): void {
    const precision = this.#precision ?? usual;
    // Long runs of zeros cost nothing before they are known to fit.
    if (precision > this.#maxLength) throw new FormatTooLong();
    let digits = formatFloat(Math.abs(value), verb, precision);
    if (this.#sharp && verb !== 'b') digits = withPoint(digits, verb, this.#precision);
    const sign = value < 0 ? '-' : this.#plus ? '+' : this.#space ? ' ' : '';
    if (this.#zero && !this.#minus && this.#width !== undefined && sign !== '') {
      this.#write(sign + digits.padStart(this.#width - 1, '0'));
    } else this.#pad(sign + digits);
  }
}

/** `#`: a point always stands, and `g` keeps its zeros. */
function withPoint(text: string, verb: string, precision: number | undefined): string {
  const isHex = verb === 'x' || verb === 'X';
  const tailAt = text.search(isHex ? /[pP]/ : /[eE]/);
  let head = tailAt === -1 ? text : text.slice(0, tailAt);
  const tail = tailAt === -1 ? '' : text.slice(tailAt);
  const isGeneral = verb === 'g' || verb === 'G';
  // Go counts the x of 0x as a digit.
  const wanted = isHex ? (precision ?? 6) - 1 : isGeneral ? Math.max(precision ?? 6, 1) : 0;
  const body = isHex ? head.slice(2) : head;
  const significant = body.replace('.', '').replace(/^0+/, '').length;
  if (!head.includes('.')) head += '.';
  return head + '0'.repeat(Math.max(0, wanted - significant)) + tail;
}

function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

function typeOf(argument: FormatArgument): string {
  if (typeof argument === 'string') return 'string';
  if (typeof argument === 'bigint') return isInt64(argument) ? 'int64' : '*big.Int';
  return Number.isInteger(argument) ? 'int64' : 'float64';
}

function charOf(value: number | bigint): string {
  const isCodePoint = value >= 0 && value <= 0x10ffff && !(value >= 0xd800 && value <= 0xdfff);
  return isCodePoint ? String.fromCodePoint(Number(value)) : '\ufffd';
}

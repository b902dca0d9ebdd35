import { anyType, arrayOf, fn, stringType } from '../types/construct.ts';
import { formatValue } from '../value/format.ts';
import { isNumber } from '../value/kind.ts';
import { BigNumber } from '../value/number.ts';
import type { Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { type FormatArgument, FormatTooLong, formatGo } from './go-format.ts';
import { arrayOperand, builtinFault, stringOperand } from './operand.ts';
import { MAX_TEXT, spendText } from './text-limit.ts';

/** What `%v` and `%s` need, most formats by far; the rest is Go's to say. */
const ONLY_PLAIN_VERBS = /^[^%]*(?:%[vs][^%]*)*$/;

function sprintf(context: BuiltinContext, format: Value, values: Value): string {
  const text = stringOperand('sprintf', 1, format);
  const args = arrayOperand('sprintf', 2, values);
  const plain = formatPlain(text, args);
  if (plain !== undefined) {
    spendText(context, 'sprintf', plain.length);
    return plain;
  }
  try {
    const result = formatGo(text, args.map(formatArgument), MAX_TEXT);
    spendText(context, 'sprintf', result.length);
    return result;
  } catch (error) {
    if (error instanceof FormatTooLong) throw builtinFault('sprintf', `result is longer than ${MAX_TEXT} characters`);
    throw error;
  }
}

/** A format of `%v` and `%s` alone: the texts around the verbs. */
interface PlainFormat {
  readonly texts: readonly string[];
  /** For each verb whether it is `%v`. */
  readonly isAny: readonly boolean[];
}

/** Formats read lately, `null` of those with other verbs; policies have few, but input may bring any number. */
const formats = new Map<string, PlainFormat | null>();
const MAX_FORMATS = 512;
const MAX_KEPT_LENGTH = 1024;

function plainFormatOf(format: string): PlainFormat | null {
  const known = formats.get(format);
  if (known !== undefined) return known;
  const parsed = readPlainFormat(format);
  if (format.length > MAX_KEPT_LENGTH) return parsed;
  if (formats.size >= MAX_FORMATS) formats.clear();
  formats.set(format, parsed);
  return parsed;
}

function readPlainFormat(format: string): PlainFormat | null {
  if (!ONLY_PLAIN_VERBS.test(format)) return null;
  const [first = '', ...parts] = format.split('%');
  return {
    texts: [first, ...parts.map((part) => part.slice(1))],
    isAny: parts.map((part) => part.startsWith('v')),
  };
}

/** The short way for `%v` and `%s` of anything but numbers under `%s`; undefined when it can not be taken. */
function formatPlain(format: string, args: readonly Value[]): string | undefined {
  const plain = plainFormatOf(format);
  if (plain === null) return undefined;
  const { texts, isAny } = plain;
  if (isAny.length !== args.length) return undefined;
  let result = texts[0] as string;
  for (let index = 0; index < args.length; index++) {
    const value = args[index] as Value;
    if (typeof value === 'string') result += value;
    else if (!isNumber(value)) result += formatValue(value);
    else if (isAny[index] === true && typeof value === 'number' && Number.isInteger(value)) result += value;
    else return undefined;
    result += texts[index + 1];
  }
  return result;
}

/** Strings bare, numbers as numbers, anything else as text in Rego's notation. */
function formatArgument(value: Value): FormatArgument {
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (!(value instanceof BigNumber)) return formatValue(value);
  const double = Number(value.text);
  // OPA shows a number beyond all doubles as it was written, which for one with a tail of zeros was short: `1e400`.
  const short = Number.isFinite(double) ? null : /^(-?\d+?)(0{20,})$/.exec(value.text);
  if (short !== null) return `${short[1]}e${short[2]?.length}`;
  if (/^-?\d+$/.test(value.text)) return BigInt(value.text);
  return Number.isFinite(double) && !Number.isInteger(double) ? double : value.text;
}

export const SPRINTF_BUILTINS: readonly Builtin[] = [
  {
    name: 'sprintf',
    type: fn([stringType, arrayOf(anyType)], stringType),
    evaluate: (context, format, values) => sprintf(context, format as Value, values as Value),
  },
];

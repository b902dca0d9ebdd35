import {
  goFunction,
  int64,
  type TemplateFunction,
  TemplateFunctionError,
  typed,
  type Value,
} from '@sekisho/gotemplate';
import { toFloat64, toInt64, toText } from './cast.ts';
import { addDecimal, divideDecimal, multiplyDecimal, subtractDecimal } from './decimal.ts';
import { checkCount, checkLength, MAX_ITEMS } from './limits.ts';

const ANY = 'interface {}';
const MANY = '...interface {}';

type IntegerOperation = (a: bigint, b: bigint) => bigint;

function fold(first: bigint, values: readonly Value[], operation: IntegerOperation): Value {
  return int64(values.reduce((sum: bigint, value) => BigInt.asIntN(64, operation(sum, toInt64(value))), first));
}

function divided(operation: IntegerOperation): IntegerOperation {
  return (a, b) => {
    if (b === 0n) throw new TemplateFunctionError('runtime error: integer divide by zero');
    return operation(a, b);
  };
}

function binary(operation: IntegerOperation): TemplateFunction {
  return goFunction([ANY, ANY], (a: Value, b: Value) => int64(operation(toInt64(a), toInt64(b))));
}

/** Half goes away from zero, unless another fraction is asked for. */
function round(value: Value, digits: bigint, from: readonly Value[]): number {
  const roundOn = from.length > 0 ? toFloat64(from[0]) : 0.5;
  const power = 10 ** Number(digits);
  const scaled = power * toFloat64(value);
  const fraction = scaled - Math.trunc(scaled);
  const up = value === undefined ? false : fraction >= roundOn;
  const rounded = scaled >= 0 ? (up ? Math.ceil(scaled) : Math.floor(scaled)) : roundBelow(scaled, fraction, roundOn);
  return rounded / power;
}

function roundBelow(scaled: number, fraction: number, roundOn: number): number {
  return Math.abs(fraction) >= roundOn ? Math.floor(scaled) : Math.ceil(scaled);
}

/** Integers from one to before another. */
function steps(start: bigint, stop: bigint, step: bigint): bigint[] {
  if (step === 0n || (step > 0n ? stop <= start : stop >= start)) return typed([], '[]int');
  const distance = stop > start ? stop - start : start - stop;
  const size = step > 0n ? step : -step;
  const count = (distance + size - 1n) / size;
  checkCount(count > BigInt(MAX_ITEMS) ? MAX_ITEMS + 1 : Number(count));
  return typed(
    Array.from({ length: Number(count) }, (_, index) => start + BigInt(index) * step),
    '[]int',
  );
}

/** `seq LAST`, `seq FIRST LAST`, `seq FIRST STEP LAST`: a text. */
function sequence(...params: bigint[]): string {
  const [a = 0n, b = 0n, c = 0n] = params;
  const text = (first: bigint, last: bigint, step: bigint): string => {
    const items = steps(first, last + (step > 0n ? 1n : -1n), step);
    checkLength(items.length * 20);
    return items.join(' ');
  };
  switch (params.length) {
    case 1:
      return text(1n, a, a < 1n ? -1n : 1n);
    case 2:
      return text(a, b, b < a ? -1n : 1n);
    case 3:
      return b === 0n || (c < a && b > 0n) || (c > a && b < 0n) ? '' : text(a, c, b);
    default:
      return '';
  }
}

/** `strconv.ParseInt(text, 8, 64)`. */
function fromOctal(value: Value): bigint {
  const text = toText(value);
  return /^[+-]?[0-7]{1,21}$/.test(text)
    ? BigInt(text.startsWith('-') ? -1 : 1) * BigInt(`0o${text.replace(/^[+-]/, '')}`)
    : 0n;
}

function extreme(isLarger: boolean): TemplateFunction {
  return goFunction([ANY, MANY], (first: Value, ...rest: Value[]) =>
    fold(toInt64(first), rest, (a, b) => (b > a === isLarger ? b : a)),
  );
}

function floatExtreme(choose: (a: number, b: number) => number): TemplateFunction {
  return goFunction([ANY, MANY], (first: Value, ...rest: Value[]) =>
    rest.map(toFloat64).reduce(choose, toFloat64(first)),
  );
}

function decimalFold(operation: (a: string, b: string) => string): TemplateFunction {
  return goFunction([ANY, MANY], (first: Value, ...rest: Value[]) =>
    Number(rest.map(decimalText).reduce(operation, decimalText(first))),
  );
}

function decimalText(value: Value): string {
  const number = toFloat64(value);
  if (!Number.isFinite(number)) {
    throw new TemplateFunctionError(
      `Cannot create a Decimal from ${Number.isNaN(number) ? 'NaN' : number > 0 ? '+Inf' : '-Inf'}`,
    );
  }
  return String(number);
}

const ceiling = goFunction([ANY], (value: Value) => Math.ceil(toFloat64(value)));

export const numberFunctions: Readonly<Record<string, TemplateFunction>> = {
  atoi: goFunction(['string'], (text: string) =>
    /^[+-]?\d+$/.test(text) ? clamped(BigInt(text.replace('+', ''))) : 0n,
  ),
  int: goFunction([ANY], toInt64),
  int64: goFunction([ANY], (value: Value) => int64(toInt64(value))),
  float64: goFunction([ANY], toFloat64),
  toDecimal: goFunction([ANY], (value: Value) => int64(fromOctal(value))),
  add1: goFunction([ANY], (value: Value) => int64(toInt64(value) + 1n)),
  add: goFunction([MANY], (...values: Value[]) => fold(0n, values, (a, b) => a + b)),
  sub: binary((a, b) => a - b),
  div: binary(divided((a, b) => a / b)),
  mod: binary(divided((a, b) => a % b)),
  mul: goFunction([ANY, MANY], (first: Value, ...rest: Value[]) => fold(toInt64(first), rest, (a, b) => a * b)),
  max: extreme(true),
  biggest: extreme(true),
  min: extreme(false),
  maxf: floatExtreme((a, b) => Math.max(a, b)),
  minf: floatExtreme((a, b) => Math.min(a, b)),
  add1f: goFunction([ANY], (value: Value) => Number(addDecimal(decimalText(value), '1'))),
  addf: goFunction([MANY], (...values: Value[]) => Number(values.map(decimalText).reduce(addDecimal, '0'))),
  subf: decimalFold(subtractDecimal),
  mulf: decimalFold(multiplyDecimal),
  divf: decimalFold(divideDecimal),
  ceil: ceiling,
  floor: goFunction([ANY], (value: Value) => Math.floor(toFloat64(value))),
  round: goFunction([ANY, 'int', '...float64'], (value: Value, digits: bigint, ...from: Value[]) =>
    round(value, digits, from),
  ),
  until: goFunction(['int'], (count: bigint) => steps(0n, count, count < 0n ? -1n : 1n)),
  untilStep: goFunction(['int', 'int', 'int'], steps),
  seq: goFunction(['...int'], sequence),
};

function clamped(value: bigint): bigint {
  const limit = 2n ** 63n;
  return value >= limit ? limit - 1n : value < -limit ? -limit : value;
}

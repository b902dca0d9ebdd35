import { equalityCost } from '../library/cost.ts';
import type { CelFunction, Overload } from '../library/function.ts';
import { invoke, invokeCount } from '../runtime/call.ts';
import { equals, isIn } from '../runtime/operators.ts';
import { boxed, type Code, kindOfCode } from './emitter.ts';
import type { Writer } from './writer.ts';

/** Writes a call of one of the overloads of a function. */
export function emitCall(writer: Writer, found: CelFunction, args: readonly Code[]): Code {
  return emitOperator(writer, found, args) ?? emitOverload(writer, found, args);
}

/** Operators that need not look for their overload. */
function emitOperator(writer: Writer, found: CelFunction, args: readonly Code[]): Code | undefined {
  const [left, right] = args;
  if (left === undefined || right === undefined) return undefined;
  switch (found.name) {
    case '_==_':
      return emitEquality(writer, left, right, false);
    case '_!=_':
      return emitEquality(writer, left, right, true);
    case '_<_':
    case '_<=_':
    case '_>_':
    case '_>=_': {
      if (left.kind !== 'count' || right.kind !== 'count') return undefined;
      writer.emitter.charge(1);
      return { js: writer.emitter.keep(`${left.js} ${found.name.slice(1, -1)} ${right.js}`), kind: 'bool' };
    }
    case '@in': {
      const js = writer.invoke(isIn, 'E', writer.emitter.constant(found), boxed(left), boxed(right));
      return { js };
    }
    default:
      return undefined;
  }
}

/** Of these, what is equal is identical, whatever it is held against. */
const IDENTICAL: ReadonlySet<string | undefined> = new Set(['string', 'bool', 'null_type']);

function emitEquality(writer: Writer, left: Code, right: Code, isNegated: boolean): Code {
  const { emitter } = writer;
  const areCounts = left.kind === 'count' && right.kind === 'count';
  if (areCounts || IDENTICAL.has(left.kind) || IDENTICAL.has(right.kind)) {
    if (isSmall(left) || isSmall(right)) emitter.charge(1);
    else chargeFor(writer, equalityCost, [left, right]);
    const [one, other] = areCounts ? [left.js, right.js] : [boxed(left), boxed(right)];
    return { js: emitter.keep(`${one} ${isNegated ? '!==' : '==='} ${other}`), kind: 'bool' };
  }
  const equal = writer.invoke(equals, 'E', boxed(left), boxed(right));
  return { js: isNegated ? emitter.keep(`!${equal}`) : equal, kind: 'bool' };
}

/** Whether comparing anything with it costs as little as it can. */
function isSmall({ kind, text }: Code): boolean {
  if (text !== undefined) return equalityCost(text, text) === 1;
  return kind === 'bool' || kind === 'null_type' || kind === 'int' || kind === 'count';
}

function chargeFor(writer: Writer, cost: Overload['cost'], args: readonly Code[]): void {
  const { emitter } = writer;
  if (cost === undefined) {
    emitter.charge(1);
    return;
  }
  emitter.settle();
  emitter.line(`E.charge(${emitter.constant(cost)}(${args.map(boxed).join(', ')}));`);
}

/** How many overloads a call tries by itself before it asks the function. */
const MAX_TRIED = 2;

function emitOverload(writer: Writer, found: CelFunction, args: readonly Code[]): Code {
  const { emitter } = writer;
  const fitting = found.overloads.filter((overload) => mayFit(overload, args));
  const all = found.overloads.filter(({ params }) => params.length === args.length);
  const areCounts = all.every(({ count }) => count !== undefined);
  const kind = areCounts ? 'count' : undefined;
  const tried = fitting
    .filter((overload) => guardOf(overload, args) !== undefined)
    .sort((a, b) => rankOf(a) - rankOf(b))
    .slice(0, MAX_TRIED);
  const values = args.map(boxed);
  emitter.settle();
  const result = emitter.name();
  emitter.line(`let ${result};`);
  for (const overload of tried) {
    emitter.line(`if (${guardOf(overload, args)}) {`);
    chargeFor(writer, overload.cost, args);
    emitter.settle();
    const called = areCounts ? overload.count : overload.call;
    emitter.line(`${result} = ${emitter.constant(called)}(${values.join(', ')});`);
    emitter.line('} else');
  }
  const otherwise = emitter.constant(areCounts ? invokeCount : invoke);
  emitter.line(`${result} = ${otherwise}(${['E', emitter.constant(found), ...values].join(', ')});`);
  return { js: result, kind };
}

function mayFit({ params }: Overload, args: readonly Code[]): boolean {
  return (
    params.length === args.length &&
    params.every((param, at) => {
      const kind = kindOfCode(args[at] as Code);
      return param === 'dyn' || kind === undefined || kind === param;
    })
  );
}

const TESTS: Readonly<Record<string, (js: string) => string>> = {
  string: (js) => `typeof ${js} === 'string'`,
  list: (js) => `Array.isArray(${js})`,
  bool: (js) => `typeof ${js} === 'boolean'`,
  int: (js) => `typeof ${js} === 'bigint'`,
  double: (js) => `typeof ${js} === 'number'`,
};
const RANKS = Object.keys(TESTS);

/** What policies call most is tried first. */
function rankOf({ params: [first = ''] }: Overload): number {
  const rank = RANKS.indexOf(first);
  return rank < 0 ? RANKS.length : rank;
}

/** Whether the arguments are what an overload takes; undefined where that is not for the source to tell. */
function guardOf({ params }: Overload, args: readonly Code[]): string | undefined {
  const tests: string[] = [];
  for (const [at, param] of params.entries()) {
    const arg = args[at] as Code;
    if (param === 'dyn' || kindOfCode(arg) === param) continue;
    const test = TESTS[param];
    if (test === undefined) return undefined;
    tests.push(test(boxed(arg)));
  }
  return tests.length === 0 ? 'true' : tests.join(' && ');
}

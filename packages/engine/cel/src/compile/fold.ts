import type { Evaluation, Step } from '../runtime/evaluation.ts';
import { CelFault } from '../runtime/fault.ts';
import type { Bind, Expression, Fold } from '../syntax/ast.ts';
import { isList, kindOf } from '../value/kind.ts';
import { EntryMap, mapKey } from '../value/map.ts';
import { CelMap, type CelValue, NONE, Optional } from '../value/value.ts';
import type { Scope } from './scope.ts';

type CompileInner = (node: Expression, scope: Scope) => Step;

/** What the loop that a macro stands for costs by itself in cel-go, beside the expressions inside it. */
const COST = {
  /** The result is looked up at the end. */
  result: 1,
  /** `all` and `exists` ask before each round whether they are through, and look the result up in it. */
  all: 3,
  exists: 4,
  /** What `filter` keeps is looked up. */
  element: 1,
  /** A list or map of one element is made and added to the result. */
  listElement: 12,
  mapEntry: 32,
  newList: 10,
  newMap: 30,
  /** `cel.bind` is a loop over no elements. */
  bind: 10,
  /** `exists_one` counts, and compares the count with one. */
  counted: 2,
};

export function compileFold(node: Fold, scope: Scope, compile: CompileInner): Step {
  const range = compile(node.range, scope);
  const inner = scope.with(node.variables);
  const predicate = node.predicate === undefined ? undefined : compile(node.predicate, inner);
  const transform = node.transform === undefined ? undefined : compile(node.transform, inner);
  const each = { slot: scope.depth, isPair: node.variables.length === 2 };
  switch (node.kind) {
    case 'all':
      return quantifier(range, each, predicate ?? transform, false, COST.all);
    case 'exists':
      return quantifier(range, each, predicate ?? transform, true, COST.exists);
    case 'existsOne':
      return existsOne(range, each, predicate);
    case 'filter':
      return list(range, each, predicate, (evaluation) => {
        evaluation.charge(COST.element);
        return evaluation.locals[each.slot] as CelValue;
      });
    case 'map':
      return list(range, each, predicate, transform);
    case 'transformMap':
      return mapStep(range, each, predicate, transform, false);
    case 'transformMapEntry':
      return mapStep(range, each, predicate, transform, true);
  }
}

/** The first slot, and whether there is a second variable. */
interface Variables {
  readonly slot: number;
  readonly isPair: boolean;
}

/** Goes over a list or map, with the variables set; `visit` ends it by `true`. */
function forEach(evaluation: Evaluation, range: CelValue, { slot, isPair }: Variables, visit: () => boolean): void {
  const { locals } = evaluation;
  if (isList(range)) {
    for (let at = 0; at < range.length; at++) {
      evaluation.countRound();
      locals[slot] = isPair ? BigInt(at) : (range[at] as CelValue);
      if (isPair) locals[slot + 1] = range[at] as CelValue;
      if (visit()) return;
    }
    return;
  }
  if (!(range instanceof CelMap)) throw new CelFault(`no such overload: ${kindOf(range)} is nothing to go over`);
  for (const key of range.keys()) {
    evaluation.countRound();
    locals[slot] = key;
    if (isPair) {
      const index = mapKey(key);
      locals[slot + 1] = (index === undefined ? undefined : range.get(index)) ?? null;
    }
    if (visit()) return;
  }
}

function asBool(value: CelValue | undefined): boolean {
  if (typeof value === 'boolean') return value;
  throw new CelFault(`no such overload: a macro's condition gave ${value === undefined ? 'nothing' : kindOf(value)}`);
}

function quantifier(range: Step, each: Variables, predicate: Step | undefined, decisive: boolean, cost: number): Step {
  return (evaluation) => {
    let fault: CelFault | undefined;
    let isDecided = false;
    forEach(evaluation, range(evaluation), each, () => {
      evaluation.charge(cost);
      try {
        isDecided = asBool(predicate?.(evaluation)) === decisive;
      } catch (error) {
        if (!(error instanceof CelFault)) throw error;
        fault ??= error;
      }
      return isDecided;
    });
    evaluation.charge(COST.result);
    if (isDecided) return decisive;
    if (fault !== undefined) throw fault;
    return !decisive;
  };
}

function existsOne(range: Step, each: Variables, predicate: Step | undefined): Step {
  return (evaluation) => {
    let count = 0;
    forEach(evaluation, range(evaluation), each, () => {
      if (asBool(predicate?.(evaluation))) {
        count++;
        evaluation.charge(COST.counted);
      }
      return false;
    });
    evaluation.charge(COST.counted);
    return count === 1;
  };
}

function list(range: Step, each: Variables, predicate: Step | undefined, transform: Step | undefined): Step {
  return (evaluation) => {
    const made: CelValue[] = [];
    evaluation.charge(COST.newList);
    forEach(evaluation, range(evaluation), each, () => {
      // What is left out still takes its turn.
      if (predicate !== undefined && !asBool(predicate(evaluation))) return false;
      made.push(transform?.(evaluation) ?? null);
      evaluation.charge(COST.listElement);
      return false;
    });
    evaluation.charge(COST.result);
    return made;
  };
}

function mapStep(
  range: Step,
  each: Variables,
  predicate: Step | undefined,
  transform: Step | undefined,
  givesEntries: boolean,
): Step {
  return (evaluation) => {
    const entries: [CelValue, CelValue][] = [];
    evaluation.charge(COST.newMap);
    const over = range(evaluation);
    forEach(evaluation, over, each, () => {
      if (predicate !== undefined && !asBool(predicate(evaluation))) return false;
      const key = evaluation.locals[each.slot] as CelValue;
      const value = transform?.(evaluation) ?? null;
      evaluation.charge(COST.mapEntry);
      if (!givesEntries) entries.push([key, value]);
      else if (value instanceof CelMap) addEntries(entries, value);
      else throw new CelFault(`no such overload: transformMapEntry with ${kindOf(value)}`);
      return false;
    });
    evaluation.charge(COST.result);
    return new EntryMap(entries);
  };
}

function addEntries(entries: [CelValue, CelValue][], map: CelMap): void {
  for (const key of map.keys()) {
    const index = mapKey(key);
    entries.push([key, (index === undefined ? undefined : map.get(index)) ?? null]);
  }
}

export function compileBind(node: Bind, scope: Scope, compile: CompileInner): Step {
  const value = compile(node.value, scope);
  const body = compile(node.body, scope.with([node.name]));
  const slot = scope.depth;
  if (node.kind === 'bind')
    return (evaluation) => {
      evaluation.locals[slot] = value(evaluation);
      evaluation.charge(COST.bind);
      return body(evaluation);
    };
  return (evaluation) => {
    const optional = value(evaluation);
    if (!(optional instanceof Optional)) throw new CelFault(`no such overload: ${kindOf(optional)}.${node.kind}`);
    if (optional.value === undefined) return NONE;
    evaluation.locals[slot] = optional.value;
    const result = body(evaluation);
    if (node.kind === 'optMap') return new Optional(result);
    if (result instanceof Optional) return result;
    throw new CelFault(`no such overload: optFlatMap with ${kindOf(result)}`);
  };
}

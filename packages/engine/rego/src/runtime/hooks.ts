import type { Expr, Rule } from '../syntax/ast.ts';
import type { Location } from '../syntax/location.ts';
import { type MapKey, mapKeyOf, type PlainObject, type Value } from '../value/value.ts';
import type { Coverage } from './coverage.ts';
import type { Profile } from './profile.ts';

/** A step of an evaluation, as OPA's explanations list them. */
export interface TraceEvent {
  readonly op: 'enter' | 'eval' | 'redo' | 'exit' | 'fail' | 'note';
  /** 0 in the query, one more in each rule. */
  readonly depth: number;
  readonly location: Location;
  /** The rule that is entered or left, or the expression. */
  readonly node: Rule | Expr | undefined;
  /** Variables that are bound, by the names that they have in `node`. */
  readonly locals: Readonly<Record<string, Value>>;
  /** Of notes. */
  readonly message?: string;
}

export type Tracer = (event: TraceEvent) => void;

/** Keys and indexes from the root of the input. */
export type InputPath = readonly (string | number)[];

export interface Observers {
  readonly trace?: Tracer;
  readonly coverage?: Coverage;
  readonly profile?: Profile;
}

interface Read {
  readonly container: Value;
  readonly key: Value;
}

const NO_LOCALS = {};

/** What the observed build of a program reports to. */
export class Hooks {
  depth = 0;
  /** What was read since the evaluation began, without what rounds of loops that are over read. */
  readonly trail: Read[] = [];
  #observers: Observers = {};
  #watched = -1;
  #derivations = new Map<MapKey, readonly Read[]>();
  readonly #readByRule = new Map<number, readonly Read[]>();

  /** `watched`: slot of the rule of which the derivations of members are kept. */
  begin(observers: Observers, watched = -1): void {
    this.depth = 0;
    this.trail.length = 0;
    this.#observers = observers;
    this.#watched = watched;
    this.#derivations = new Map();
    this.#readByRule.clear();
    observers.profile?.begin();
  }

  enter(rule: Rule): void {
    this.depth++;
    this.#report('enter', rule, NO_LOCALS);
  }

  exit(rule: Rule, locals: Readonly<Record<string, Value>>): void {
    this.#observers.coverage?.add(rule.head.location);
    this.#report('exit', rule, locals);
  }

  evaluate(expr: Expr, locals: Readonly<Record<string, Value>>): void {
    const { coverage, profile } = this.#observers;
    coverage?.add(expr.location);
    profile?.evaluate(expr.location);
    this.#report('eval', expr, locals);
  }

  /** The expression has no more solutions. */
  finish(expr: Expr, solutions: number): void {
    if (solutions > 0) this.#observers.profile?.redo(expr.location);
    this.#report(solutions === 0 ? 'fail' : 'redo', expr, NO_LOCALS);
  }

  note(message: Value, location: Location): void {
    const { trace } = this.#observers;
    if (typeof message === 'string')
      trace?.({ op: 'note', depth: this.depth, location, node: undefined, locals: NO_LOCALS, message });
  }

  #report(op: TraceEvent['op'], node: Rule | Expr, locals: Readonly<Record<string, Value>>): void {
    this.#observers.trace?.({ op, depth: this.depth, location: node.location, node, locals });
  }

  touch(container: Value, key: Value): void {
    if (this.#watched >= 0) this.trail.push({ container, key });
  }

  /** A member of a rule was found. */
  derive(slot: number, member: Value): void {
    if (slot !== this.#watched) return;
    const key = mapKeyOf(member);
    if (!this.#derivations.has(key)) this.#derivations.set(key, [...this.trail]);
  }

  /** What the computation of a rule's value read counts for all who read the value. */
  keep(slot: number, from: number): void {
    if (this.#watched >= 0) this.#readByRule.set(slot, this.trail.slice(from));
  }

  recall(slot: number): void {
    const reads = this.#readByRule.get(slot);
    if (reads !== undefined && this.#watched >= 0) this.trail.push(...reads);
  }

  /** Paths of the input that were read for a member, in the order of reading. */
  pathsOf(member: Value, places: Places): readonly InputPath[] {
    const paths = new Map<string, InputPath>();
    for (const { container, key } of this.#derivations.get(mapKeyOf(member)) ?? []) {
      const place = places.get(container);
      if (place === undefined || (typeof key !== 'string' && typeof key !== 'number')) continue;
      const path = [...place, key];
      paths.set(JSON.stringify(path), path);
    }
    return [...paths.values()];
  }
}

/** Tells the paths of arrays and objects of a JSON value. */
export interface Places {
  get(container: unknown): InputPath | undefined;
}

/** Where all arrays and objects of a value stand. Large values have millions: each only knows what holds it. */
export function placesIn(root: Value | undefined): Places {
  const holders = new Map<unknown, { readonly holder: unknown; readonly key: string | number }>();
  const waiting: Value[] = [];
  const note = (value: Value | undefined, holder: unknown, key: string | number) => {
    if (typeof value !== 'object' || value === null || holders.has(value)) return;
    holders.set(value, { holder, key });
    waiting.push(value);
  };
  note(root, undefined, '');
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) note(item, value, index);
    else for (const key of Object.keys(value as PlainObject)) note((value as PlainObject)[key], value, key);
  }
  return {
    get(container) {
      const path: (string | number)[] = [];
      let place = holders.get(container);
      if (place === undefined) return undefined;
      for (; place !== undefined && place.holder !== undefined; place = holders.get(place.holder)) path.push(place.key);
      return path.reverse();
    },
  };
}

import type { RuleGroup } from '../compile/compiled.ts';
import type { Body, Expr, Head, Module, RefTerm, Rule, Term } from '../syntax/ast.ts';
import type { Location } from '../syntax/location.ts';
import type { Value } from '../value/value.ts';
import type { Frame } from './frame.ts';
import { dataRef, isKnown, type Reduced, refOf, termOf, variable } from './reduced.ts';
import { simplify, variablesOf } from './simplify.ts';

/** What a reference to a rule that is not inlined becomes. */
export type SupportedValue =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'undefined' }
  | { readonly kind: 'rule'; readonly ref: RefTerm };

/** What evaluates the clauses of a rule by themselves. */
export interface RuleReducer {
  newFrame(): Frame;
  /** Calls `give` with the parts and what remains of each solution. */
  rule(
    body: Body,
    parts: readonly Term[],
    frame: Frame,
    give: (parts: readonly Reduced[], remaining: Body) => void,
  ): void;
}

/** Rules that what remains refers to: they hold what could not be written into one body. */
export class Support {
  readonly #namespace: string;
  /** By path of the package, without `data`. */
  readonly #rules = new Map<string, { readonly path: readonly string[]; readonly rules: Rule[] }>();
  readonly #values = new Map<RuleGroup, SupportedValue>();
  #helpers = 0;

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** A rule that holds when all expressions of any of `bodies` do. Variables that `outside` binds become its parameters. */
  helper(bodies: readonly Body[], outside: ReadonlySet<string>, location: Location): Term {
    this.#helpers += 1;
    const name = `__helper${this.#helpers}__`;
    const args = [...variablesOf(bodies.flat())]
      .filter((one) => outside.has(one))
      .map((one) => variable(one, location));
    const head: Head = {
      ref: variable(name, location),
      ...(args.length === 0 ? {} : { args }),
      ...truth(location),
      assign: false,
      location,
    };
    for (const body of bodies) this.#add([this.#namespace], ruleOf(head, simplify(body, outside)));
    const ref = dataRef([this.#namespace, name], location);
    return args.length === 0 ? ref : { kind: 'call', operator: ref, args, location };
  }

  /** A group whole: its value when nothing in it turns out to be unknown, else a ref to the rules that remain of it. */
  valueOf(group: RuleGroup, reducer: RuleReducer): SupportedValue {
    const known = this.#values.get(group);
    if (known !== undefined) return known;
    const location = (group.clauses[0] ?? group.default)?.rule.location as Location;
    const original: SupportedValue = { kind: 'rule', ref: dataRef(group.path, location) };
    const hasElse = group.clauses.some(({ rule }) => rule.else !== undefined);
    const result = hasElse || group.kind === 'function' ? original : this.#rewrite(group, reducer, location);
    this.#values.set(group, result);
    return result;
  }

  #rewrite(group: RuleGroup, reducer: RuleReducer, location: Location): SupportedValue {
    const rules: Rule[] = [];
    const path = group.path.slice(0, -1);
    const name = group.path.at(-1) ?? '';
    const values: Value[] = [];
    for (const clause of group.clauses) {
      const frame = reducer.newFrame();
      const { head, body } = clause.rule;
      const parts = [
        ...clause.headSuffix,
        ...(head.key === undefined ? [] : [head.key]),
        ...(head.value === undefined ? [] : [head.value]),
      ];
      reducer.rule(body, parts, frame, (reduced, remaining) => {
        const terms = reduced.map((part) => termOf(part, location));
        const suffix = terms.slice(0, clause.headSuffix.length);
        const ref = refOf(variable(name, location), suffix, location) as Head['ref'];
        const last = terms.at(-1) as Term;
        const value = reduced.at(-1) as Reduced;
        if (group.kind === 'complete' && remaining.length === 0 && isKnown(value)) values.push(value.known);
        rules.push(
          ruleOf(
            head.key === undefined
              ? { ref, value: last, assign: true, location }
              : { ref, key: last, assign: false, location },
            simplify(remaining, variablesOf(terms)),
          ),
        );
      });
    }
    const [value] = values;
    if (group.kind === 'complete' && value !== undefined && values.length === rules.length)
      return { kind: 'value', value };
    if (rules.length === 0 && group.kind === 'complete' && group.default === undefined) return { kind: 'undefined' };
    for (const rule of [...(group.default === undefined ? [] : [group.default.rule]), ...rules]) {
      this.#add(
        [this.#namespace, ...path],
        rule.isDefault ? { ...rule, head: { ...rule.head, ref: variable(name, location) } } : rule,
      );
    }
    return { kind: 'rule', ref: dataRef([this.#namespace, ...group.path], location) };
  }

  #add(path: readonly string[], rule: Rule): void {
    const key = JSON.stringify(path);
    const entry = this.#rules.get(key) ?? { path, rules: [] };
    entry.rules.push(rule);
    this.#rules.set(key, entry);
  }

  modules(): Module[] {
    return [...this.#rules.values()].map(({ path, rules }, i) => {
      const location: Location = { file: `partial-${i}.rego`, row: 1, col: 1, offset: 0, end: 0 };
      return {
        file: location.file,
        version: 'v1',
        package: { path, location },
        imports: [],
        rules,
        comments: [],
        annotations: [],
      };
    });
  }
}

function truth(location: Location): { readonly value: Term; readonly generatedValue: true } {
  return { value: { kind: 'boolean', value: true, location }, generatedValue: true };
}

function ruleOf(head: Head, remaining: readonly Expr[]): Rule {
  const { location } = head;
  const always: Expr = {
    negated: false,
    what: { kind: 'term', term: truth(location).value },
    with: [],
    generated: true,
    location,
  };
  return {
    isDefault: false,
    head,
    body: remaining.length === 0 ? [always] : remaining,
    ...(remaining.length === 0 ? { generatedBody: true } : {}),
    annotations: [],
    location,
  };
}

import type { CompiledRule, RuleGroup } from '../compile/compiled.ts';
import { operatorName } from '../compile/operator.ts';
import type { Expr, RefTerm, Term } from '../syntax/ast.ts';
import type { Value } from '../value/value.ts';

/** Which clauses can hold when a value is what it is. */
export interface RuleIndex {
  /** What is looked at: a reference into input, or a parameter. */
  readonly subject: RefTerm | number;
  /** Positions of the clauses that can hold, in order, by the subject's value. */
  readonly byValue: ReadonlyMap<Value, readonly number[]>;
  /** For all other values, and when the subject is undefined. */
  readonly others: readonly number[];
}

/** Fewer clauses are tried one after the other. */
const MIN_CLAUSES = 6;

interface Test {
  readonly name: string;
  readonly subject: RefTerm | number;
  readonly value: Value;
}

/** The index of a group in which many clauses compare the same thing with constants; undefined when it doesn't pay. */
export function indexOf(group: RuleGroup): RuleIndex | undefined {
  if (group.clauses.length < MIN_CLAUSES) return undefined;
  const tests = group.clauses.map(testsOf);
  const counts = new Map<string, number>();
  for (const clauseTests of tests)
    for (const name of new Set(clauseTests.map((test) => test.name))) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [best] = [...counts].sort(([, a], [, b]) => b - a);
  if (best === undefined || best[1] < MIN_CLAUSES / 2) return undefined;
  const [name] = best;
  const values = tests.map((clauseTests) => clauseTests.find((test) => test.name === name));
  const others: number[] = [];
  const own = new Map<Value, number[]>();
  for (const [position, test] of values.entries()) {
    const positions = test === undefined ? others : own.get(test.value);
    if (positions !== undefined) positions.push(position);
    else if (test !== undefined) own.set(test.value, [position]);
  }
  const byValue = new Map<Value, readonly number[]>();
  for (const [value, positions] of own)
    byValue.set(
      value,
      [...positions, ...others].sort((a, b) => a - b),
    );
  const subject = values.find((test) => test !== undefined)?.subject;
  return subject === undefined ? undefined : { subject, byValue, others };
}

/** Comparisons that must hold for the clause to have a value. A clause with `else` has one even when they don't. */
function testsOf({ rule }: CompiledRule): readonly Test[] {
  if (rule.else !== undefined) return [];
  const tests: Test[] = [];
  for (const [index, arg] of (rule.head.args ?? []).entries()) {
    const value = scalarOf(arg);
    if (value !== undefined) tests.push({ name: `${index}`, subject: index, value });
  }
  for (const expr of rule.body) {
    const test = testOf(expr);
    if (test !== undefined) tests.push(test);
  }
  return tests;
}

function testOf({ negated, what, with: replacements }: Expr): Test | undefined {
  if (negated || replacements.length > 0 || what.kind !== 'term' || what.term.kind !== 'call') return undefined;
  const name = operatorName(what.term.operator);
  if (name !== 'equal' && name !== 'eq') return undefined;
  const [left, right] = what.term.args as [Term, Term];
  return comparison(left, right) ?? comparison(right, left);
}

function comparison(subject: Term, constant: Term): Test | undefined {
  const value = scalarOf(constant);
  if (value === undefined || subject.kind !== 'ref' || subject.head.kind !== 'var' || subject.head.name !== 'input')
    return undefined;
  if (!subject.args.every((arg) => arg.kind === 'string')) return undefined;
  return { name: JSON.stringify(subject.args.map((arg) => arg.kind === 'string' && arg.value)), subject, value };
}

/** Constants that a Map finds by themselves. */
function scalarOf(term: Term): Value | undefined {
  if (term.kind === 'null') return null;
  if (term.kind === 'string' || term.kind === 'boolean') return term.value;
  return term.kind === 'number' && typeof term.value === 'number' ? term.value : undefined;
}

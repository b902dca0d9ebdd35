import type { Rule, Term } from '../syntax/ast.ts';
import { formatTerm } from '../syntax/format-term.ts';
import { equationOf } from './expr-vars.ts';
import { isUserFunction, operatorName } from './operator.ts';
import { walkExpr, walkTerm } from './traverse.ts';

/** Where the value of a variable that selects rules comes from. */
export interface KeySource {
  /** All values that it can have, when they are constants: their texts. */
  readonly values?: readonly string[];
  /** Evaluation decides: the reason that stands in messages, empty when there is none to tell. */
  readonly reason?: string;
}

/** What equations of a rule's body say about its variables; nothing of a variable that enumerates. */
export function keySources(
  rule: Rule,
  ruleName: string,
  written: (term: Term) => string,
): ReadonlyMap<string, KeySource> {
  const sources = new Map<string, KeySource>();
  for (const arg of rule.head.args ?? []) {
    walkTerm(arg, (term) => {
      if (term.kind === 'var') sources.set(term.name, { reason: `${written(term)} is an argument of ${ruleName}` });
      return undefined;
    });
  }
  const visit = (term: Term): undefined => {
    const equation = equationOf(term);
    if (equation === undefined) return undefined;
    const [left, right] = equation;
    if (left.kind === 'var') learn(sources, left, right, written);
    else if (right.kind === 'var') learn(sources, right, left, written);
    else if (left.kind === 'array') {
      for (const item of left.items) if (item.kind === 'var') sources.set(item.name, { reason: '' });
    }
    return undefined;
  };
  for (const expr of rule.body) if (!expr.negated) walkExpr(expr, visit);
  return sources;
}

function learn(
  sources: Map<string, KeySource>,
  variable: Extract<Term, { kind: 'var' }>,
  value: Term,
  written: (term: Term) => string,
): void {
  const name = written(variable);
  if (value.kind === 'string') sources.set(variable.name, { values: [formatTerm(value)] });
  else if (isScalar(value)) sources.delete(variable.name);
  else if (value.kind === 'var') {
    const known = sources.get(value.name);
    if (known?.values !== undefined) sources.set(variable.name, known);
    else if (known?.reason !== undefined) {
      const from = written(value);
      const reason = known.reason.startsWith(`${from} `) ? `${name}${known.reason.slice(from.length)}` : known.reason;
      sources.set(variable.name, { reason });
    } else if (value.name === 'input') sources.set(variable.name, { reason: `${name} comes from input` });
  } else if (value.kind === 'call') {
    const operator = isUserFunction(value.operator) ? formatTerm(value.operator) : operatorName(value.operator);
    sources.set(variable.name, { reason: `${name} is computed by ${operator ?? formatTerm(value.operator)}` });
  } else if (value.kind === 'ref') {
    const { head } = value;
    const last = value.args.at(-1);
    if (value.args.length === 1 && (head.kind === 'array' || head.kind === 'set') && last?.kind === 'var') {
      if (head.items.every(({ kind }) => kind === 'string'))
        sources.set(variable.name, { values: head.items.map(formatTerm) });
    } else if (head.kind === 'var' && head.name === 'input') {
      const enumerates = last?.kind === 'var';
      const from = enumerates
        ? value.args.length === 1
          ? 'input'
          : written({ ...value, args: value.args.slice(0, -1) })
        : written(value);
      sources.set(variable.name, { reason: `${name} comes from ${from}` });
    } else if (head.kind === 'var' && head.name === 'data') {
      const reason = `${name} comes from rule ${written(value)}, whose value isn't known at compile time`;
      sources.set(variable.name, { reason });
    } else sources.set(variable.name, { reason: '' });
  } else sources.set(variable.name, { reason: '' });
}

export function isScalar(term: Term): boolean {
  return term.kind === 'string' || term.kind === 'number' || term.kind === 'boolean' || term.kind === 'null';
}

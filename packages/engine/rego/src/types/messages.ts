import { mapAll, mapChildren, mapExpr, type TermMapper } from '../compile/traverse.ts';
import type { Body, RefTerm, Term } from '../syntax/ast.ts';
import { formatTerm } from '../syntax/format-term.ts';
import { compareCodePoints, compareValues } from '../value/compare.ts';
import { formatValue } from '../value/format.ts';
import type { Value } from '../value/value.ts';
import { argumentNames } from './argument-names.ts';
import { printType, typeLine } from './print.ts';
import type { FunctionType, Type } from './type.ts';
import type { TypeNode } from './type-tree.ts';

/** Written names of locals that the compiler renamed. */
export type OriginalNames = ReadonlyMap<string, string>;

/** A term as the user wrote it, in the spelling of messages. */
export function writtenText(term: Term, names: OriginalNames): string {
  const mapVariable = (variable: Term): Term =>
    variable.kind === 'var' ? { ...variable, name: names.get(variable.name) ?? variable.name } : variable;
  const mapper: TermMapper = {
    term: (part) => (part.kind === 'var' ? mapVariable(part) : mapChildren(part, mapper)),
    head: mapVariable,
    body: (body: Body) => mapAll(body, (expr) => mapExpr(expr, mapper)),
  };
  return formatTerm(mapper.term(term));
}

const HELP = 'https://www.openpolicyagent.org/docs/errors/rego-type-error/match-error';
const PLURALS: Partial<Record<Type['kind'], string>> = { array: 'arrays', object: 'objects', set: 'sets' };

export function matchError(left: Type | undefined, right: Type | undefined): string {
  const lines = [
    'match error',
    typeLine([left], ([type]) => `left  : ${type}`),
    typeLine([right], ([type]) => `right : ${type}`),
  ];
  const plural = left && left.kind === right?.kind ? PLURALS[left.kind] : undefined;
  if (plural)
    lines.push(`hint  : both sides are ${plural} but their types differ, so they can never be equal (see ${HELP})`);
  return lines.join('\n\t');
}

/**
 * `invalid argument(s)` and `arity mismatch`.
 *
 * @param have         types of the arguments of the call
 * @param withResult   the wanted list ends with the result
 */
export function argumentError(
  name: string,
  what: 'invalid argument(s)' | 'arity mismatch',
  have: readonly (Type | undefined)[],
  want: FunctionType,
  withResult: boolean,
): string {
  const wanted: (Type | undefined)[] = [...want.args];
  const names = argumentNames(name);
  const labels = want.args.map((_, index) => names[index]);
  if (want.variadic) {
    wanted.push(want.variadic);
    labels.push(names[want.args.length]);
  }
  if (withResult && want.result) {
    wanted.push(want.result);
    labels.push(names[want.args.length + (want.variadic ? 1 : 0)]);
  }
  const variadic = want.variadic ? want.args.length : -1;
  const wantLine = typeLine(
    wanted,
    (printed) => {
      const parts = printed.map((type, index) => {
        const named = labels[index] ? `${labels[index]}: ${type}` : type;
        return index === variadic ? `${named}...` : named;
      });
      return `want: (${parts.join(', ')})`;
    },
    names.length > 0,
  );
  return [`${name}: ${what}`, typeLine(have, (printed) => `have: (${printed.join(', ')})`), wantLine].join('\n\t');
}

/** What stands before a position of a ref, as it is written. */
function prefixOf(ref: RefTerm, length: number, names: OriginalNames): string {
  return length === 0 ? writtenText(ref.head, names) : writtenText({ ...ref, args: ref.args.slice(0, length) }, names);
}

/** Nothing can stand below `ref.args[at - 1]`, of type `type`. `at` 0 is the head. */
export function noMembersError(ref: RefTerm, at: number, type: Type, names: OriginalNames): string {
  return underlined(`undefined ref: ${writtenText(ref, names)}`, ref, at, type, names);
}

export function functionAsReference(ref: RefTerm, at: number, type: Type, names: OriginalNames): string {
  return underlined(`function ${writtenText(ref, names)} used as reference, not called`, ref, at, type, names);
}

function underlined(first: string, ref: RefTerm, at: number, type: Type, names: OriginalNames): string {
  const under = '^'.repeat(prefixOf(ref, at, names).length);
  return [first, writtenText(ref, names), under, `have: ${printType(type)}`].join('\n\t');
}

/**
 * `ref.args[at]` can't be a key there.
 *
 * @param have   its type, unless it is a constant
 * @param want   type of the keys
 * @param oneOf  the only keys, when they are known
 */
export function noSuchKeyError(
  ref: RefTerm,
  at: number,
  have: Type | undefined,
  want: Type | undefined,
  oneOf: readonly Value[],
  names: OriginalNames,
): string {
  const written = writtenText(ref, names);
  const pad = ' '.repeat(prefixOf(ref, at, names).length + 1);
  const key = ref.args[at] as Term;
  const keys = oneOf.map(formatValue).join(' ');
  return [
    `undefined ref: ${written}`,
    written,
    `${pad}^`,
    have ? `${pad}have (type): ${printType(have)}` : `${pad}have: ${writtenText(key, names)}`,
    oneOf.length > 0 || !want ? `${pad}want (one of): [${keys}]` : `${pad}want (type): ${printType(want)}`,
  ].join('\n\t');
}

/** The keys that objects of a type may have, as far as they are known. */
export function knownKeys(type: Type): readonly Value[] {
  if (type.kind === 'object') return type.static.map(([key]) => key);
  if (type.kind !== 'any') return [];
  const keys = type.of.flatMap(knownKeys).sort(compareValues);
  return keys.filter((key, index) => index === 0 || compareValues(keys[index - 1] as Value, key) !== 0);
}

export function childNames(node: TypeNode): readonly string[] {
  return [...node.children.entries()].map(([name]) => name).sort(compareCodePoints);
}

import type { RefTerm, Term, VarTerm } from '../syntax/ast.ts';
import type { Location } from '../syntax/location.ts';
import { isArray, isObject, isSet } from '../value/kind.ts';
import { BigNumber, numberText } from '../value/number.ts';
import { forEachEntry, ObjectBuilder, sortedMembers } from '../value/object.ts';
import { RegoSet, type Value } from '../value/value.ts';

/** What a term comes to while something is unknown: a value, or a term over what is unknown. */
export type Reduced = { readonly known: Value } | { readonly term: Term };

export function isKnown(reduced: Reduced): reduced is { readonly known: Value } {
  return 'known' in reduced;
}

/** The term that stands for a reduced term in what remains. */
export function termOf(reduced: Reduced, location: Location): Term {
  return isKnown(reduced) ? termOfValue(reduced.known, location) : reduced.term;
}

export function termOfValue(value: Value, location: Location): Term {
  if (value === null) return { kind: 'null', location };
  if (typeof value === 'boolean') return { kind: 'boolean', value, location };
  if (typeof value === 'string') return { kind: 'string', value, location };
  if (typeof value === 'number' || value instanceof BigNumber) {
    return { kind: 'number', value, text: numberText(value), location };
  }
  if (isArray(value)) return { kind: 'array', items: value.map((item) => termOfValue(item, location)), location };
  if (isSet(value)) {
    return { kind: 'set', items: sortedMembers(value).map((item) => termOfValue(item, location)), location };
  }
  const entries: [Term, Term][] = [];
  if (isObject(value)) {
    forEachEntry(value, (key, item) => entries.push([termOfValue(key, location), termOfValue(item, location)]));
  }
  return { kind: 'object', entries, location };
}

/** A scalar that stands in a term is known. */
export function reducedLiteral(term: Term): Reduced {
  if (term.kind === 'null') return { known: null };
  return term.kind === 'string' || term.kind === 'number' || term.kind === 'boolean' ? { known: term.value } : { term };
}

/** An array is known when all of them are. */
export function reducedArray(items: readonly Reduced[], location: Location): Reduced {
  if (items.every(isKnown)) return { known: items.map((item) => item.known) };
  return { term: { kind: 'array', items: items.map((item) => termOf(item, location)), location } };
}

export function reducedSet(items: readonly Reduced[], location: Location): Reduced {
  if (items.every(isKnown)) {
    const set = new RegoSet();
    for (const item of items) set.add(item.known);
    return { known: set };
  }
  return { term: { kind: 'set', items: items.map((item) => termOf(item, location)), location } };
}

export function reducedObject(entries: readonly (readonly [Reduced, Reduced])[], location: Location): Reduced {
  const builder = new ObjectBuilder();
  for (const [key, value] of entries) {
    if (!isKnown(key) || !isKnown(value)) {
      const terms = entries.map(([k, v]) => [termOf(k, location), termOf(v, location)] as const);
      return { term: { kind: 'object', entries: terms, location } };
    }
    builder.set(key.known, value.known);
  }
  return { known: builder.build() };
}

export function variable(name: string, location: Location): VarTerm {
  return { kind: 'var', name, location };
}

/** `head` with further arguments: a ref of a ref is one ref. */
export function refOf(head: Term, args: readonly Term[], location: Location): Term {
  if (args.length === 0) return head;
  if (head.kind === 'ref') return { kind: 'ref', head: head.head, args: [...head.args, ...args], location };
  return { kind: 'ref', head, args, location };
}

export function dataRef(path: readonly string[], location: Location): RefTerm {
  const args = path.map((value): Term => ({ kind: 'string', value, location }));
  return { kind: 'ref', head: variable('data', location), args, location };
}

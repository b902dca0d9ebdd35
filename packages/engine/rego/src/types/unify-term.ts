import { constantValue } from '../codegen/constants.ts';
import type { ArrayTerm, ObjectTerm, SetTerm, Term } from '../syntax/ast.ts';
import { type MapKey, mapKeyOf } from '../value/value.ts';
import { isAnything, memberOf, unifies, unionOf, valuesOfType } from './algebra.ts';
import { anyType } from './construct.ts';
import type { Scope } from './scope.ts';
import { type TypeEnvironment, typeOfTerm } from './term-type.ts';
import type { Type } from './type.ts';
import { hasUnset } from './unset.ts';

/**
 * May the term have a value of the type? Variables that nothing was known of get their type by it.
 *
 * @param isOneOfMany  variables are united with what they are: the type is one member of a union
 */
export function unifyTerm(
  term: Term,
  type: Type,
  scope: Scope,
  environment: TypeEnvironment,
  isOneOfMany = false,
): boolean {
  switch (term.kind) {
    case 'array':
    case 'object':
    case 'set':
      if (type.kind === 'any') {
        if (isAnything(type)) {
          for (const part of partsOf(term)) unifyTerm(part, anyType, scope, environment, true);
          return true;
        }
        let found = false;
        for (const member of type.of) found = unifyTerm(term, member, scope, environment, true) || found;
        return found;
      }
      if (term.kind === 'array') return unifyArray(term, type, scope, environment, isOneOfMany);
      if (term.kind === 'object') return unifyObject(term, type, scope, environment, isOneOfMany);
      return unifySet(term, type, scope, environment, isOneOfMany);
    case 'var': {
      if (term.name === 'input' || term.name === 'data') break;
      const known = scope.get(term.name);
      if (isOneOfMany) scope.set(term.name, unionOf([known, type]) ?? type);
      else if (known) return unifies(known, type);
      else scope.set(term.name, type);
      return true;
    }
    default:
      break;
  }
  const known = typeOfTerm(term, scope, environment);
  return known ? unifies(known, type) : true;
}

function partsOf(term: ArrayTerm | ObjectTerm | SetTerm): readonly Term[] {
  return term.kind === 'object' ? term.entries.map(([, value]) => value) : term.items;
}

function unifyArray(term: ArrayTerm, type: Type, scope: Scope, environment: TypeEnvironment, union: boolean): boolean {
  if (type.kind !== 'array' || (term.items.length !== type.static.length && !type.dynamic)) return false;
  return term.items.every((item, index) => {
    const wanted = type.static[index] ?? type.dynamic;
    return wanted !== undefined && unifyTerm(item, wanted, scope, environment, union);
  });
}

function unifyObject(
  term: ObjectTerm,
  type: Type,
  scope: Scope,
  environment: TypeEnvironment,
  union: boolean,
): boolean {
  if (type.kind !== 'object' || (term.entries.length !== type.static.length && !type.dynamic)) return false;
  return term.entries.every(([key, value]) => {
    const constant = constantValue(key);
    // Which member a computed key chooses isn't known.
    const wanted = constant === undefined ? anyType : memberOf(type, constant);
    return wanted !== undefined && (unifyTerm(value, wanted, scope, environment, union) || constant === undefined);
  });
}

function unifySet(term: SetTerm, type: Type, scope: Scope, environment: TypeEnvironment, union: boolean): boolean {
  const member = type.kind === 'set' ? valuesOfType(type) : undefined;
  if (type.kind !== 'set') return false;
  return term.items.every((item) => member === undefined || unifyTerm(item, member, scope, environment, union));
}

/** May both terms be equal? Variables of either side get their type from the other. */
export function unifyTerms(a: Term, b: Term, scope: Scope, environment: TypeEnvironment): boolean {
  const typeA = typeOfTerm(a, scope, environment);
  const typeB = typeOfTerm(b, scope, environment);
  const openA = !typeA || hasUnset(typeA);
  const openB = !typeB || hasUnset(typeB);
  if (openA && openB) return unifyOpen(a, b, scope, environment);
  if (openA) return typeB === undefined || unifyTerm(a, typeB, scope, environment);
  if (openB) return unifyTerm(b, typeA, scope, environment);
  return unifies(typeA, typeB);
}

/** Both have variables that nothing is known of. */
function unifyOpen(a: Term, b: Term, scope: Scope, environment: TypeEnvironment): boolean {
  if (a.kind === 'array' && b.kind === 'array')
    return (
      a.items.length === b.items.length &&
      a.items.every((item, index) => unifyTerms(item, b.items[index] as Term, scope, environment))
    );
  if (a.kind === 'object' && b.kind === 'object') return unifyOpenObjects(a, b, scope, environment);
  if (b.kind === 'var') return settle(a, b, scope, environment);
  if (a.kind === 'var') return settle(b, a, scope, environment);
  // A call, comprehension or ref with a fault of its own.
  return !isComposite(a) || !isComposite(b);
}

/** Variables in `open` may be anything; `variable` is what it is then. */
function settle(open: Term, variable: Term, scope: Scope, environment: TypeEnvironment): boolean {
  if (!unifyTerm(open, anyType, scope, environment, isComposite(open))) return false;
  const type = typeOfTerm(open, scope, environment);
  return type === undefined || unifyTerm(variable, type, scope, environment);
}

function unifyOpenObjects(a: ObjectTerm, b: ObjectTerm, scope: Scope, environment: TypeEnvironment): boolean {
  if (a.entries.length !== b.entries.length) return false;
  const others = new Map<MapKey, Term>();
  for (const [key, value] of b.entries) {
    const constant = constantValue(key);
    if (constant !== undefined) others.set(mapKeyOf(constant), value);
  }
  return a.entries.every(([key, value]) => {
    const constant = constantValue(key);
    if (constant === undefined) return true;
    const other = others.get(mapKeyOf(constant));
    return other === undefined ? others.size < b.entries.length : unifyTerms(value, other, scope, environment);
  });
}

function isComposite(term: Term): boolean {
  return term.kind === 'array' || term.kind === 'object' || term.kind === 'set';
}

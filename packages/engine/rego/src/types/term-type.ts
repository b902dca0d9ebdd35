import { constantValue } from '../codegen/constants.ts';
import type { RefTerm, Term } from '../syntax/ast.ts';
import { compareValues } from '../value/compare.ts';
import type { Value } from '../value/value.ts';
import { bounded, selectConstant, unionOf, valuesOfType } from './algebra.ts';
import { anyType, booleanType, nullType, numberType, stringType } from './construct.ts';
import type { Scope } from './scope.ts';
import type { Type } from './type.ts';
import { extentOf, type TypeNode } from './type-tree.ts';
import { UNSET } from './unset.ts';

/** What types of terms are looked up in. */
export interface TypeEnvironment {
  /** Types below `data` and `input`. */
  readonly data: TypeNode;
  readonly input: Type | undefined;
  /** What the checker found calls, comprehensions and the like to give; undefined where it found a fault. */
  readonly results: ReadonlyMap<Term, Type | undefined>;
}

/** The type of a term as far as it is known by now; undefined when nothing is. Finds no faults. */
export function typeOfTerm(term: Term, scope: Scope, environment: TypeEnvironment): Type | undefined {
  const typeOf = (part: Term): Type | undefined => typeOfTerm(part, scope, environment);
  switch (term.kind) {
    case 'null':
      return nullType;
    case 'boolean':
      return booleanType;
    case 'number':
      return numberType;
    case 'string':
    case 'templateString':
      return stringType;
    case 'var':
      if (term.name === 'input') return environment.input ?? anyType;
      return term.name === 'data' ? extentOf(environment.data) : scope.get(term.name);
    case 'ref':
      return typeOfRef(term, scope, environment);
    case 'array':
      return bounded({ kind: 'array', static: term.items.map((item) => typeOf(item) ?? UNSET), dynamic: undefined });
    case 'set':
      return { kind: 'set', of: unionOf(term.items.map(typeOf)) };
    case 'object':
      return typeOfObject(term.entries, typeOf);
    default:
      return environment.results.get(term);
  }
}

function typeOfObject(
  entries: readonly (readonly [key: Term, value: Term])[],
  typeOf: (term: Term) => Type | undefined,
): Type {
  const members: (readonly [Value, Type])[] = [];
  const keys: (Type | undefined)[] = [];
  const values: (Type | undefined)[] = [];
  for (const [key, value] of entries) {
    const constant = constantValue(key);
    if (constant !== undefined) members.push([constant, typeOf(value) ?? UNSET]);
    else {
      keys.push(typeOf(key));
      values.push(typeOf(value));
    }
  }
  members.sort(([a], [b]) => compareValues(a, b));
  const dynamic = keys.length === 0 ? undefined : { key: unionOf(keys) ?? anyType, value: unionOf(values) ?? UNSET };
  return bounded({ kind: 'object', static: members, dynamic });
}

/** Composite terms and variables between brackets choose any member: only scalars are looked up. */
export function scalarOf(term: Term): Value | undefined {
  switch (term.kind) {
    case 'null':
      return null;
    case 'boolean':
    case 'number':
    case 'string':
      return term.value;
    default:
      return undefined;
  }
}

function typeOfRef(ref: RefTerm, scope: Scope, environment: TypeEnvironment): Type | undefined {
  if (ref.head.kind === 'var' && ref.head.name === 'data') return typeOfDocument(ref, environment.data);
  const head = typeOfTerm(ref.head, scope, environment);
  return head && selectPath(head, ref.args);
}

function typeOfDocument(ref: RefTerm, root: TypeNode): Type | undefined {
  let node = root;
  for (const [index, arg] of ref.args.entries()) {
    const child = arg.kind === 'string' ? node.children.get(arg.value) : undefined;
    if (child) node = child;
    else return node.type ? selectPath(node.type, ref.args.slice(index)) : anyType;
  }
  return extentOf(node);
}

export function selectPath(type: Type, path: readonly Term[]): Type | undefined {
  let found: Type | undefined = type;
  for (const arg of path) {
    if (!found) return undefined;
    const key = scalarOf(arg);
    found = key === undefined ? valuesOfType(found) : selectConstant(found, key);
  }
  return found;
}

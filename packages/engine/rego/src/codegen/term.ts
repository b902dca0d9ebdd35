import type { Body, ObjectTerm, Term } from '../syntax/ast.ts';
import { emitCall } from './call.ts';
import { constantValue } from './constants.ts';
import type { Emitter } from './emitter.ts';
import { emitInput, emitRef } from './ref.ts';

/**
 * Writes what computes the term, going on only where it has a value. Gives an expression of that value that is a name or a literal,
 * so that it may be used often. Free variables in references of the term are bound by loops.
 */
export function emitTerm(emitter: Emitter, term: Term): string {
  switch (term.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(term.value);
    case 'number':
      return typeof term.value === 'number' ? numberLiteral(term.value) : emitter.constant(term.value);
    case 'string':
      return JSON.stringify(term.value);
    case 'var':
      return emitVariable(emitter, term.name);
    case 'ref':
      return emitRef(emitter, term);
    case 'call':
      return emitCall(emitter, term);
    case 'array':
    case 'set': {
      const constant = constantValue(term);
      if (constant !== undefined) return emitter.constant(constant);
      const items = term.items.map((item) => emitTerm(emitter, item)).join(', ');
      return emitter.keep(term.kind === 'array' ? `[${items}]` : `R_setOf([${items}])`);
    }
    case 'object':
      return emitObject(emitter, term);
    case 'arrayComprehension':
      return emitComprehension(emitter, '[]', true, term.body, (list) => {
        emitter.line(`R_push(E, ${list}, ${emitTerm(emitter, term.term)});`);
      });
    case 'setComprehension':
      return emitComprehension(emitter, 'new R_RegoSet()', false, term.body, (set) => {
        emitter.line(`R_add(E, ${set}, ${emitTerm(emitter, term.term)});`);
      });
    case 'objectComprehension':
      return emitComprehension(emitter, 'new R_RegoObject()', false, term.body, (object) => {
        const key = emitTerm(emitter, term.key);
        const value = emitTerm(emitter, term.value);
        emitter.line(`R_insert(E, ${object}, ${key}, ${value}, ${emitter.locate(term.location)});`);
      });
    case 'templateString':
      throw new Error('template strings are calls by now');
  }
}

function numberLiteral(value: number): string {
  return value < 0 ? `(${value})` : String(value);
}

function emitVariable(emitter: Emitter, name: string): string {
  const bound = emitter.place.vars.get(name);
  if (bound !== undefined) return bound;
  if (name === 'input') return emitInput(emitter);
  if (name === 'data')
    return emitter.keep(`R_document(${emitter.place.context}, ${emitter.program.nodeOf(emitter.program.tree)})`);
  throw new Error(`${name} has no value here`);
}

function emitObject(emitter: Emitter, term: ObjectTerm): string {
  const constant = constantValue(term);
  if (constant !== undefined) return emitter.constant(constant);
  const parts = term.entries.map(([key, value]) => [emitTerm(emitter, key), emitTerm(emitter, value)] as const);
  if (term.entries.every(([key]) => key.kind === 'string'))
    return emitter.keep(`{${parts.map(([key, value]) => `[${key}]: ${value}`).join(', ')}}`);
  return emitter.keep(`R_objectOf([${parts.flat().join(', ')}])`);
}

function emitComprehension(
  emitter: Emitter,
  empty: string,
  ordered: boolean,
  body: Body,
  collect: (result: string) => void,
): string {
  const result = emitter.keep(empty, 'c');
  const outer = emitter.place.ordered;
  emitter.place.ordered = ordered;
  emitter.body(body, () => collect(result));
  emitter.place.ordered = outer;
  return result;
}

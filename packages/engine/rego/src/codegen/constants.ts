import type { Term } from '../syntax/ast.ts';
import { type PlainObject, RegoObject, RegoSet, type Value } from '../value/value.ts';

/** The runtime takes long to set up very many locals. */
const MAX_LOCALS = 2000;

/** Values and functions that generated source refers to by position: nothing of the user's text gets into the source but as JSON. */
export class ConstantPool {
  readonly items: unknown[] = [];
  readonly #positions = new Map<unknown, number>();

  /** Expression that reads `item`. */
  refer(item: unknown): string {
    let position = this.#positions.get(item);
    if (position === undefined) {
      position = this.items.push(item) - 1;
      this.#positions.set(item, position);
    }
    return position < MAX_LOCALS ? `K${position}` : `K[${position}]`;
  }

  /** Declares the first constants as locals of the source around the functions; the others are read where they are used. */
  declarations(): string {
    const locals = this.items.slice(0, MAX_LOCALS);
    return locals.map((_, position) => `const K${position} = K[${position}];\n`).join('');
  }
}

/** The value of a term that holds no variables, references or calls; undefined for all others. */
export function constantValue(term: Term): Value | undefined {
  switch (term.kind) {
    case 'null':
      return null;
    case 'boolean':
    case 'number':
    case 'string':
      return term.value;
    case 'array': {
      const items: Value[] = [];
      for (const item of term.items) {
        const value = constantValue(item);
        if (value === undefined) return undefined;
        items.push(value);
      }
      return items;
    }
    case 'set': {
      const set = new RegoSet();
      for (const item of term.items) {
        const value = constantValue(item);
        if (value === undefined) return undefined;
        set.add(value);
      }
      return set;
    }
    case 'object':
      return constantObject(term.entries);
    default:
      return undefined;
  }
}

function constantObject(terms: readonly (readonly [key: Term, value: Term])[]): Value | undefined {
  const entries: [Value, Value][] = [];
  for (const [key, value] of terms) {
    const constantKey = constantValue(key);
    const constant = constantValue(value);
    if (constantKey === undefined || constant === undefined) return undefined;
    entries.push([constantKey, constant]);
  }
  if (entries.every(([key]) => typeof key === 'string')) return Object.fromEntries(entries) as PlainObject;
  const object = new RegoObject();
  for (const [key, value] of entries) object.set(key, value);
  return object;
}

import {
  goFunction,
  type TemplateFunction,
  TemplateFunctionError,
  typed,
  typeName,
  type Value,
} from '@sekisho/gotemplate';
import { toInt64 } from './cast.ts';
import { deepEqual } from './deep.ts';
import { isEmpty } from './flow.ts';
import { checkCount } from './limits.ts';

const ANY = 'interface {}';
const MANY = '...interface {}';

/** @throws TemplateFunctionError in Sprig's words, which differ by function */
function itemsOf(value: Value, problem: (type: string) => string): readonly Value[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Uint8Array) return [...value];
  if (value === null || value === undefined) {
    throw new TemplateFunctionError('runtime error: invalid memory address or nil pointer dereference');
  }
  throw new TemplateFunctionError(problem(typeName(value)));
}

function find(name: string): (value: Value) => readonly Value[] {
  return (value) => itemsOf(value, (type) => `Cannot find ${name} on type ${type}`);
}

function appended(value: Value, item: Value): Value[] {
  const items = itemsOf(value, (type) => `Cannot push on type ${type}`);
  checkCount(items.length + 1);
  return [...items, item];
}

/** Each value once; the first one of equal ones stays. Scalars are found by key, others by comparison. */
function unique(items: readonly Value[]): Value[] {
  const seen = new Set<string>();
  const others: Value[] = [];
  return items.filter((item) => {
    if (item === null || typeof item !== 'object') {
      const key = `${typeof item} ${String(item)}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    }
    if (others.some((other) => deepEqual(other, item))) return false;
    others.push(item);
    return true;
  });
}

function sliced(value: Value, bounds: readonly Value[]): Value {
  const items = itemsOf(value, (type) => `list should be type of slice or array but ${type}`);
  if (items.length === 0) return null;
  const from = bounds.length > 0 ? Number(toInt64(bounds[0])) : 0;
  const to = bounds.length > 1 ? Number(toInt64(bounds[1])) : items.length;
  if (from < 0 || to < from || to > items.length) {
    throw new TemplateFunctionError('reflect.Value.Slice: slice index out of bounds');
  }
  return typeName(value) === '[]interface {}' ? items.slice(from, to) : typed(items.slice(from, to), typeName(value));
}

function chunked(size: bigint, value: Value): Value[][] {
  const items = itemsOf(value, (type) => `Cannot chunk type ${type}`);
  const length = Number(size);
  if (length <= 0) throw new TemplateFunctionError('runtime error: makeslice: len out of range');
  const chunks: Value[][] = [];
  for (let from = 0; from < items.length; from += length) chunks.push(items.slice(from, from + length));
  return typed(chunks, '[][]interface {}');
}

function joined(lists: readonly Value[]): Value[] {
  const parts = lists.map((list) => {
    if (list === null || list === undefined) throw new TemplateFunctionError('Cannot concat type <nil> as list');
    return itemsOf(list, (type) => `Cannot concat type ${type} as list`);
  });
  checkCount(parts.reduce((sum, part) => sum + part.length, 0));
  return parts.flat();
}

function contains(wanted: Value, value: Value): boolean {
  return value !== null && value !== undefined && find('has')(value).some((item) => deepEqual(wanted, item));
}

/** Functions that also go by the name of `must…`, where both do the same. */
const TWICE: Readonly<Record<string, TemplateFunction>> = {
  first: goFunction([ANY], (value: Value) => find('first')(value)[0] ?? null),
  rest: goFunction([ANY], (value: Value) => find('rest')(value).slice(1)),
  last: goFunction([ANY], (value: Value) => find('last')(value).at(-1) ?? null),
  initial: goFunction([ANY], (value: Value) => find('initial')(value).slice(0, -1)),
  append: goFunction([ANY, ANY], appended),
  push: goFunction([ANY, ANY], appended),
  prepend: goFunction([ANY, ANY], (value: Value, item: Value) => {
    const items = itemsOf(value, (type) => `Cannot prepend on type ${type}`);
    checkCount(items.length + 1);
    return [item, ...items];
  }),
  reverse: goFunction([ANY], (value: Value) => [...find('reverse')(value)].reverse()),
  uniq: goFunction([ANY], (value: Value) => unique(find('uniq')(value))),
  without: goFunction([ANY, MANY], (value: Value, ...unwanted: Value[]) =>
    find('without')(value).filter((item) => !unwanted.some((other) => deepEqual(other, item))),
  ),
  has: goFunction([ANY, ANY], contains),
  slice: goFunction([ANY, MANY], (value: Value, ...bounds: Value[]) => sliced(value, bounds)),
  compact: goFunction([ANY], (value: Value) =>
    itemsOf(value, (type) => `Cannot compact on type ${type}`).filter((item) => !isEmpty(item)),
  ),
  chunk: goFunction(['int', ANY], chunked),
};

const list = goFunction([MANY], (...items: Value[]) => items);

export const listFunctions: Readonly<Record<string, TemplateFunction>> = {
  list,
  tuple: list,
  concat: goFunction([MANY], (...lists: Value[]) => joined(lists)),
  ...TWICE,
  ...mustNames(TWICE),
};

/** The same functions with `must` in front of their names. */
export function mustNames(functions: Readonly<Record<string, TemplateFunction>>): Record<string, TemplateFunction> {
  return Object.fromEntries(
    Object.entries(functions).map(([name, run]) => [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, run]),
  );
}

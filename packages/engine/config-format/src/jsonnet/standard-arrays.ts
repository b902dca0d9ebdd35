import { arrayOf, numberOf, type StandardFunction, textOf } from './standard-function.ts';
import { type JsonnetMachine, type JsonnetValue, Thunk } from './value.ts';

/** The items with the keys they are ordered by. */
function keyed(e: JsonnetMachine, items: readonly Thunk[], key: JsonnetValue): { item: Thunk; key: JsonnetValue }[] {
  return items.map((item) => ({ item, key: key === null ? e.force(item) : e.call(key, [item]) }));
}

function sorted(e: JsonnetMachine, items: readonly Thunk[], key: JsonnetValue): { item: Thunk; key: JsonnetValue }[] {
  e.spend(items.length * 4);
  return keyed(e, items, key).sort((a, b) => e.compare(a.key, b.key));
}

function unique(e: JsonnetMachine, pairs: readonly { item: Thunk; key: JsonnetValue }[]): Thunk[] {
  return pairs
    .filter(({ key }, index) => index === 0 || !e.equals(key, pairs[index - 1]?.key ?? null))
    .map(({ item }) => item);
}

function contains(e: JsonnetMachine, items: readonly { key: JsonnetValue }[], key: JsonnetValue): boolean {
  return items.some((each) => e.equals(each.key, key));
}

function itemsOf(e: JsonnetMachine, value: JsonnetValue | undefined): readonly Thunk[] {
  return typeof value === 'string' ? [...value].map((char) => Thunk.of(char)) : arrayOf(e, value);
}

function fold(isRight: boolean): StandardFunction {
  return {
    parameters: 'func arr init',
    call: (e, [func = null, arr, init = null]) => {
      const items = itemsOf(e, arr);
      let result = init;
      for (const item of isRight ? [...items].reverse() : items) {
        const before = Thunk.of(result);
        result = e.call(func, isRight ? [item, before] : [before, item]);
      }
      return result;
    },
  };
}

function filtered(e: JsonnetMachine, func: JsonnetValue, items: readonly Thunk[]): Thunk[] {
  return items.filter((item) => e.call(func, [item]) === true);
}

function sum(e: JsonnetMachine, items: readonly Thunk[]): number {
  return items.reduce((total, item) => total + numberOf(e, e.force(item)), 0);
}

function extreme(direction: number): StandardFunction {
  return {
    parameters: 'arr keyF? onEmpty?',
    call: (e, [arr, keyF = null, onEmpty = null]) => {
      const pairs = sorted(e, arrayOf(e, arr), keyF);
      const found = direction < 0 ? pairs[0] : pairs.at(-1);
      return found === undefined ? onEmpty : e.force(found.item);
    },
  };
}

function setOperation(choose: (isInFirst: boolean, isInSecond: boolean) => boolean): StandardFunction {
  return {
    parameters: 'a b keyF?',
    call: (e, [a, b, keyF = null]) => {
      const first = keyed(e, arrayOf(e, a), keyF);
      const second = keyed(e, arrayOf(e, b), keyF);
      e.checkLength(first.length * second.length + 1);
      const chosen = [
        ...first.filter(({ key }) => choose(true, contains(e, second, key))),
        ...second.filter(({ key }) => !contains(e, first, key) && choose(false, true)),
      ];
      return unique(
        e,
        chosen.sort((x, y) => e.compare(x.key, y.key)),
      );
    },
  };
}

/** Functions of `std` over arrays and sets. */
export const ARRAY_FUNCTIONS: Readonly<Record<string, StandardFunction>> = {
  makeArray: {
    parameters: 'sz func',
    call: (e, [sz, func = null]) => {
      const length = numberOf(e, sz);
      e.checkLength(length);
      return Array.from({ length }, (_, index) => new Thunk(() => e.call(func, [Thunk.of(index)])));
    },
  },
  range: {
    parameters: 'from to',
    call: (e, [from, to]) => {
      const start = numberOf(e, from);
      const length = Math.max(0, Math.floor(numberOf(e, to) - start + 1));
      e.checkLength(length);
      return Array.from({ length }, (_, index) => Thunk.of(start + index));
    },
  },
  repeat: {
    parameters: 'what count',
    call: (e, [what, count]) => {
      const times = numberOf(e, count);
      const size = typeof what === 'string' ? what.length : arrayOf(e, what).length;
      e.checkLength(size * times);
      if (typeof what === 'string') return what.repeat(Math.max(0, times));
      return Array.from({ length: times }, () => arrayOf(e, what)).flat();
    },
  },
  slice: {
    parameters: 'indexable index end step',
    call: (e, [indexable = null, index = null, end = null, step = null]) => e.slice(indexable, [index, end, step]),
  },
  map: {
    parameters: 'func arr',
    call: (e, [func = null, arr]) => itemsOf(e, arr).map((item) => new Thunk(() => e.call(func, [item]))),
  },
  mapWithIndex: {
    parameters: 'func arr',
    call: (e, [func = null, arr]) =>
      itemsOf(e, arr).map((item, index) => new Thunk(() => e.call(func, [Thunk.of(index), item]))),
  },
  filter: { parameters: 'func arr', call: (e, [func = null, arr]) => filtered(e, func, arrayOf(e, arr)) },
  filterMap: {
    parameters: 'filter_func map_func arr',
    call: (e, [filter = null, map = null, arr]) =>
      filtered(e, filter, arrayOf(e, arr)).map((item) => new Thunk(() => e.call(map, [item]))),
  },
  flatMap: {
    parameters: 'func arr',
    call: (e, [func = null, arr]) => {
      const parts = itemsOf(e, arr).map((item) => e.call(func, [item]));
      if (typeof arr === 'string') return parts.map((part) => textOf(e, part)).join('');
      return parts.flatMap((part) => (part === null ? [] : [...arrayOf(e, part)]));
    },
  },
  foldl: fold(false),
  foldr: fold(true),
  join: {
    parameters: 'sep arr',
    call: (e, [sep, arr]) => {
      const items = arrayOf(e, arr)
        .map((item) => e.force(item))
        .filter((item) => item !== null);
      if (typeof sep === 'string') {
        const text = items.map((item) => textOf(e, item)).join(sep);
        e.spend(text.length);
        return text;
      }
      return items.flatMap((item, index) => [...(index === 0 ? [] : arrayOf(e, sep)), ...arrayOf(e, item)]);
    },
  },
  lines: {
    parameters: 'arr',
    call: (e, [arr]) =>
      arrayOf(e, arr)
        .map((item) => e.force(item))
        .filter((item) => item !== null)
        .map((item) => `${textOf(e, item)}\n`)
        .join(''),
  },
  deepJoin: {
    parameters: 'arr',
    call: (e, [arr = null]) => {
      const join = (value: JsonnetValue): string =>
        typeof value === 'string'
          ? value
          : arrayOf(e, value)
              .map((item) => join(e.force(item)))
              .join('');
      return join(arr);
    },
  },
  flattenArrays: {
    parameters: 'arrs',
    call: (e, [arrs]) => arrayOf(e, arrs).flatMap((item) => [...arrayOf(e, e.force(item))]),
  },
  flattenDeepArray: {
    parameters: 'value',
    call: (e, [value = null]) => {
      const flatten = (item: Thunk): Thunk[] => {
        const inner = e.force(item);
        e.spend(1);
        return Array.isArray(inner) ? inner.flatMap(flatten) : [item];
      };
      return flatten(Thunk.of(value));
    },
  },
  reverse: { parameters: 'arr', call: (e, [arr]) => [...itemsOf(e, arr)].reverse() },
  sort: {
    parameters: 'arr keyF?',
    call: (e, [arr, keyF = null]) => sorted(e, itemsOf(e, arr), keyF).map(({ item }) => item),
  },
  uniq: { parameters: 'arr keyF?', call: (e, [arr, keyF = null]) => unique(e, keyed(e, arrayOf(e, arr), keyF)) },
  set: { parameters: 'arr keyF?', call: (e, [arr, keyF = null]) => unique(e, sorted(e, itemsOf(e, arr), keyF)) },
  setUnion: setOperation(() => true),
  setInter: setOperation((isInFirst, isInSecond) => isInFirst && isInSecond),
  setDiff: setOperation((isInFirst, isInSecond) => isInFirst && !isInSecond),
  setMember: {
    parameters: 'x arr keyF?',
    call: (e, [x = null, arr, keyF = null]) => {
      const key = keyF === null ? x : e.call(keyF, [Thunk.of(x)]);
      return contains(e, keyed(e, arrayOf(e, arr), keyF), key);
    },
  },
  member: {
    parameters: 'arr x',
    call: (e, [arr, x = null]) =>
      typeof arr === 'string' ? arr.includes(textOf(e, x)) : arrayOf(e, arr).some((item) => e.equals(e.force(item), x)),
  },
  contains: {
    parameters: 'arr elem',
    call: (e, [arr, elem = null]) => arrayOf(e, arr).some((item) => e.equals(e.force(item), elem)),
  },
  count: {
    parameters: 'arr x',
    call: (e, [arr, x = null]) => arrayOf(e, arr).filter((item) => e.equals(e.force(item), x)).length,
  },
  find: {
    parameters: 'value arr',
    call: (e, [value = null, arr]) =>
      arrayOf(e, arr).flatMap((item, index) => (e.equals(e.force(item), value) ? [Thunk.of(index)] : [])),
  },
  all: { parameters: 'arr', call: (e, [arr]) => arrayOf(e, arr).every((item) => e.force(item) === true) },
  any: { parameters: 'arr', call: (e, [arr]) => arrayOf(e, arr).some((item) => e.force(item) === true) },
  sum: { parameters: 'arr', call: (e, [arr]) => sum(e, arrayOf(e, arr)) },
  avg: {
    parameters: 'arr',
    call: (e, [arr]) => {
      const items = arrayOf(e, arr);
      if (items.length === 0) throw e.fault('an empty array has no average');
      return sum(e, items) / items.length;
    },
  },
  minArray: extreme(-1),
  maxArray: extreme(1),
  remove: {
    parameters: 'arr elem',
    call: (e, [arr, elem = null]) => {
      const items = [...arrayOf(e, arr)];
      const index = items.findIndex((item) => e.equals(e.force(item), elem));
      return index < 0 ? items : items.filter((_, at) => at !== index);
    },
  },
  removeAt: {
    parameters: 'arr at',
    call: (e, [arr, at]) => arrayOf(e, arr).filter((_, index) => index !== at),
  },
};

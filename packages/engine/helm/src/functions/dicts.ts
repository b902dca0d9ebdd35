import {
  goFunction,
  isMap,
  type TemplateFunction,
  TemplateFunctionError,
  typed,
  typeName,
  type Value,
} from '@sekisho/gotemplate';
import { toText } from './cast.ts';
import { deepCopy, own, put } from './deep.ts';
import { isEmpty } from './flow.ts';
import { checkDepth } from './limits.ts';
import { mustNames } from './lists.ts';

type Dict = Record<string, Value>;

const ANY = 'interface {}';
const DICT = 'map[string]interface {}';
const S = 'string';

/** Keys and values in turn; a key without a value gets ''. */
function dict(...pairs: Value[]): Dict {
  const result: Dict = {};
  for (let index = 0; index < pairs.length; index += 2) {
    put(result, toText(pairs[index]), index + 1 < pairs.length ? pairs[index + 1] : '');
  }
  return result;
}

/**
 * Takes into a map what others have and it has not (or has empty): maps are merged, all else is taken as it is.
 *
 * @param overwrites what the others have counts, unless it isn't there
 */
function mergeInto(target: Dict, source: Readonly<Dict>, overwrites: boolean, depth: number): void {
  checkDepth(depth);
  for (const [key, value] of Object.entries(source)) {
    const present = own(target, key);
    if (isMap(present) && isMap(value)) mergeInto(present as Dict, value, overwrites, depth + 1);
    else if (!Object.hasOwn(target, key) || overwrites || isEmpty(present)) {
      if (!overwrites && isEmpty(value) && Object.hasOwn(target, key)) continue;
      if (!Object.hasOwn(target, key) && !overwrites && value === null) continue;
      put(target, key, value);
    }
  }
}

function merge(overwrites: boolean): TemplateFunction {
  return goFunction([DICT, `...${DICT}`], (target: Dict, ...sources: Dict[]) => {
    for (const source of sources) mergeInto(target, source, overwrites, 0);
    return target;
  });
}

/** What stands at the end of a path of keys, or a default. */
function dig(...args: Value[]): Value {
  if (args.length < 3) throw new TemplateFunctionError('dig needs at least three arguments');
  let at: Value = args.at(-1);
  const fallback = args.at(-2);
  const path = args.slice(0, -2);
  for (const [index, key] of path.entries()) {
    if (!isMap(at)) {
      throw new TemplateFunctionError(
        `interface conversion: interface {} is ${at === null || at === undefined ? 'nil' : typeName(at)}, not map[string]interface {}`,
      );
    }
    if (typeof key !== 'string') {
      throw new TemplateFunctionError(`interface conversion: interface {} is ${typeName(key)}, not string`);
    }
    if (!Object.hasOwn(at, key)) return fallback;
    at = at[key];
    if (index === path.length - 1) return at;
  }
  return fallback;
}

function picked(map: Dict, names: ReadonlySet<Value>, wanted: boolean): Dict {
  const result: Dict = {};
  for (const [key, value] of Object.entries(map)) if (names.has(key) === wanted) put(result, key, value);
  return result;
}

function copied(value: Value): Value {
  if (value === null || value === undefined) {
    throw new TemplateFunctionError('reflect: call of reflect.Value.Type on zero Value');
  }
  return deepCopy(value);
}

const TWICE: Readonly<Record<string, TemplateFunction>> = {
  merge: merge(false),
  mergeOverwrite: merge(true),
  deepCopy: goFunction([ANY], copied),
};

export const dictFunctions: Readonly<Record<string, TemplateFunction>> = {
  dict: goFunction([`...${ANY}`], dict),
  get: goFunction([DICT, S], (map: Dict, key: string) => (Object.hasOwn(map, key) ? map[key] : '')),
  set: goFunction([DICT, S, ANY], (map: Dict, key: string, value: Value) => {
    put(map, key, value);
    return map;
  }),
  unset: goFunction([DICT, S], (map: Dict, key: string) => {
    delete map[key];
    return map;
  }),
  hasKey: goFunction([DICT, S], (map: Dict, key: string) => Object.hasOwn(map, key)),
  pluck: goFunction([S, `...${DICT}`], (key: string, ...maps: Dict[]) =>
    maps.filter((map) => Object.hasOwn(map, key)).map((map) => map[key]),
  ),
  // Go gives keys in any order; sorted, a render stays the same.
  keys: goFunction([`...${DICT}`], (...maps: Dict[]) =>
    typed(
      maps.flatMap((map) => Object.keys(map).sort()),
      '[]string',
    ),
  ),
  values: goFunction([DICT], (map: Dict) =>
    Object.keys(map)
      .sort()
      .map((key) => map[key]),
  ),
  pick: goFunction([DICT, `...${S}`], (map: Dict, ...names: string[]) => picked(map, new Set(names), true)),
  omit: goFunction([DICT, `...${S}`], (map: Dict, ...names: string[]) => picked(map, new Set(names), false)),
  dig: goFunction([`...${ANY}`], dig),
  ...TWICE,
  ...mustNames(TWICE),
};

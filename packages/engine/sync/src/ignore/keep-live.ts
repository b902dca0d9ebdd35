import { builtinSchema, gvkOf, isBuiltinGroup, type KubeObject, type Schema } from '@sekisho/kube';
import { fieldSchema } from '../compare/field-change.ts';
import { listKeys } from '../compare/list-keys.ts';
import { isSecret } from '../compare/mask-secrets.ts';
import { isObject } from '../json.ts';
import { comparableView, type IgnoredFields, withoutFields } from './ignored-fields.ts';
import { type JsonPath, valueAt } from './json-path.ts';

/**
 * The desired object with the ignored fields as they live: what RespectIgnoreDifferences applies. A field that live has
 * not is left out. Items that only live has, in lists that are merged by key, need not be repeated.
 */
export function keepLiveFields(desired: KubeObject, live: KubeObject, ignored: IgnoredFields): KubeObject {
  const gvk = gvkOf(desired);
  const schema = isBuiltinGroup(gvk.group) ? builtinSchema(gvk) : undefined;
  const view = comparableView(live);
  let result: unknown = withoutFields(desired, isSecret(desired) ? withStringData(ignored.desired) : ignored.desired);
  for (const path of ignored.live) {
    const value = valueAt(view, path);
    if (value !== undefined && path.length > 0 && path[0] !== 'status') {
      result = withValue(result, view, path, value, schema);
    }
  }
  return result as KubeObject;
}

/** Rules see `stringData` as the `data` that it becomes. */
function withStringData(paths: readonly JsonPath[]): JsonPath[] {
  const twins = paths.filter(([first]) => first === 'data').map(([, ...rest]) => ['stringData', ...rest]);
  return [...paths, ...twins];
}

/** `target` with the value at a path that is told in `source`: items of keyed lists are found by key. */
function withValue(
  target: unknown,
  source: unknown,
  path: JsonPath,
  value: unknown,
  schema: Schema | undefined,
): unknown {
  const [step, ...rest] = path;
  if (typeof step === 'string') {
    if (!isObject(source) || (target !== undefined && !isObject(target))) return target;
    const before = target?.[step];
    const inner = rest.length === 0 ? value : withValue(before, source[step], rest, value, fieldSchema(schema, step));
    return inner === before ? target : { ...target, [step]: inner };
  }
  if (typeof step !== 'number' || !Array.isArray(source)) return target;
  const index = step < 0 ? source.length + step : step;
  const list = Array.isArray(target) ? target : [];
  const keys = listKeys(schema);
  const key = keyOf(keys, source, index);
  if (key !== undefined) {
    const at = [...(keys?.index(list)?.keys() ?? [])].indexOf(key);
    // An item that is not wished is live's own business.
    if (at < 0) return target;
    const inner = rest.length === 0 ? value : withValue(list[at], source[index], rest, value, schema?.items);
    return list.with(at, inner);
  }
  if (rest.length === 0) return list.toSpliced(Math.min(index, list.length), 0, value);
  if (index >= list.length) return target;
  return list.with(index, withValue(list[index], source[index], rest, value, schema?.items));
}

function keyOf(keys: ReturnType<typeof listKeys>, list: readonly unknown[], index: number): string | undefined {
  const found = keys?.index(list);
  return found === undefined ? undefined : [...found.keys()][index];
}

import { type CelValue, fromJson, type JsonPath, watchedJson } from '@sekisho/cel';
import type { PolicyCode, Validation } from './code.ts';
import { type CostLimits, type Outcome, PolicyRun } from './run.ts';

/** More are not tried: this is done for each violation. */
const MAX_PATHS = 32;
/** Of more reads only the last are looked at. */
const MAX_READS = 400;

/**
 * The fields of an object that make a validation fail: those without which it would hold. Where none are such, because something is
 * missing, or because the validation can't do without them, the one that it looked at last.
 *
 * @param bindingsOf  variables of expressions, with another value of `object`
 * @returns paths from the root of the object, also of what is missing; empty when the validation looks at nothing of it
 */
export function blamedPaths(
  code: PolicyCode,
  validation: Validation,
  object: unknown,
  bindingsOf: (object: CelValue) => Record<string, CelValue>,
  limits: CostLimits,
): readonly JsonPath[] {
  const evaluate = (value: CelValue): Outcome => new PolicyRun(code, bindingsOf(value), limits).evaluate(validation);
  const reads = new Map<string, JsonPath>();
  evaluate(
    watchedJson(object, (path) => {
      const key = JSON.stringify(path);
      // The last one to be read stands last.
      reads.delete(key);
      reads.set(key, path);
      if (reads.size > MAX_READS) reads.delete(reads.keys().next().value ?? '');
    }),
  );
  const leaves = leavesOf([...reads.values()]);
  const present = leaves.filter((path) => isThere(object, path)).slice(-MAX_PATHS);
  const holds = (without: readonly JsonPath[]): boolean =>
    evaluate(fromJson(without.reduce(withoutPath, object))).value === true;
  if (present.length > 0 && holds(present)) {
    // Whatever can stay without harm does, so that the rest is what harms.
    let blamed: readonly JsonPath[] = present;
    for (const path of present) {
      const fewer = blamed.filter((one) => one !== path);
      if (fewer.length > 0 && holds(fewer)) blamed = fewer;
    }
    return blamed;
  }
  return leaves.slice(-1);
}

/** Reads that are no way to another read. */
function leavesOf(paths: readonly JsonPath[]): readonly JsonPath[] {
  return paths.filter(
    (path) => !paths.some((other) => other.length > path.length && path.every((part, i) => part === other[i])),
  );
}

function isThere(object: unknown, path: JsonPath): boolean {
  let value = object;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return false;
    value = (value as Record<string | number, unknown>)[part];
  }
  return true;
}

/** A copy without a field; items of lists stay where they are. */
function withoutPath(value: unknown, [key, ...rest]: JsonPath): unknown {
  if (key === undefined || typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return value;
  if (Array.isArray(value)) {
    if (rest.length === 0) return value;
    const copy: unknown[] = value.slice();
    copy[Number(key)] = withoutPath(copy[Number(key)], rest);
    return copy;
  }
  const { [key]: member, ...others } = value as Record<string | number, unknown>;
  return rest.length === 0 ? others : { ...others, [key]: withoutPath(member, rest) };
}

import type { KubeObject } from '@sekisho/kube';
import { normalizeLive } from '../compare/normalize.ts';
import type { ObjectKey } from '../object-key.ts';
import { type IgnoreRule, rulesFor } from './ignore-rule.ts';
import { type JsonPath, parseJsonPointer, resolvePointer, withoutPaths } from './json-path.ts';
import { fieldsOwnedBy, ownedPaths } from './owned-paths.ts';

/** What is not compared. jq is not part of this package: its answers are asked for. */
export interface IgnoreDifferences {
  readonly rules: readonly IgnoreRule[];
  /**
   * The paths that a jq expression names in {@link comparableView} of the object: that of a manifest, or a live one.
   * Called with the very instances that were compared before. Default: no paths.
   */
  readonly jqPaths?: (expression: string, object: KubeObject) => readonly JsonPath[];
}

/** Paths of one pair of objects that are not compared, each in its own object. */
export interface IgnoredFields {
  readonly desired: readonly JsonPath[];
  readonly live: readonly JsonPath[];
}

/** The object as rules see it: as it is compared, with its status. */
export function comparableView(object: KubeObject): KubeObject {
  return normalizeLive(object, true);
}

/**
 * The fields of a pair that the rules leave out of the comparison; undefined when no rule speaks of the object.
 *
 * @param desired as in the manifest
 */
export function ignoredFields(
  ignore: IgnoreDifferences,
  key: ObjectKey,
  desired: KubeObject,
  live: KubeObject,
): IgnoredFields | undefined {
  const rules = rulesFor(ignore.rules, key);
  if (rules.length === 0) return undefined;
  const managers = rules.flatMap((rule) => rule.managedFieldsManagers);
  const owned = managers.length === 0 ? undefined : fieldsOwnedBy(live, managers);
  const pathsIn = (object: KubeObject): JsonPath[] => {
    const view = comparableView(object);
    const paths: JsonPath[] = owned === undefined ? [] : ownedPaths(view, owned);
    for (const rule of rules) {
      for (const text of rule.jsonPointers) {
        const path = resolvePointer(view, parseJsonPointer(text) ?? []);
        if (path !== undefined && path.length > 0) paths.push(path);
      }
      for (const expression of rule.jqPathExpressions) paths.push(...(ignore.jqPaths?.(expression, object) ?? []));
    }
    return paths;
  };
  return { desired: pathsIn(desired), live: pathsIn(live) };
}

/** The object without these fields; what names it stays. */
export function withoutFields(object: KubeObject, paths: readonly JsonPath[]): KubeObject {
  if (paths.length === 0) return object;
  const rest = withoutPaths(object, paths);
  if (rest === object) return object;
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  const left = (rest ?? {}) as Partial<KubeObject>;
  return {
    ...left,
    apiVersion,
    kind,
    metadata: {
      ...left.metadata,
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
    },
  };
}

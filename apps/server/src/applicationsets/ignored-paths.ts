import type { ApplicationSet } from '@sekisho/applicationset';
import type { KubeObject } from '@sekisho/kube';
import type { JsonPath } from '@sekisho/sync';
import type { Jq } from '../comparison/jq.ts';

export type JqPaths = (expression: string, object: KubeObject) => readonly JsonPath[];

/**
 * Works out what the jq expressions of `ignoreApplicationDifferences` name, before a plan asks for it. A plan asks of a live
 * Application, and of what the set wants of the same name.
 *
 * @returns undefined when the set has no such expressions
 * @throws SekishoError JQ_*
 */
export async function ignoredPaths(
  jq: Jq,
  set: ApplicationSet,
  generated: readonly KubeObject[],
  live: readonly KubeObject[],
): Promise<JqPaths | undefined> {
  const expressions = new Set(
    set.spec.ignoreApplicationDifferences.flatMap(({ jqPathExpressions }) => jqPathExpressions),
  );
  if (expressions.size === 0) return undefined;
  const wanted = new Map(generated.map((application) => [application.metadata.name ?? '', application]));
  const pairs = live.flatMap((object) => {
    const wish = wanted.get(object.metadata.name ?? '');
    return wish === undefined ? [] : [{ object, wish: { ...object, spec: wish['spec'] } as KubeObject }];
  });
  const ofLive = new Map<string, Map<KubeObject, readonly JsonPath[]>>();
  const ofWish = new Map<string, Map<string, readonly JsonPath[]>>();
  for (const expression of expressions) {
    const [paths, wished] = [
      await jq.paths(
        expression,
        pairs.map(({ object }) => object),
      ),
      await jq.paths(
        expression,
        pairs.map(({ wish }) => wish),
      ),
    ];
    ofLive.set(expression, new Map(pairs.map(({ object }, index) => [object, paths[index] ?? []])));
    ofWish.set(expression, new Map(pairs.map(({ wish }, index) => [wish.metadata.name ?? '', wished[index] ?? []])));
  }
  return (expression, object) =>
    ofLive.get(expression)?.get(object) ?? ofWish.get(expression)?.get(object.metadata.name ?? '') ?? [];
}

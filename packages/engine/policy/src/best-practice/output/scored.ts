import type { CheckResult, ScoredObject } from '../kube-score/score.ts';

/** A result as reports name it. 7 and 10 are both all right. */
export function gradeWord({ grade, skipped }: CheckResult): 'CRITICAL' | 'WARNING' | 'OK' | 'SKIPPED' {
  if (skipped) return 'SKIPPED';
  return grade === 1 ? 'CRITICAL' : grade === 5 ? 'WARNING' : 'OK';
}

/** kube-score's key of an object; reports list objects in the order of it. */
export function objectKey({ subject: { object } }: ScoredObject): string {
  return [object.kind, object.apiVersion, object.metadata?.namespace ?? '', object.metadata?.name ?? ''].join('/');
}

/** `web/shop apps/v1/Deployment` */
export function objectTitle({ subject: { object } }: ScoredObject): string {
  const { name = '', namespace } = object.metadata ?? {};
  const place = namespace === undefined || namespace === '' ? '' : `/${namespace}`;
  return `${name}${place} ${object.apiVersion}/${object.kind}`;
}

export function sortedByKey(scores: readonly ScoredObject[]): readonly ScoredObject[] {
  return scores
    .map((scored) => ({ key: objectKey(scored), scored }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ scored }) => scored);
}

/** The worst word of an object's results. */
export function worstOf({ results }: ScoredObject): 'CRITICAL' | 'WARNING' | 'OK' {
  const words = new Set(results.map(gradeWord));
  return words.has('CRITICAL') ? 'CRITICAL' : words.has('WARNING') ? 'WARNING' : 'OK';
}

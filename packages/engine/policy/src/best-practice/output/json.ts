import type { ScoredObject } from '../kube-score/score.ts';
import { objectKey } from './scored.ts';

/** kube-score's JSON, version 2. */
export function writeJson(scores: readonly ScoredObject[]): string {
  const list = scores.map((scored) => ({
    object_name: objectKey(scored),
    type_meta: { kind: scored.subject.object.kind, apiVersion: scored.subject.object.apiVersion },
    object_meta: scored.subject.object.metadata ?? {},
    checks: scored.results.map(({ check, grade, skipped, comments }) => ({
      check: {
        name: check.name,
        id: check.id,
        target_type: check.target,
        comment: check.why,
        optional: check.optional,
      },
      grade,
      skipped,
      // Go writes a list that was never made as null.
      comments:
        comments.length === 0
          ? null
          : comments.map(({ path, summary, description, field }) => ({
              path,
              summary,
              description,
              documentation_url: '',
              ...(field === undefined ? {} : { field }),
            })),
    })),
    file_name: scored.subject.origin?.file ?? '',
    file_row: scored.subject.origin?.line ?? 0,
  }));
  return `${JSON.stringify(list, null, 4)}\n`;
}

import type { ScoredObject } from '../kube-score/score.ts';
import { gradeWord, objectTitle } from './scored.ts';

/** A line per comment: for logs and grep. */
export function writeCi(scores: readonly ScoredObject[]): string {
  return scores
    .flatMap((scored) => {
      const title = objectTitle(scored);
      return scored.results.flatMap((result) => {
        const start = `[${gradeWord(result)}] ${title}`;
        if (result.comments.length === 0) return [`${start}\n`];
        return result.comments.map(
          ({ path, summary }) => `${start}: ${path === '' ? '' : `(${path}) `}${oneLine(summary)}\n`,
        );
      });
    })
    .join('');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

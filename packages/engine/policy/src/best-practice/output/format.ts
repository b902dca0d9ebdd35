import type { ScoredObject } from '../kube-score/score.ts';
import { writeCi } from './ci.ts';
import { type HumanOptions, writeHuman } from './human.ts';
import { writeJson } from './json.ts';
import { writeJunit } from './junit.ts';
import { writeSarif } from './sarif.ts';
import { sortedByKey } from './scored.ts';

export const scoreFormats = ['human', 'ci', 'json', 'sarif', 'junit'] as const;

export type ScoreFormat = (typeof scoreFormats)[number];

/** The report of kube-score in one of its formats, objects in the order of their kinds and names. */
export function formatScores(scores: readonly ScoredObject[], format: ScoreFormat, options: HumanOptions = {}): string {
  const sorted = sortedByKey(scores);
  switch (format) {
    case 'human':
      return writeHuman(sorted, options);
    case 'ci':
      return writeCi(sorted);
    case 'json':
      return writeJson(sorted);
    case 'sarif':
      return writeSarif(sorted);
    case 'junit':
      return writeJunit(sorted);
  }
}

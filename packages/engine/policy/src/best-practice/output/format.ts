import type { ScoredObject } from '../kube-score/score.ts';
import { writeCi } from './ci.ts';
import { type HumanOptions, writeHuman } from './human.ts';
import { writeJson } from './json.ts';
import { writeJunit } from './junit.ts';
import { type LocateField, writeSarif } from './sarif.ts';
import { sortedByKey } from './scored.ts';

export const scoreFormats = ['human', 'ci', 'json', 'sarif', 'junit'] as const;

export type ScoreFormat = (typeof scoreFormats)[number];

export interface ScoreFormatOptions extends HumanOptions {
  /** For SARIF; default: where the object begins. */
  readonly locate?: LocateField;
}

/** The report of kube-score in one of its formats, objects in the order of their kinds and names. */
export function formatScores(
  scores: readonly ScoredObject[],
  format: ScoreFormat,
  options: ScoreFormatOptions = {},
): string {
  const sorted = sortedByKey(scores);
  switch (format) {
    case 'human':
      return writeHuman(sorted, options);
    case 'ci':
      return writeCi(sorted);
    case 'json':
      return writeJson(sorted);
    case 'sarif':
      return writeSarif(sorted, options.locate);
    case 'junit':
      return writeJunit(sorted);
  }
}

/** A place in a file. Lines and columns count from 1. */
export interface FindingLocation {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** What a rule said. */
export interface Finding {
  readonly message: string;
  /** Where: as the rule said with `_loc`, else the node that the rule looked at. */
  readonly location?: FindingLocation;
  /** The rule said it itself, with `_loc`. */
  readonly hasOwnLocation?: boolean;
  /** All other fields of the rule's value, and `query`: `data.main.deny`. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Of one file (all its documents) and one namespace; of `verify`, of one test. */
export interface CheckResult {
  readonly fileName: string;
  readonly namespace: string;
  readonly successes: number;
  readonly failures: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly exceptions: readonly Finding[];
  readonly skipped: readonly Finding[];
}

export interface Counts {
  readonly tests: number;
  readonly successes: number;
  readonly failures: number;
  readonly warnings: number;
  readonly exceptions: number;
  readonly skipped: number;
}

/** Sums of all results. */
export function countResults(results: readonly CheckResult[]): Counts {
  const counts = { tests: 0, successes: 0, failures: 0, warnings: 0, exceptions: 0, skipped: 0 };
  for (const result of results) {
    counts.successes += result.successes;
    counts.failures += result.failures.length;
    counts.warnings += result.warnings.length;
    counts.exceptions += result.exceptions.length;
    counts.skipped += result.skipped.length;
  }
  counts.tests = counts.successes + counts.failures + counts.warnings + counts.exceptions + counts.skipped;
  return counts;
}

/**
 * Conftest's exit status: 1 when something failed; with `failOnWarn` 2 when something failed and 1 when something only
 * warned; 0 with `noFail`.
 */
export function exitStatus(
  results: readonly CheckResult[],
  options: { readonly failOnWarn?: boolean; readonly noFail?: boolean } = {},
): 0 | 1 | 2 {
  if (options.noFail === true) return 0;
  const { failures, warnings } = countResults(results);
  if (options.failOnWarn !== true) return failures > 0 ? 1 : 0;
  return failures > 0 ? 2 : warnings > 0 ? 1 : 0;
}

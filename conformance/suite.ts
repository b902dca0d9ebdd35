/** One case of a suite: what an outside tool gives, and whether we gave the same. */
export interface CaseResult {
  /** Stable: skip lists name it. */
  readonly id: string;
  readonly passed: boolean;
  /** Why it failed: wanted and got, in one line. */
  readonly reason?: string;
}

export interface SuiteOptions {
  /** Folder with the cases. */
  readonly casesDir: string;
  readonly signal: AbortSignal;
  /** What stands on the command line besides the flags of every suite. */
  readonly args?: readonly string[];
}

/** What each file in `conformance/suites` exports as `run`. */
export type RunSuite = (options: SuiteOptions) => Promise<readonly CaseResult[]>;

/** What `npm run conformance -- SUITE --json` prints. */
export interface SuiteReport {
  readonly suite: string;
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  /** Failed, and the skip list says why. */
  readonly skipped: number;
  readonly failures: readonly { readonly id: string; readonly reason: string }[];
  readonly skips: readonly { readonly id: string; readonly reason: string }[];
  /** On the skip list, yet they pass, or there is no such case: the list is out of date. */
  readonly staleSkips: readonly string[];
}

/** Holds results against a skip list (id to reason). A case on the list still runs; only its failure is forgiven. */
export function reportSuite(
  suite: string,
  results: readonly CaseResult[],
  skipList: Readonly<Record<string, string>>,
): SuiteReport {
  const failures: { id: string; reason: string }[] = [];
  const skips: { id: string; reason: string }[] = [];
  const unused = new Set(Object.keys(skipList));
  for (const { id, passed, reason } of results) {
    if (passed) continue;
    unused.delete(id);
    const excuse = Object.hasOwn(skipList, id) ? skipList[id] : undefined;
    if (excuse === undefined) failures.push({ id, reason: reason ?? 'no reason given' });
    else skips.push({ id, reason: excuse });
  }
  return {
    suite,
    total: results.length,
    passed: results.length - failures.length - skips.length,
    failed: failures.length,
    skipped: skips.length,
    failures,
    skips,
    staleSkips: [...unused],
  };
}

import { type Diagnostic, formatOrigin, type Origin } from '@sekisho/base';
import type { PolicyBundle, PolicyFile } from '@sekisho/policy';
import { unavailableBundle } from './policy-sources/unavailable.ts';

/** Remembers the files of PolicySources as they were when they had no fault. */
export interface GoodBundles {
  /**
   * Takes note of what is good, and puts the files that were good before in the place of those that have a fault now: all of
   * a source, which belong together. Rego that was never good denies what it is about: with one fault none of it can be asked.
   *
   * @returns undefined when nothing is to be replaced
   */
  correct(bundles: readonly PolicyBundle[], diagnostics: readonly Diagnostic[]): readonly PolicyBundle[] | undefined;
  /** By the name of a source that was never good: its fault. */
  neverGood(): ReadonlyMap<string, string>;
}

export function createGoodBundles(): GoodBundles {
  let known = new Map<string, PolicyBundle>();
  let neverGood = new Map<string, string>();
  return {
    neverGood: () => neverGood,
    correct(bundles, diagnostics) {
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      const now = new Map<string, PolicyBundle>();
      const bad = new Map<string, string>();
      let isCorrected = false;
      const corrected = bundles.map((bundle) => {
        const [fault] = errors.length === 0 ? [] : faultsOf(bundle.files, errors);
        if (fault === undefined) {
          now.set(bundle.name, bundle);
          return bundle;
        }
        const before = known.get(bundle.name);
        if (before === undefined || before.format !== bundle.format) {
          if (bundle.format === 'stackrox') return bundle;
          bad.set(bundle.name, textOf(fault));
          isCorrected = true;
          return unavailableBundle(bundle, `have a fault: ${textOf(fault)}`);
        }
        now.set(bundle.name, before);
        isCorrected = true;
        return { ...bundle, files: before.files };
      });
      known = now;
      neverGood = bad;
      return isCorrected ? corrected : undefined;
    },
  };
}

function textOf({ origin, message }: Diagnostic): string {
  return origin === undefined ? message : `${formatOrigin(origin)}: ${message}`;
}

/** What is said of some files. Those of other repositories and revisions may have the same names. */
export function faultsOf(files: readonly PolicyFile[], diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const ids = new Set(files.map(({ origin }) => idOf(origin)));
  return diagnostics.filter(({ origin }) => origin !== undefined && ids.has(idOf(origin)));
}

function idOf({ repo, revision, file }: Origin): string {
  return JSON.stringify([repo, revision, file]);
}

import type { Diagnostic, Origin } from '@sekisho/base';
import type { PolicyBundle, PolicyFile } from '@sekisho/policy';

/** Remembers the files of PolicySources as they were when they had no fault. */
export interface GoodBundles {
  /**
   * Takes note of what is good, and puts the files that were good before in the place of those that have a fault now: all of
   * a source, which belong together.
   *
   * @returns undefined when nothing is to be replaced
   */
  correct(bundles: readonly PolicyBundle[], diagnostics: readonly Diagnostic[]): readonly PolicyBundle[] | undefined;
}

export function createGoodBundles(): GoodBundles {
  let known = new Map<string, PolicyBundle>();
  return {
    correct(bundles, diagnostics) {
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      const now = new Map<string, PolicyBundle>();
      let isCorrected = false;
      const corrected = bundles.map((bundle) => {
        if (errors.length === 0 || faultsOf(bundle.files, errors).length === 0) {
          now.set(bundle.name, bundle);
          return bundle;
        }
        const before = known.get(bundle.name);
        if (before === undefined || before.format !== bundle.format) return bundle;
        now.set(bundle.name, before);
        isCorrected = true;
        return { ...bundle, files: before.files };
      });
      known = now;
      return isCorrected ? corrected : undefined;
    },
  };
}

/** What is said of some files. Those of other repositories and revisions may have the same names. */
export function faultsOf(files: readonly PolicyFile[], diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const ids = new Set(files.map(({ origin }) => idOf(origin)));
  return diagnostics.filter(({ origin }) => origin !== undefined && ids.has(idOf(origin)));
}

function idOf({ repo, revision, file }: Origin): string {
  return JSON.stringify([repo, revision, file]);
}

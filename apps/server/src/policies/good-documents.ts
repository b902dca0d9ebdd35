import type { Diagnostic } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { PolicyDocument } from '@sekisho/policy';
import { keyOf } from './document-key.ts';

/** Remembers policies as they were when they had no fault. */
export interface GoodDocuments {
  /**
   * Takes note of what is good, and puts what was good before in the place of what has a fault now: a slip in a template
   * must not open the gate. A Waiver with a fault covers nothing.
   *
   * @returns undefined when nothing is to be replaced
   */
  correct(
    documents: readonly PolicyDocument[],
    diagnostics: readonly Diagnostic[],
  ): readonly PolicyDocument[] | undefined;
}

export function createGoodDocuments(): GoodDocuments {
  let known = new Map<string, KubeObject>();
  return {
    correct(documents, diagnostics) {
      const faulty = faultyKeys(diagnostics);
      const now = new Map<string, KubeObject>();
      let isCorrected = false;
      const corrected = documents.map((document) => {
        const key = document.origin?.file ?? keyOf(document.object);
        if (!faulty.has(key)) {
          now.set(key, document.object);
          return document;
        }
        const before = known.get(key);
        if (before === undefined || document.object.kind === 'Waiver') return document;
        now.set(key, before);
        if (before === document.object) return document;
        isCorrected = true;
        return { ...document, object: before };
      });
      known = now;
      return isCorrected ? corrected : undefined;
    },
  };
}

/** Files of diagnostics that are errors: for objects of the cluster, their keys. */
export function faultyKeys(diagnostics: readonly Diagnostic[]): ReadonlySet<string> {
  return new Set(
    diagnostics.flatMap(({ severity, origin }) => (severity === 'error' && origin !== undefined ? [origin.file] : [])),
  );
}

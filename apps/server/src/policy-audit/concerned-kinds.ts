import type { PolicyWorker } from '@sekisho/policy-worker';

/** Which kinds policies have a word about, as the worker tells; asked once for each kind. */
export interface ConcernedKinds {
  /** @param ids  only these policies; undefined: any */
  concerns(kind: { readonly group: string; readonly kind: string }, ids: ReadonlySet<string> | undefined): boolean;
  /** Other policies count. */
  forget(): void;
  /** The worker has answered: before it was asked for the first time it may only guess what concerns policies. */
  noteAnswer(): void;
}

export function createConcernedKinds(worker: Pick<PolicyWorker, 'concerns'>): ConcernedKinds {
  let ofAll = new Map<string, boolean>();
  let ofSome = new WeakMap<ReadonlySet<string>, Map<string, boolean>>();
  let hasAnswered = false;

  function forget(): void {
    ofAll = new Map();
    ofSome = new WeakMap();
  }

  function knownOf(ids: ReadonlySet<string> | undefined): Map<string, boolean> {
    if (ids === undefined) return ofAll;
    let known = ofSome.get(ids);
    if (known === undefined) {
      known = new Map();
      ofSome.set(ids, known);
    }
    return known;
  }

  return {
    concerns({ group, kind }, ids) {
      const known = knownOf(ids);
      const key = `${group}/${kind}`;
      let answer = known.get(key);
      if (answer === undefined) {
        answer = worker.concerns({ gate: 'audit', group, kind, ...(ids === undefined ? {} : { policies: ids }) });
        known.set(key, answer);
      }
      return answer;
    },
    forget,
    noteAnswer() {
      if (!hasAnswered) forget();
      hasAnswered = true;
    },
  };
}

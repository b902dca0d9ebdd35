import { isSekishoError } from '@sekisho/base';
import type { Explanation, GateVerdict } from '@sekisho/policy';
import type { PolicyWorker } from '@sekisho/policy-worker';
import { type GateLook, requestOf } from './gate-look.ts';

/** Why a verdict is what it is; undefined when that can't be told. */
export type Explainer = (
  verdict: GateVerdict,
  look: Pick<GateLook, 'asked' | 'cluster'>,
) => Promise<Explanation | undefined> | Explanation;

export function explainerOf(worker: Pick<PolicyWorker, 'explain'>, signal?: AbortSignal): Explainer {
  return async (verdict, look) => {
    const request = requestOf(verdict, look);
    if (request === undefined) return undefined;
    try {
      const place = { gate: 'sync', cluster: look.cluster } as const;
      return await worker.explain(verdict, request, signal === undefined ? place : { ...place, signal });
    } catch (error) {
      signal?.throwIfAborted();
      // The verdict stands also without it.
      if (isSekishoError(error)) return undefined;
      throw error;
    }
  };
}

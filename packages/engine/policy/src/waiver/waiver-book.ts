import type { KubeObject } from '@sekisho/kube';
import type { GateVerdict } from '../policy-set/types.ts';
import type { Waiver } from './waiver.ts';

/** Waivers by the policies that they may cover: there may be many, and few are for one verdict. */
export class WaiverBook {
  readonly #byName = new Map<string, Waiver[]>();
  /** Those that name policies by a pattern. */
  readonly #open: Waiver[] = [];

  constructor(waivers: readonly Waiver[]) {
    for (const waiver of waivers) {
      const names = new Set(waiver.policies.map(({ name }) => name));
      if ([...names].some((name) => name.includes('*'))) this.#open.push(waiver);
      else for (const name of names) this.#list(name).push(waiver);
    }
  }

  /** The one that counts: of several the one that expires last. */
  find(verdict: GateVerdict, object: KubeObject, namespace: KubeObject | undefined, now: number): Waiver | undefined {
    let found: Waiver | undefined;
    const id = verdict.policyId.slice(verdict.policyId.indexOf('/') + 1);
    const named = this.#byName.get(verdict.policy.name);
    const identified = id === verdict.policy.name ? undefined : this.#byName.get(id);
    for (const waivers of [named, identified, this.#open]) {
      for (const waiver of waivers ?? []) {
        if (waiver.expires <= now || (found !== undefined && waiver.expires <= found.expires)) continue;
        if (waiver.covers(verdict, object, namespace)) found = waiver;
      }
    }
    return found;
  }

  #list(name: string): Waiver[] {
    let list = this.#byName.get(name);
    if (list === undefined) {
      list = [];
      this.#byName.set(name, list);
    }
    return list;
  }
}

/** A verdict that a waiver covers stops nothing any more. What stops nothing anyway stays as it is. */
export function waive(verdict: GateVerdict, waiver: Waiver | undefined): GateVerdict {
  if (waiver === undefined || verdict.decision === 'allow') return verdict;
  return { ...verdict, decision: 'allow', waivedBy: waiver.id, waivedDecision: verdict.decision };
}

import type { Clock } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { compilePolicySet, createSurroundings, type PolicySet, type Surroundings } from '@sekisho/policy';
import type { PolicySetInfo } from '@sekisho/policy-worker';
import type { AuditedPolicies } from '../audited-policies.ts';

/** Real policies, asked in this thread. */
export interface LocalPolicies extends AuditedPolicies {
  load(...documents: KubeObject[]): void;
  /** Names of the objects of each message, with the policies that were asked about them. */
  readonly asked: { readonly names: string[]; readonly policies: readonly string[] | 'all' }[];
  /** The next messages are not answered. */
  fail(count: number, error: Error): void;
}

export function localPolicies(clock: Clock): LocalPolicies {
  const listeners = new Set<() => void>();
  const surroundings = new Map<string, Surroundings>();
  const asked: LocalPolicies['asked'] = [];
  let set: PolicySet = compilePolicySet({ documents: [] }, { controlNamespace: 'argocd' });
  let info = infoOf(set);
  let failing: { count: number; error: Error } | undefined;

  function around(cluster: string): Surroundings {
    let own = surroundings.get(cluster);
    if (own === undefined) {
      own = createSurroundings();
      surroundings.set(cluster, own);
    }
    return own;
  }

  return {
    asked,
    worker: {
      concerns: (question) => set.concerns(question),
      surround(cluster, { put = [], remove = [] }) {
        for (const object of remove) around(cluster).remove(object);
        for (const object of put) around(cluster).put(object);
      },
      async judgeMany(requests, { cluster = '', policies }) {
        await Promise.resolve();
        asked.push({
          names: requests.map(({ object }) => object?.metadata.name ?? ''),
          policies: policies === undefined ? 'all' : [...policies],
        });
        if (failing !== undefined && failing.count-- > 0) throw failing.error;
        const context = {
          gate: 'audit',
          now: clock.now(),
          surroundings: around(cluster),
          cluster,
          ...(policies === undefined ? {} : { policies: new Set(policies) }),
        } as const;
        return requests.map((request) => set.judge(request, context));
      },
    },
    info: () => info,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    load(...documents) {
      set = compilePolicySet(
        { documents: documents.map((object) => ({ object })) },
        { previous: set, controlNamespace: 'argocd' },
      );
      info = infoOf(set);
      for (const listener of [...listeners]) listener();
    },
    fail(count, error) {
      failing = { count, error };
    },
  };
}

function infoOf({ policies, waivers, diagnostics, needs, concernTable }: PolicySet): PolicySetInfo {
  const plain = waivers.map(({ covers: _, ...waiver }) => waiver);
  return { policies, waivers: plain, diagnostics, needs, concernTable };
}

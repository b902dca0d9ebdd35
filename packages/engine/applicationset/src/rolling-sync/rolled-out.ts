import { isMap } from '@sekisho/gotemplate';
import type { KubeObject } from '@sekisho/kube';
import { ROLLOUT_USER } from './observed.ts';
import type { RollingSyncPlan } from './rolling-types.ts';

/** As Argo CD retries automated syncs. */
const DEFAULT_RETRY = { limit: 5 };

/** The Application as a rollout wants it: it does not sync by itself, and has an operation when it is its turn. */
export function rolledOut(
  application: KubeObject,
  { sync, status }: Pick<RollingSyncPlan, 'sync' | 'status'>,
): KubeObject {
  const name = application.metadata.name ?? '';
  const waiting = withoutAutomation(application);
  if (!sync.has(name)) return waiting;
  const revisions = status.find((entry) => entry.application === name)?.targetRevisions ?? [];
  return { ...waiting, operation: operationOf(application, revisions) };
}

export function withoutAutomation(application: KubeObject): KubeObject {
  const spec = recordAt(application, 'spec');
  const syncPolicy = recordAt(spec, 'syncPolicy');
  if (!isMap(syncPolicy['automated'])) return application;
  return {
    ...application,
    spec: { ...spec, syncPolicy: { ...syncPolicy, automated: { ...syncPolicy['automated'], enabled: false } } },
  };
}

/** A sync of the very revisions that the step was opened for, whatever was pushed since. */
function operationOf(application: KubeObject, revisions: readonly string[]): Readonly<Record<string, unknown>> {
  const spec = recordAt(application, 'spec');
  const policy = recordAt(spec, 'syncPolicy');
  const automated = recordAt(policy, 'automated');
  const prunes = automated['enabled'] !== false && automated['prune'] === true;
  const hasSources = Array.isArray(spec['sources']) && spec['sources'].length > 0;
  return {
    initiatedBy: { username: ROLLOUT_USER, automated: true },
    info: [{ name: 'Reason', value: 'ApplicationSet RollingSync triggered a sync of this Application resource' }],
    retry: policy['retry'] ?? DEFAULT_RETRY,
    sync: {
      ...(hasSources ? { revisions } : revisions[0] === undefined ? {} : { revision: revisions[0] }),
      ...(prunes ? { prune: true } : {}),
      ...(policy['syncOptions'] === undefined ? {} : { syncOptions: policy['syncOptions'] }),
    },
  };
}

function recordAt(value: Readonly<Record<string, unknown>>, field: string): Readonly<Record<string, unknown>> {
  const found = value[field];
  return isMap(found) ? found : {};
}

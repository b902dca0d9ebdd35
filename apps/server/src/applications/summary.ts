import type { KubeObject } from '@sekisho/kube';

export interface ApplicationSummary {
  readonly total: number;
  readonly bySync: Readonly<Record<string, number>>;
  readonly byHealth: Readonly<Record<string, number>>;
  /** Those that are not Synced and Healthy, at most 100. */
  readonly needAttention: readonly { namespace: string; name: string; sync: string; health: string; message: string }[];
}

const ATTENTION_LIMIT = 100;

/** Counts applications by what their status says. */
export function summarize(applications: readonly KubeObject[]): ApplicationSummary {
  const bySync: Record<string, number> = {};
  const byHealth: Record<string, number> = {};
  const needAttention: ApplicationSummary['needAttention'][number][] = [];
  for (const application of applications) {
    const status = (application['status'] ?? {}) as ApplicationStatus;
    const { sync, health } = labelsOf(application);
    bySync[sync] = (bySync[sync] ?? 0) + 1;
    byHealth[health] = (byHealth[health] ?? 0) + 1;
    if ((sync === 'Synced' && health === 'Healthy') || needAttention.length >= ATTENTION_LIMIT) continue;
    const { name = '', namespace = '' } = application.metadata;
    const message = status.conditions?.[0]?.message ?? status.health?.message ?? status.operationState?.message ?? '';
    needAttention.push({ namespace, name, sync, health, message });
  }
  return { total: applications.length, bySync, byHealth, needAttention };
}

/** Sync and health status; Unknown before the first look. */
export function labelsOf(application: KubeObject): { sync: string; health: string } {
  const { sync, health } = (application['status'] ?? {}) as ApplicationStatus;
  return { sync: sync?.status ?? 'Unknown', health: health?.status ?? 'Unknown' };
}

interface ApplicationStatus {
  readonly sync?: { readonly status?: string };
  readonly health?: { readonly status?: string; readonly message?: string };
  readonly conditions?: readonly { readonly message: string }[];
  readonly operationState?: { readonly message?: string };
}

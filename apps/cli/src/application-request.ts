import type { KubeObject } from '@sekisho/kube';
import type { SekishoApi } from './connection.ts';
import { namingApplication } from './not-found.ts';

/** `/api/v1/applications/argocd/web`, and what comes after it. */
export function applicationPath(namespace: string, name: string, rest = ''): string {
  return `/api/v1/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}${rest}`;
}

/** @throws SekishoError KUBE_NOT_FOUND that says how to find the ones that are there */
export async function readApplication(
  api: SekishoApi,
  { namespace, name, signal }: { namespace: string; name: string; signal: AbortSignal },
): Promise<KubeObject> {
  const answer = await namingApplication(name, namespace, () => api.get(applicationPath(namespace, name), signal));
  return (answer as { application: KubeObject }).application;
}

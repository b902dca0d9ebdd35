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
  options: { namespace: string; name: string; signal: AbortSignal },
): Promise<KubeObject> {
  return (await readApplicationDetail(api, options)).application;
}

/** An Application, and what its sync windows say when it has any. */
export interface ApplicationDetail {
  readonly application: KubeObject;
  readonly windows?: { readonly allowed: boolean; readonly manualAllowed: boolean; readonly reason?: string };
}

/** @throws SekishoError KUBE_NOT_FOUND that names the application */
export async function readApplicationDetail(
  api: SekishoApi,
  { namespace, name, signal }: { namespace: string; name: string; signal: AbortSignal },
): Promise<ApplicationDetail> {
  const answer = await namingApplication(name, namespace, () => api.get(applicationPath(namespace, name), signal));
  return answer as ApplicationDetail;
}

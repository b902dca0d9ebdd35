import type { KubeObject } from '@sekisho/kube';

/** Projects whose Applications may use the object, separated by commas. Without it those of all projects may. */
export const PROJECTS_ANNOTATION = 'sekisho.dev/projects';

/** What Argo CD's own Secrets are labelled with: `cluster`, `repository`, `repo-creds` … */
export const SECRET_TYPE = 'argocd.argoproj.io/secret-type';
/** Signing keys and passwords of accounts are in it. */
export const OWN_SECRET = 'argocd-secret';
const TOKEN_TYPES = new Set(['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token']);

/**
 * Why Applications of a project may not use a Secret or ConfigMap; undefined when they may. Whoever may write an Application
 * could print anything into a manifest that it names: so Sekisho's own credentials and tokens of Kubernetes are never given.
 */
export function whyForbidden({ kind, metadata, ...fields }: KubeObject, project: string): string | undefined {
  if (kind === 'Secret') {
    const isOwn = metadata.labels?.[SECRET_TYPE] !== undefined || metadata.name === OWN_SECRET;
    if (isOwn) return 'it holds credentials of Sekisho itself';
    if (isTokenOfKubernetes(fields)) return 'it holds a token of Kubernetes';
  }
  const projects = metadata.annotations?.[PROJECTS_ANNOTATION]?.split(',').map((name) => name.trim());
  if (projects === undefined || projects.includes(project)) return undefined;
  return `its annotation ${PROJECTS_ANNOTATION} does not name the project ${project}`;
}

export function isTokenOfKubernetes(secret: Readonly<Record<string, unknown>>): boolean {
  return TOKEN_TYPES.has(String(secret['type']));
}

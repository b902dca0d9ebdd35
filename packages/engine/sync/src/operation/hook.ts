import type { KubeObject } from '@sekisho/kube';

export const HOOK_FINALIZER = 'argocd.argoproj.io/hook-finalizer';
export const HOOK_ANNOTATION = 'argocd.argoproj.io/hook';
export const HOOK_DELETE_POLICY_ANNOTATION = 'argocd.argoproj.io/hook-delete-policy';
const HELM_HOOK_ANNOTATION = 'helm.sh/hook';
const HELM_DELETE_POLICY_ANNOTATION = 'helm.sh/hook-delete-policy';
const HELM_WEIGHT_ANNOTATION = 'helm.sh/hook-weight';
const WAVE_ANNOTATION = 'argocd.argoproj.io/sync-wave';

/** Phases of the deletion of an Application; each is an operation of its own, that has nothing but hooks. */
export type DeletionPhase = 'PreDelete' | 'PostDelete';
/** Phases of a sync, in their order, and those of a deletion. */
export type SyncPhase = 'PreSync' | 'Sync' | 'PostSync' | 'SyncFail' | DeletionPhase;
export type HookType = SyncPhase | 'Skip';
export type HookDeletePolicy = 'BeforeHookCreation' | 'HookSucceeded' | 'HookFailed';

const hookTypes: readonly HookType[] = ['PreSync', 'Sync', 'PostSync', 'SyncFail', 'Skip', 'PreDelete', 'PostDelete'];
const deletePolicies: readonly HookDeletePolicy[] = ['BeforeHookCreation', 'HookSucceeded', 'HookFailed'];

const helmHooks: Readonly<Record<string, HookType>> = {
  'pre-install': 'PreSync',
  'pre-upgrade': 'PreSync',
  'post-install': 'PostSync',
  'post-upgrade': 'PostSync',
  'pre-delete': 'PreDelete',
  'post-delete': 'PostDelete',
};

const helmDeletePolicies: Readonly<Record<string, HookDeletePolicy>> = {
  'before-hook-creation': 'BeforeHookCreation',
  'hook-succeeded': 'HookSucceeded',
  'hook-failed': 'HookFailed',
};

/** Hook types of an object. Helm's annotation counts only when Argo CD's is absent or names nothing known. */
export function hookTypesOf(object: KubeObject): readonly HookType[] {
  const annotations = object.metadata.annotations;
  if (annotations === undefined) return [];
  const own = list(annotations[HOOK_ANNOTATION]).filter((name): name is HookType =>
    (hookTypes as readonly string[]).includes(name),
  );
  if (annotations[HOOK_ANNOTATION] !== undefined) return unique(own);
  return unique(list(annotations[HELM_HOOK_ANNOTATION]).flatMap((name) => helmHooks[name] ?? []));
}

/**
 * Whether the object belongs to a phase of its own instead of the desired state. Skip alone is no hook, it is just not
 * applied; a hook whose type nobody knows (`test`, `pre-rollback`, a typing error) is a hook that never runs.
 */
export function isHook(object: KubeObject): boolean {
  const annotations = object.metadata.annotations;
  if (annotations === undefined) return false;
  if (annotations[HOOK_ANNOTATION] !== undefined) return !isSkipped(object);
  // Helm 2 marked CRDs with `crd-install`; they are ordinary objects for everyone after it.
  const helm = annotations[HELM_HOOK_ANNOTATION];
  return helm !== undefined && helm !== 'crd-install';
}

/** `argocd.argoproj.io/hook: Skip` and nothing else: never applied. */
export function isSkipped(object: KubeObject): boolean {
  const types = hookTypesOf(object);
  return types.length === 1 && types[0] === 'Skip';
}

/** When a hook is deleted. Default BeforeHookCreation. */
export function hookDeletePolicies(object: KubeObject): readonly HookDeletePolicy[] {
  const annotations = object.metadata.annotations ?? {};
  const own = list(annotations[HOOK_DELETE_POLICY_ANNOTATION]).filter((name): name is HookDeletePolicy =>
    (deletePolicies as readonly string[]).includes(name),
  );
  if (own.length > 0) return unique(own);
  const helm = list(annotations[HELM_DELETE_POLICY_ANNOTATION]).flatMap((name) => helmDeletePolicies[name] ?? []);
  return helm.length > 0 ? unique(helm) : ['BeforeHookCreation'];
}

/** The wave of an object: the annotation, else Helm's hook weight, else 0; what is no integer is ignored. */
export function waveOf(object: KubeObject): number {
  const annotations = object.metadata.annotations;
  if (annotations === undefined) return 0;
  return integer(annotations[WAVE_ANNOTATION]) ?? integer(annotations[HELM_WEIGHT_ANNOTATION]) ?? 0;
}

function integer(text: string | undefined): number | undefined {
  if (typeof text !== 'string' || !/^[+-]?\d{1,15}$/.test(text)) return undefined;
  return Number.parseInt(text, 10);
}

function list(text: unknown): string[] {
  if (typeof text !== 'string') return [];
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}

import type { Diagnostic, Origin } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';

export const SYNC_OPTIONS_ANNOTATION = 'argocd.argoproj.io/sync-options';
export const COMPARE_OPTIONS_ANNOTATION = 'argocd.argoproj.io/compare-options';
const HELM_POLICY_ANNOTATION = 'helm.sh/resource-policy';

export type PropagationPolicy = 'Foreground' | 'Background' | 'Orphan';
/** `confirm` waits until the Application is annotated `argocd.argoproj.io/deletion-approved`. */
export type Permission = 'true' | 'false' | 'confirm';

/** syncPolicy.syncOptions of an application, or the annotation of one object. */
export interface SyncOptions {
  readonly createNamespace: boolean;
  readonly prune: Permission;
  readonly delete: Permission;
  readonly pruneLast: boolean;
  readonly prunePropagationPolicy: PropagationPolicy;
  readonly applyOutOfSyncOnly: boolean;
  readonly replace: boolean;
  readonly force: boolean;
  readonly serverSideApply: boolean;
  readonly failOnSharedResource: boolean;
  readonly skipDryRunOnMissingResource: boolean;
  /** Strict field validation by the API. */
  readonly validate: boolean;
  readonly respectIgnoreDifferences: boolean;
}

export const defaultSyncOptions: SyncOptions = Object.freeze({
  createNamespace: false,
  prune: 'true',
  delete: 'true',
  pruneLast: false,
  prunePropagationPolicy: 'Foreground',
  applyOutOfSyncOnly: false,
  replace: false,
  force: false,
  serverSideApply: false,
  failOnSharedResource: false,
  skipDryRunOnMissingResource: false,
  validate: true,
  respectIgnoreDifferences: false,
});

export interface CompareOptions {
  /** The object does not count for the sync status when it is not desired. */
  readonly ignoreExtraneous: boolean;
  /** Whether the API server is asked what applying would change; undefined: it is not said. */
  readonly serverSideDiff: boolean | undefined;
  /** With that: whether what mutating webhooks change counts. */
  readonly includeMutationWebhook: boolean;
}

const NO_COMPARE_OPTIONS: CompareOptions = Object.freeze({
  ignoreExtraneous: false,
  serverSideDiff: undefined,
  includeMutationWebhook: false,
});

type Mutable = { -readonly [K in keyof SyncOptions]?: SyncOptions[K] };
type BooleanOption = {
  [K in keyof SyncOptions]: SyncOptions[K] extends boolean ? K : never;
}[keyof SyncOptions];

const booleans: ReadonlyMap<string, BooleanOption> = new Map<string, BooleanOption>([
  ['CreateNamespace', 'createNamespace'],
  ['PruneLast', 'pruneLast'],
  ['ApplyOutOfSyncOnly', 'applyOutOfSyncOnly'],
  ['Replace', 'replace'],
  ['Force', 'force'],
  ['ServerSideApply', 'serverSideApply'],
  ['FailOnSharedResource', 'failOnSharedResource'],
  ['SkipDryRunOnMissingResource', 'skipDryRunOnMissingResource'],
  ['Validate', 'validate'],
  ['RespectIgnoreDifferences', 'respectIgnoreDifferences'],
]);

const permissions: ReadonlyMap<string, 'prune' | 'delete'> = new Map([
  ['Prune', 'prune'],
  ['Delete', 'delete'],
]);

/** Options that Argo CD knows and that change nothing here; no warning for them. */
const accepted: ReadonlySet<string> = new Set(['ClientSideApplyMigration']);

/**
 * Reads `Name=value` options.
 * @returns only the options that are named, over `base` when given; unknown ones as SYNC_OPTION_UNKNOWN and wrong
 *   values as SYNC_OPTION_INVALID, both warnings, because Argo CD ignores them too
 */
export function parseSyncOptions(
  options: readonly string[],
  base: SyncOptions = defaultSyncOptions,
  origin?: Origin,
): { options: SyncOptions; diagnostics: Diagnostic[] } {
  const { named, diagnostics } = readOptions(options, origin);
  return { options: { ...base, ...named }, diagnostics };
}

/**
 * The options of one object over those of the application. An annotation that is not there costs nothing. What Helm is to keep
 * (`helm.sh/resource-policy: keep`) is neither pruned nor deleted, unless its own options say so.
 */
export function objectSyncOptions(
  object: KubeObject,
  base: SyncOptions,
  origin?: Origin,
): { options: SyncOptions; diagnostics: Diagnostic[] } {
  const annotations = object.metadata.annotations;
  const text = annotations?.[SYNC_OPTIONS_ANNOTATION];
  const policy = annotations?.[HELM_POLICY_ANNOTATION];
  const isKept = typeof policy === 'string' && policy.trim().toLowerCase() === 'keep';
  const kept = isKept ? { ...base, prune: 'false' as const, delete: 'false' as const } : base;
  if (typeof text !== 'string' || text === '') return { options: kept, diagnostics: [] };
  return parseSyncOptions(text.split(','), kept, origin);
}

export function compareOptionsOf(object: KubeObject): CompareOptions {
  const text = object.metadata.annotations?.[COMPARE_OPTIONS_ANNOTATION];
  if (typeof text !== 'string') return NO_COMPARE_OPTIONS;
  const parts = text.split(',').map((part) => part.trim());
  const serverSideDiff = parts.includes('ServerSideDiff=true')
    ? true
    : parts.includes('ServerSideDiff=false')
      ? false
      : undefined;
  return {
    ignoreExtraneous: parts.some((part) => /^IgnoreExtraneous(=true)?$/.test(part)),
    serverSideDiff,
    includeMutationWebhook: parts.includes('IncludeMutationWebhook=true'),
  };
}

function readOptions(
  options: readonly string[],
  origin: Origin | undefined,
): {
  named: Mutable;
  diagnostics: Diagnostic[];
} {
  const named: Mutable = {};
  const diagnostics: Diagnostic[] = [];
  const warn = (code: string, message: string, hint: string) =>
    diagnostics.push({ code, severity: 'warning', message, hint, ...(origin === undefined ? {} : { origin }) });
  for (const raw of options) {
    const text = String(raw).trim();
    if (text === '') continue;
    const at = text.indexOf('=');
    const name = at < 0 ? text : text.slice(0, at).trim();
    const value = at < 0 ? 'true' : text.slice(at + 1).trim();
    const invalid = (expected: string) =>
      warn('SYNC_OPTION_INVALID', `sync option ${name} cannot be "${value}"`, `Use ${expected}.`);
    const flag = booleans.get(name);
    const permission = permissions.get(name);
    if (flag !== undefined) {
      if (value === 'true' || value === 'false') named[flag] = value === 'true';
      else invalid('true or false');
    } else if (permission !== undefined) {
      if (value === 'true' || value === 'false' || value === 'confirm') named[permission] = value;
      else invalid('true, false or confirm');
    } else if (name === 'PrunePropagationPolicy') {
      const policy = propagationOf(value);
      if (policy === undefined) invalid('foreground, background or orphan');
      else named.prunePropagationPolicy = policy;
    } else if (!accepted.has(name)) {
      warn('SYNC_OPTION_UNKNOWN', `unknown sync option "${name}"`, `Known: ${knownOptions().join(', ')}.`);
    }
  }
  return { named, diagnostics };
}

function propagationOf(value: string): PropagationPolicy | undefined {
  switch (value.toLowerCase()) {
    case 'foreground':
      return 'Foreground';
    case 'background':
      return 'Background';
    case 'orphan':
      return 'Orphan';
    default:
      return undefined;
  }
}

function knownOptions(): string[] {
  return [...booleans.keys(), ...permissions.keys(), 'PrunePropagationPolicy'].sort();
}

import { type Diagnostic, formatDiagnostic, type Logger, parseYamlDocuments } from '@sekisho/base';
import { createInformer, type KubeClient } from '@sekisho/client';
import type { GroupVersionKind, KubeObject } from '@sekisho/kube';
import { type IgnoreRule, readRule } from '@sekisho/sync';
import { CONFIG_MAPS } from '../applications/kinds.ts';

/** Argo CD's ConfigMap of settings, in the control namespace. */
export const SETTINGS = 'argocd-cm';

/** Settings of comparisons that hold for all applications. */
export interface ComparisonSettings {
  readonly rules: readonly IgnoreRule[];
  /** Kinds whose status is compared (`ignoreResourceStatusField`). Default: none. */
  readonly comparesStatus?: (gvk: GroupVersionKind) => boolean;
  /** Faults of the settings; what is at fault is left out, the rest holds. */
  readonly diagnostics: readonly Diagnostic[];
  /** Of those, rules that nobody can follow: what they protect must not be overwritten. */
  readonly unreadable: readonly UnreadableRule[];
}

/** Kinds by glob. */
interface UnreadableRule {
  readonly group: string;
  readonly kind: string;
  readonly diagnostic: Diagnostic;
}

export interface ComparisonSettingsBook {
  readonly current: ComparisonSettings;
  onChange(listener: () => void): void;
  close(): Promise<void>;
}

const NOTHING: ComparisonSettings = { rules: [], diagnostics: [], unreadable: [] };

/** Follows the ConfigMap; ready once its first state is known. */
export async function openComparisonSettings(options: {
  client: KubeClient;
  controlNamespace: string;
  logger: Logger;
}): Promise<ComparisonSettingsBook> {
  const { client, controlNamespace: namespace, logger } = options;
  const listeners = new Set<() => void>();
  let current = NOTHING;
  const fieldSelector = `metadata.name=${SETTINGS}`;
  const informer = createInformer({ client, type: CONFIG_MAPS, namespace, fieldSelector, logger });
  informer.on(({ type, object }) => {
    current = type === 'DELETED' ? NOTHING : readComparisonSettings(object);
    for (const diagnostic of current.diagnostics) {
      logger.warn({ fault: formatDiagnostic(diagnostic) }, 'a setting of comparisons is at fault');
    }
    for (const listener of listeners) listener();
  });
  informer.start();
  await informer.synced();
  return {
    get current() {
      return current;
    },
    onChange(listener) {
      listeners.add(listener);
    },
    close: () => informer.close(),
  };
}

const IGNORE_KEY = 'resource.customizations.ignoreDifferences.';

/**
 * Reads `resource.customizations.ignoreDifferences.<group_kind>` (`all` for every kind), the older
 * `resource.customizations`, and `resource.compareoptions`. Codes: IGNORE_RULE_INVALID, COMPARE_OPTION_INVALID and the
 * YAML codes.
 *
 * @see Argo CD's documentation of argocd-cm
 */
export function readComparisonSettings(object: KubeObject): ComparisonSettings {
  const file = `configmap ${object.metadata.namespace}/${SETTINGS}`;
  const rules: IgnoreRule[] = [];
  const diagnostics: Diagnostic[] = [];
  const unreadable: UnreadableRule[] = [];
  const note = (found: readonly Diagnostic[], groupKind: GroupKind) => {
    diagnostics.push(...found);
    const faults = found.filter(({ severity }) => severity === 'error');
    unreadable.push(...faults.map((diagnostic) => ({ ...groupKind, diagnostic })));
  };
  const add = (value: unknown, key: string, groupKind: GroupKind) => {
    const read = readRule(value, key, file, groupKind);
    if (read.rule !== undefined) rules.push(read.rule);
    note(read.diagnostics, groupKind);
  };
  const yaml = (text: string, key: string, groupKind?: GroupKind): unknown => {
    const read = parseYamlDocuments(text, { file: `${file} data.${key}` });
    if (groupKind === undefined) diagnostics.push(...read.diagnostics);
    else note(read.diagnostics, groupKind);
    return read.documents[0]?.value;
  };
  let comparesStatus: ComparisonSettings['comparesStatus'];
  for (const [key, text] of Object.entries((object['data'] ?? {}) as Record<string, unknown>)) {
    if (typeof text !== 'string') continue;
    if (key.startsWith(IGNORE_KEY)) {
      const groupKind = groupKindOf(key.slice(IGNORE_KEY.length), '_');
      const value = yaml(text, key, groupKind);
      if (value !== undefined) add(value, key, groupKind);
    } else if (key === 'resource.customizations') {
      for (const [groupKind, entry] of Object.entries(asObject(yaml(text, key, ANY_KIND)))) {
        const inner = asObject(entry)['ignoreDifferences'];
        const kinds = groupKindOf(groupKind, '/');
        const value = typeof inner === 'string' ? yaml(inner, `${key} ${groupKind}`, kinds) : inner;
        if (value !== undefined) add(value, `${key} ${groupKind}`, kinds);
      }
    } else if (key === 'resource.compareoptions') {
      const choice = asObject(yaml(text, key))['ignoreResourceStatusField'] ?? 'all';
      const found = STATUS_CHOICES.get(String(choice));
      if (found !== undefined) comparesStatus = found === 'never' ? undefined : found;
      else {
        diagnostics.push({
          code: 'COMPARE_OPTION_INVALID',
          severity: 'error',
          message: `ignoreResourceStatusField cannot be ${JSON.stringify(choice)}`,
          origin: { file },
          hint: 'Use all, crd or none.',
        });
      }
    }
  }
  return { rules, diagnostics, unreadable, ...(comparesStatus === undefined ? {} : { comparesStatus }) };
}

interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

const ANY_KIND: GroupKind = { group: '*', kind: '*' };

const STATUS_CHOICES = new Map<string, 'never' | ((gvk: GroupVersionKind) => boolean)>([
  ['all', 'never'],
  ['crd', ({ kind }) => kind !== 'CustomResourceDefinition'],
  ['none', () => true],
  ['off', () => true],
]);

/** `apps_Deployment`, `ConfigMap` (the core group), `all`; with `/` and globs in the older form. */
function groupKindOf(text: string, separator: '_' | '/'): GroupKind {
  if (text === 'all' || text === '*/*') return ANY_KIND;
  const at = text.indexOf(separator);
  return at < 0 ? { group: '', kind: text } : { group: text.slice(0, at), kind: text.slice(at + 1) };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

import type { Diagnostic } from '@sekisho/base';
import type { GroupVersionKind, KubeObject } from '@sekisho/kube';
import { at, faultList, gatekeeperKind, isTexts, nameOf, type PolicyDocument } from './document.ts';
import { matchesName } from './name-pattern.ts';

/** What of Gatekeeper's work a namespace may be spared. */
export type Process = 'audit' | 'webhook' | 'sync' | 'mutation-webhook';

/** What Config and SyncSets say. */
export interface GatekeeperConfig {
  /** Kinds that belong into `data.inventory`; undefined when nobody named any. */
  readonly synced: readonly GroupVersionKind[] | undefined;
  isExcluded(namespace: string, process: Process): boolean;
}

const PROCESSES: readonly string[] = ['audit', 'webhook', 'sync', 'mutation-webhook', '*'];

/** Code of faults: GATEKEEPER_CONFIG_INVALID. */
export function readConfig(documents: readonly PolicyDocument[], diagnostics: Diagnostic[]): GatekeeperConfig {
  const synced: GroupVersionKind[] = [];
  const exclusions: { namespaces: readonly string[]; processes: readonly string[] }[] = [];
  let isAnySynced = false;
  for (const document of documents) {
    const { object } = document;
    const isConfig = gatekeeperKind(object) === 'config';
    const faults = faultList(document, 'GATEKEEPER_CONFIG_INVALID', diagnostics);
    if (isConfig && nameOf(object) !== 'config') {
      faults.add(['metadata', 'name'], 'must be config: a Config of any other name is not read');
      continue;
    }
    const path = isConfig ? ['spec', 'sync', 'syncOnly'] : ['spec', 'gvks'];
    const kinds = at(object, ...path);
    if (kinds !== undefined && !Array.isArray(kinds)) faults.add(path, 'must be a list');
    if (Array.isArray(kinds)) {
      isAnySynced = true;
      for (const [i, entry] of kinds.entries()) {
        const kind = readKind(entry);
        if (kind === undefined) faults.add([...path, i], 'must have version and kind');
        else synced.push(kind);
      }
    }
    const matches = isConfig ? at(object, 'spec', 'match') : undefined;
    for (const [i, entry] of (Array.isArray(matches) ? matches : []).entries()) {
      const namespaces = at(entry, 'excludedNamespaces');
      const processes = at(entry, 'processes');
      const here = ['spec', 'match', i];
      if (!isTexts(namespaces)) faults.add([...here, 'excludedNamespaces'], 'must be a list of texts');
      else if (!isTexts(processes) || !processes.every((name) => PROCESSES.includes(name)))
        faults.add([...here, 'processes'], `must be a list of ${PROCESSES.join(', ')}`);
      else exclusions.push({ namespaces, processes });
    }
  }
  return {
    synced: isAnySynced ? synced : undefined,
    isExcluded: (namespace, process) =>
      exclusions.some(
        ({ namespaces, processes }) =>
          (processes.includes(process) || processes.includes('*')) &&
          namespaces.some((pattern) => matchesName(pattern, namespace)),
      ),
  };
}

/** Whether an object belongs into `data.inventory`. Nobody having named kinds, none does. */
export function isSynced({ synced, isExcluded }: GatekeeperConfig, object: KubeObject): boolean {
  const namespace = object.metadata?.namespace;
  if (namespace !== undefined && isExcluded(namespace, 'sync')) return false;
  return (synced ?? []).some(
    ({ group, version, kind }) =>
      object.kind === kind && object.apiVersion === (group === '' ? version : `${group}/${version}`),
  );
}

function readKind(entry: unknown): GroupVersionKind | undefined {
  const group = at(entry, 'group') ?? '';
  const version = at(entry, 'version');
  const kind = at(entry, 'kind');
  if (typeof group !== 'string' || typeof version !== 'string' || typeof kind !== 'string') return undefined;
  return { group, version, kind };
}

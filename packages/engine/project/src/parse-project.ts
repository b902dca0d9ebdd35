import type { Diagnostic } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { createFieldReader, type FieldReader } from './field-reader.ts';
import type { Pattern } from './pattern.ts';
import type {
  DestinationRule,
  DestinationServiceAccount,
  GitIntegrityPolicy,
  KindRule,
  OrphanRules,
  Project,
} from './project.ts';
import { normalizeRepositoryGlob } from './repository-address.ts';
import { readRole } from './roles.ts';
import { readWindow } from './windows/window.ts';

export type ParsedProject =
  /** `warnings`: fields that do nothing, policies that reach too far, windows that never open. */
  | { readonly project: Project; readonly warnings: readonly Diagnostic[] }
  | { readonly diagnostics: readonly Diagnostic[] };

const FIELDS = [
  'description',
  'sourceRepos',
  'destinations',
  'sourceNamespaces',
  'clusterResourceWhitelist',
  'clusterResourceBlacklist',
  'namespaceResourceWhitelist',
  'namespaceResourceBlacklist',
  'orphanedResources',
  'roles',
  'syncWindows',
  'signatureKeys',
  'sourceIntegrity',
  'permitOnlyProjectScopedClusters',
  'destinationServiceAccounts',
];

const NOTHING = { text: '', deny: false, matches: (value: string) => value === '' } satisfies Pattern;

/**
 * Reads an AppProject. Everything wrong is reported together.
 *
 * @returns diagnostics with code PROJECT_INVALID; warnings: PROJECT_FIELD_UNKNOWN | PROJECT_ROLE_POLICY |
 *   PROJECT_WINDOW_NEVER_OPENS | PROJECT_WINDOW_EMPTY
 * @see Argo CD's documentation of projects, and its AppProject definition
 */
export function parseProject(object: KubeObject): ParsedProject {
  const { name = '', namespace = '' } = object.metadata;
  const diagnostics: Diagnostic[] = [];
  const reader = createFieldReader(object['spec'] ?? {}, {
    path: 'spec',
    file: `appproject ${namespace}/${name}`,
    code: 'PROJECT_INVALID',
    diagnostics,
  });
  reader.onlyFields(FIELDS);
  const project: Project = {
    name,
    namespace,
    description: reader.text('description') ?? '',
    sourceRepos: reader.patterns('sourceRepos', { separator: '/', deny: true, normalize: normalizeRepositoryGlob }),
    destinations: reader.objects('destinations').map(readDestination),
    sourceNamespaces: readSourceNamespaces(reader),
    clusterResourceWhitelist: readKinds(reader, 'clusterResourceWhitelist', true),
    clusterResourceBlacklist: readKinds(reader, 'clusterResourceBlacklist', true),
    namespaceResourceWhitelist: reader.has('namespaceResourceWhitelist')
      ? readKinds(reader, 'namespaceResourceWhitelist', false)
      : undefined,
    namespaceResourceBlacklist: readKinds(reader, 'namespaceResourceBlacklist', false),
    orphanedResources: readOrphanRules(reader.object('orphanedResources')),
    roles: readRoles(reader, name),
    syncWindows: readWindows(reader),
    signatureKeys: reader.objects('signatureKeys').map((entry) => entry.text('keyID') ?? ''),
    sourceIntegrity: readIntegrity(reader.object('sourceIntegrity')),
    permitOnlyProjectScopedClusters: reader.flag('permitOnlyProjectScopedClusters') ?? false,
    destinationServiceAccounts: reader.objects('destinationServiceAccounts').map(readServiceAccount),
  };
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return errors.length > 0 ? { diagnostics: errors } : { project, warnings: diagnostics };
}

/** More than anybody needs; when each of them opens takes time to find out. */
const MAX_WINDOWS = 100;

function readWindows(reader: FieldReader) {
  const entries = reader.objects('syncWindows');
  if (entries.length > MAX_WINDOWS) {
    reader.fault('syncWindows', `has ${entries.length} entries; at most ${MAX_WINDOWS} are read`);
    return [];
  }
  return entries.flatMap((entry) => readWindow(entry) ?? []);
}

function readDestination(reader: FieldReader): DestinationRule {
  reader.onlyFields(['server', 'name', 'namespace']);
  const part = (field: string) => reader.pattern(field, { deny: true }) ?? NOTHING;
  const rule = { server: part('server'), name: part('name'), namespace: part('namespace') };
  if (!reader.hasFaults() && rule.server.text === '' && rule.name.text === '') {
    reader.fault('', 'names no cluster', 'Set server or name; "*" is every cluster.');
  }
  return rule;
}

/** Regular expressions between slashes, which Argo CD reads here, are refused: one of them may take forever. */
function readSourceNamespaces(reader: FieldReader): readonly Pattern[] {
  for (const [i, text] of reader.texts('sourceNamespaces').entries()) {
    if (/^\/.+\/$/.test(text)) {
      reader.fault(`sourceNamespaces[${i}]`, `${text} is a regular expression`, 'Use a glob, such as team-*.');
    }
  }
  return reader.patterns('sourceNamespaces');
}

function readKinds(reader: FieldReader, field: string, named: boolean): readonly KindRule[] {
  return reader.objects(field).map((entry) => {
    entry.onlyFields(named ? ['group', 'kind', 'name'] : ['group', 'kind']);
    // `*` in a kind stops at a slash in Argo CD; no kind has one.
    const name = named ? entry.pattern('name') : undefined;
    const isAny = name === undefined || name.text === '';
    return {
      group: entry.pattern('group') ?? NOTHING,
      kind: entry.pattern('kind') ?? NOTHING,
      ...(isAny ? {} : { name }),
    };
  });
}

function readOrphanRules(reader: FieldReader | undefined): OrphanRules | undefined {
  if (reader === undefined) return undefined;
  reader.onlyFields(['warn', 'ignore']);
  const orAny = (pattern: Pattern | undefined) => (pattern?.text === '' ? undefined : pattern);
  return {
    warn: reader.flag('warn') ?? true,
    ignore: reader.objects('ignore').map((entry) => {
      entry.onlyFields(['group', 'kind', 'name']);
      return {
        group: entry.pattern('group') ?? NOTHING,
        kind: orAny(entry.pattern('kind')),
        name: orAny(entry.pattern('name')),
      };
    }),
  };
}

function readRoles(reader: FieldReader, project: string) {
  const roles = reader.objects('roles').map((entry) => readRole(entry, project));
  const names = new Set<string>();
  for (const [i, { name }] of roles.entries()) {
    if (names.has(name)) reader.fault(`roles[${i}].name`, `a role ${name} is there already`);
    names.add(name);
  }
  return roles;
}

function readIntegrity(reader: FieldReader | undefined): readonly GitIntegrityPolicy[] {
  const policies = reader?.object('git')?.objects('policies') ?? [];
  return policies.map((entry) => {
    const gpg = entry.object('gpg');
    return {
      repos: entry
        .objects('repos')
        .flatMap(
          (repo) => repo.pattern('url', { separator: '/', deny: true, normalize: normalizeRepositoryGlob }) ?? [],
        ),
      mode: gpg?.text('mode') ?? '',
      keys: gpg?.texts('keys') ?? [],
    };
  });
}

function readServiceAccount(reader: FieldReader): DestinationServiceAccount {
  reader.onlyFields(['server', 'namespace', 'defaultServiceAccount']);
  return {
    server: reader.text('server') ?? '',
    namespace: reader.text('namespace') ?? '',
    defaultServiceAccount: reader.text('defaultServiceAccount') ?? '',
  };
}

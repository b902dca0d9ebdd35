import { isSekishoError, SekishoError } from '@sekisho/base';
import { askForName } from '../ask-for-name.ts';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { readObjects } from '../object-file.ts';
import { print } from '../output/print.ts';
import { addEntry, addText, moveKind, type ProjectEdit, removeEntry, removeText } from '../project-edits.ts';
import { editProject, namingProject, projectPath, tell } from '../project-request.ts';

interface CreateFlags {
  readonly description?: string;
  readonly src?: readonly string[];
  readonly dest?: readonly string[];
  readonly allowClusterResource?: readonly string[];
  readonly sourceNamespaces?: readonly string[];
  readonly orphanedResources?: boolean;
  readonly file?: string;
  readonly upsert?: boolean;
}

/** `sekisho proj create NAME`. @throws SekishoError PROJECT_INVALID | KUBE_ALREADY_EXISTS */
export async function projCreate(context: CommandContext, flags: CreateFlags, name: string): Promise<ExitCode> {
  const { connection, signal } = context;
  const { spec, ...object } = flags.file === undefined ? { spec: specOf(flags) } : readFile(flags.file, name);
  try {
    const created = await connection.api.post('/api/v1/projects', { metadata: { name }, ...object, spec }, signal);
    tell(context, created as Parameters<typeof tell>[1], `project ${name} created`);
    return ExitCode.ok;
  } catch (error) {
    if (!isSekishoError(error, 'KUBE_ALREADY_EXISTS') || flags.upsert !== true) throw error;
  }
  return editProject(context, name, () => spec, `project ${name} changed`);
}

/** `sekisho proj delete NAME`. @throws SekishoError PROJECT_IN_USE | PROJECT_IS_DEFAULT */
export async function projDelete(
  { connection, signal }: CommandContext,
  flags: { yes?: boolean },
  name: string,
): Promise<ExitCode> {
  if (flags.yes !== true) {
    await askForName(name, { action: 'Delete', what: 'the project and its rules are gone', signal });
  }
  await namingProject(name, () => connection.api.send('DELETE', projectPath(name), undefined, signal));
  print(`project ${name} deleted`);
  return ExitCode.ok;
}

type Change = (context: CommandContext, flags: ChangeFlags, name: string, ...args: string[]) => Promise<ExitCode>;

interface ChangeFlags {
  /** `allow` or `deny`, of kinds. */
  readonly list?: string;
  readonly name?: string;
}

/** The small changes, by the name of their command. */
export const changes: Readonly<Record<string, Change>> = {
  'add-source': (context, _flags, name, url = '') =>
    editProject(context, name, addText('sourceRepos', url), `${url} may be used in ${name}`),
  'remove-source': (context, _flags, name, url = '') =>
    editProject(context, name, removeText('sourceRepos', url), `${url} is taken out of ${name}`),
  'add-source-namespace': (context, _flags, name, namespace = '') =>
    editProject(context, name, addText('sourceNamespaces', namespace), `Applications of ${namespace} may use ${name}`),
  'remove-source-namespace': (context, _flags, name, namespace = '') =>
    editProject(context, name, removeText('sourceNamespaces', namespace), `${namespace} is taken out of ${name}`),
  'add-destination': (context, _flags, name, cluster = '', namespace = '') =>
    editProject(
      context,
      name,
      addEntry('destinations', destinationOf(cluster, namespace)),
      `${cluster} ${namespace} is a destination of ${name}`,
    ),
  'remove-destination': (context, _flags, name, cluster = '', namespace = '') =>
    editProject(
      context,
      name,
      removeEntry('destinations', destinationOf(cluster, namespace)),
      `${cluster} ${namespace} is taken out of ${name}`,
    ),
  'add-signature-key': (context, _flags, name, keyID = '') =>
    editProject(context, name, addEntry('signatureKeys', { keyID }), `commits of ${name} must be signed by ${keyID}`),
  'remove-signature-key': (context, _flags, name, keyID = '') =>
    editProject(context, name, removeEntry('signatureKeys', { keyID }), `${keyID} is taken out of ${name}`),
  'allow-cluster-resource': (context, _flags, name, group = '', kind = '', object) =>
    editProject(
      context,
      name,
      moved('cluster', kindOf(group, kind, object), 'allow'),
      `${group}/${kind} is allowed in ${name}`,
    ),
  'deny-cluster-resource': (context, _flags, name, group = '', kind = '', object) =>
    editProject(
      context,
      name,
      moved('cluster', kindOf(group, kind, object), 'deny'),
      `${group}/${kind} is denied in ${name}`,
    ),
  'allow-namespace-resource': (context, { list = 'deny' }, name, group = '', kind = '') =>
    editProject(context, name, inList('allow', list, kindOf(group, kind)), `${group}/${kind} is allowed in ${name}`),
  'deny-namespace-resource': (context, { list = 'deny' }, name, group = '', kind = '') =>
    editProject(context, name, inList('deny', list, kindOf(group, kind)), `${group}/${kind} is denied in ${name}`),
  'add-orphaned-ignore': (context, flags, name, group = '', kind = '') =>
    editProject(
      context,
      name,
      ignoredOrphan(addEntry, kindOf(group, kind, flags.name)),
      `orphans of ${group}/${kind} are ignored in ${name}`,
    ),
  'remove-orphaned-ignore': (context, flags, name, group = '', kind = '') =>
    editProject(
      context,
      name,
      ignoredOrphan(removeEntry, kindOf(group, kind, flags.name)),
      `orphans of ${group}/${kind} are told in ${name}`,
    ),
};

function moved(
  scope: 'cluster' | 'namespace',
  kind: Readonly<Record<string, string>>,
  to: 'allow' | 'deny',
): ProjectEdit {
  const [allowed, denied] = [`${scope}ResourceWhitelist`, `${scope}ResourceBlacklist`];
  return to === 'allow' ? moveKind(kind, denied, allowed) : moveKind(kind, allowed, denied);
}

/** As argocd does it: a kind of a namespace goes in or out of the one list that is meant. */
function inList(wish: 'allow' | 'deny', list: string, kind: Readonly<Record<string, string>>): ProjectEdit {
  const field = list === 'allow' ? 'namespaceResourceWhitelist' : 'namespaceResourceBlacklist';
  return wish === list ? addEntry(field, kind) : removeEntry(field, kind);
}

function ignoredOrphan(change: typeof addEntry, kind: Readonly<Record<string, string>>): ProjectEdit {
  return (spec) => {
    const before = (spec['orphanedResources'] ?? {}) as Readonly<Record<string, unknown>>;
    const after = change('ignore', kind)(before);
    return after === before ? spec : { ...spec, orphanedResources: after };
  };
}

function kindOf(group: string, kind: string, name?: string): Readonly<Record<string, string>> {
  return { group, kind, ...(name === undefined ? {} : { name }) };
}

/** An address has a scheme or is a glob that could be one; anything else is the name of a cluster. */
function destinationOf(cluster: string, namespace: string): Readonly<Record<string, string>> {
  return { ...(/:\/\/|^!?\*$/.test(cluster) ? { server: cluster } : { name: cluster }), namespace };
}

function specOf(flags: CreateFlags): Record<string, unknown> {
  const kinds = flags.allowClusterResource?.map((text) => {
    const [group = '', kind = ''] = text.split('/');
    return { group, kind };
  });
  return {
    ...(flags.description === undefined ? {} : { description: flags.description }),
    sourceRepos: flags.src ?? [],
    destinations: (flags.dest ?? []).map((text) => {
      const comma = text.lastIndexOf(',');
      if (comma > 0) return destinationOf(text.slice(0, comma), text.slice(comma + 1));
      throw new SekishoError('USAGE', `--dest ${text} must be CLUSTER,NAMESPACE.`);
    }),
    ...(kinds === undefined ? {} : { clusterResourceWhitelist: kinds }),
    ...(flags.sourceNamespaces === undefined ? {} : { sourceNamespaces: flags.sourceNamespaces }),
    ...(flags.orphanedResources === true ? { orphanedResources: { warn: true } } : {}),
  };
}

/** @throws SekishoError PATH_MISSING | FILE_UNREADABLE */
function readFile(path: string, name: string): { metadata: unknown; spec: Readonly<Record<string, unknown>> } {
  const [value, ...others] = readObjects(path, 'AppProject');
  if (value === undefined || others.length > 0) {
    throw new SekishoError('FILE_UNREADABLE', `The file ${path}: it must hold one AppProject.`);
  }
  const { labels, annotations } = value.metadata;
  return {
    metadata: {
      name,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: (value['spec'] ?? {}) as Readonly<Record<string, unknown>>,
  };
}

import type { KubeObject } from '@sekisho/kube';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatObjects, type OutputFormat, print } from '../output/print.ts';
import { oneLine } from '../output/text.ts';
import { namingProject, projectPath } from '../project-request.ts';
import { formatWindows, type SyncWindow } from './proj-windows.ts';

interface ProjectDetail {
  readonly project: KubeObject;
  readonly valid: boolean;
  readonly faults: readonly { readonly message: string; readonly hint?: string }[];
  readonly applications: readonly { readonly namespace: string; readonly name: string }[];
  readonly windows: readonly SyncWindow[];
}

/** `sekisho proj get NAME`: exit 1 when it can't be read by the server. */
export async function projGet(
  { connection, signal, color }: CommandContext,
  { output }: { output: OutputFormat },
  name: string,
): Promise<ExitCode> {
  const detail = (await namingProject(name, () => connection.api.get(projectPath(name), signal))) as ProjectDetail;
  if (output === 'table' || output === 'wide') {
    print(describe(detail));
    if (detail.windows.length > 0) print(`\n${formatWindows(detail.windows, 'table', color)}`);
  } else print(formatObjects([detail.project], output, [], { single: true }));
  return detail.valid ? ExitCode.ok : ExitCode.notGood;
}

const INDENT = 30;

function describe({ project, faults, applications }: ProjectDetail): string {
  const spec = (project['spec'] ?? {}) as Record<string, unknown>;
  const lists: [string, readonly string[]][] = [
    ['Repositories', texts(spec['sourceRepos'])],
    [
      'Destinations',
      entries(spec['destinations']).map((one) => join(',', one['server'] || one['name'], one['namespace'])),
    ],
    ['Source namespaces', texts(spec['sourceNamespaces'])],
    ['Allowed cluster resources', kinds(spec['clusterResourceWhitelist'])],
    ['Denied cluster resources', kinds(spec['clusterResourceBlacklist'])],
    [
      'Allowed namespaced resources',
      spec['namespaceResourceWhitelist'] === undefined ? ['*/*'] : kinds(spec['namespaceResourceWhitelist']),
    ],
    ['Denied namespaced resources', kinds(spec['namespaceResourceBlacklist'])],
    ['Signature keys', entries(spec['signatureKeys']).map((one) => join('', one['keyID']))],
    ['Orphaned resources', orphans(spec['orphanedResources'])],
    ['Roles', entries(spec['roles']).map((one) => join('', one['name']))],
    [
      'Applications',
      applications.map((one) =>
        one.namespace === project.metadata.namespace ? one.name : `${one.namespace}/${one.name}`,
      ),
    ],
  ];
  const lines = [
    line('Name', project.metadata.name ?? ''),
    line('Description', join('', spec['description'])),
    ...lists.map(([title, list]) => line(title, list.length === 0 ? '<none>' : list.join(`\n${' '.repeat(INDENT)}`))),
    ...faults.map(({ message, hint }) => line('Fault', hint === undefined ? message : `${message}. ${hint}`)),
  ];
  return lines.join('\n');
}

function line(title: string, text: string): string {
  const [first = '', ...rest] = text.split('\n');
  return [`${`${title}:`.padEnd(INDENT)}${oneLine(first)}`, ...rest].join('\n').trimEnd();
}

function kinds(list: unknown): readonly string[] {
  return entries(list).map((one) => join('/', one['group'], one['kind'], one['name']));
}

function orphans(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { warn, ignore } = value as { warn?: unknown; ignore?: unknown };
  return [warn === false ? 'looked for' : 'warned of', ...kinds(ignore).map((kind) => `not ${kind}`)];
}

function join(separator: string, ...parts: readonly unknown[]): string {
  const [first = '', ...rest] = parts.map((part) => (typeof part === 'string' ? oneLine(part) : undefined));
  return [first, ...rest.filter((part) => part !== undefined)].join(separator);
}

function texts(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map((item) => oneLine(String(item))) : [];
}

function entries(list: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'object' && item !== null) : [];
}

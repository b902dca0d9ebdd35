import { SekishoError } from '@sekisho/base';
import { applicationPath } from '../application-request.ts';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { namingApplication } from '../not-found.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import { parseResource, type ResourceReference } from '../resource-reference.ts';

interface Node {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

interface Action {
  readonly action: string;
  readonly title: string;
  readonly parameters: readonly { readonly name: string; readonly value?: string }[];
}

/** `sekisho app actions list NAME [RESOURCE]`: what can be done to its resources now. */
export async function appActionsList(
  context: CommandContext,
  flags: { output: OutputFormat; namespace: string },
  name: string,
  resource?: string,
): Promise<ExitCode> {
  const wanted = resource === undefined ? undefined : parseResource(resource);
  const nodes = await nodesOf(context, flags.namespace, name);
  const chosen = wanted === undefined ? nodes.filter(mayHaveActions) : [only(nodes, wanted, name)];
  const rows: (Node & Action)[] = [];
  for (const node of chosen) {
    const { group, kind, namespace } = node;
    const query = new URLSearchParams({ group, kind, namespace, name: node.name });
    const path = applicationPath(flags.namespace, name, `/actions?${query}`);
    const { items } = (await context.connection.api.get(path, context.signal)) as { items: Action[] };
    rows.push(...items.map((action) => ({ group, kind, namespace, name: node.name, ...action })));
  }
  if (rows.length === 0 && flags.output !== 'json' && flags.output !== 'yaml') {
    process.stderr.write('There is nothing to be done to these resources.\n');
  } else print(formatRows(rows, flags.output, columns, { name: nameOf, color: context.color }));
  return ExitCode.ok;
}

const columns: readonly Column<Node & Action>[] = [
  { title: 'RESOURCE', text: ({ group, kind, name }) => `${group}:${kind}:${name}` },
  { title: 'NAMESPACE', text: ({ namespace }) => namespace },
  { title: 'ACTION', text: ({ action }) => action },
  { title: 'SETS', text: ({ parameters }) => parameters.map(({ name, value }) => `${name}=${value ?? ''}`).join(' ') },
  { title: 'WHAT IT DOES', text: ({ title }) => title },
];

function nameOf({ kind, name, action }: Node & Action): string {
  return `${kind.toLowerCase()}/${name} ${action}`;
}

/** `sekisho app actions run NAME RESOURCE ACTION`. */
export async function appActionsRun(
  context: CommandContext,
  flags: { namespace: string; set?: readonly string[] },
  name: string,
  resource: string,
  action: string,
): Promise<ExitCode> {
  const wanted = parseResource(resource);
  const parameters = Object.fromEntries((flags.set ?? []).map(parseSetting));
  const node = only(await nodesOf(context, flags.namespace, name), wanted, name);
  const body = { group: node.group, kind: node.kind, namespace: node.namespace, name: node.name, action, parameters };
  await context.connection.api.post(applicationPath(flags.namespace, name, '/actions'), body, context.signal);
  context.progress.done(`${node.kind}/${node.name}: ${action} done`);
  return ExitCode.ok;
}

async function nodesOf({ connection, signal }: CommandContext, namespace: string, name: string): Promise<Node[]> {
  const path = applicationPath(namespace, name, '/tree');
  const answer = await namingApplication(name, namespace, () => connection.api.get(path, signal));
  return (answer as { nodes: Node[] }).nodes;
}

/** Kinds that are worth a question; the server says which actions there are. */
function mayHaveActions({ group, kind }: Node): boolean {
  return /^(apps:(Deployment|StatefulSet|DaemonSet)|batch:(CronJob|Job))$/.test(`${group}:${kind}`);
}

/** @throws SekishoError RESOURCE_NOT_FOUND | USAGE (in several namespaces) */
function only(nodes: readonly Node[], wanted: ResourceReference, application: string): Node {
  const found = nodes.filter(
    (node) =>
      node.group === wanted.group &&
      node.kind === wanted.kind &&
      node.name === wanted.name &&
      (wanted.namespace === undefined || node.namespace === wanted.namespace),
  );
  const [first] = found;
  if (first === undefined) {
    throw new SekishoError('RESOURCE_NOT_FOUND', `${application} has no ${wanted.kind}/${wanted.name}.`, {
      hint: `See what it has: sekisho app tree ${application}`,
    });
  }
  if (found.length > 1) {
    const namespaces = found.map(({ namespace }) => namespace).join(', ');
    throw new SekishoError('USAGE', `${wanted.kind}/${wanted.name} is in several namespaces: ${namespaces}.`, {
      hint: `Name one: ${wanted.group}:${wanted.kind}:${first.namespace}/${wanted.name}`,
    });
  }
  return first;
}

/** @throws SekishoError USAGE */
function parseSetting(text: string): [string, string] {
  const match = /^([^=]+)=(.*)$/s.exec(text);
  if (match === null) {
    throw new SekishoError('USAGE', `--set ${text} can't be read.`, { hint: 'For example --set replicas=3.' });
  }
  return [match[1] ?? '', match[2] ?? ''];
}

import { applicationPath } from '../application-request.ts';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { namingApplication } from '../not-found.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';

interface TreeNode {
  readonly uid: string;
  readonly parent?: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly sync?: string;
  readonly health?: { readonly status: string; readonly message?: string };
}

/** `sekisho app tree NAME`: every resource, and below it what it owns. */
export async function appTree(
  { connection, signal, color }: CommandContext,
  flags: { output: OutputFormat; namespace: string },
  name: string,
): Promise<ExitCode> {
  const path = applicationPath(flags.namespace, name, '/tree');
  const { nodes } = (await namingApplication(name, flags.namespace, () => connection.api.get(path, signal))) as {
    nodes: TreeNode[];
  };
  const columns = [
    { title: 'RESOURCE', text: ({ node, indent }: Row) => `${indent}${node.kind}/${node.name}` },
    { title: 'NAMESPACE', text: ({ node }: Row) => node.namespace },
    { title: 'SYNC', text: ({ node }: Row) => node.sync ?? '' },
    { title: 'HEALTH', text: ({ node }: Row) => node.health?.status ?? '' },
    { title: 'MESSAGE', text: ({ node }: Row) => node.health?.message ?? '' },
  ];
  const nameOfRow = ({ node }: Row) => `${node.kind.toLowerCase()}/${node.name}`;
  print(formatRows(arrange(nodes), flags.output, columns, { name: nameOfRow, value: nodes, color }));
  return ExitCode.ok;
}

interface Row {
  readonly node: TreeNode;
  readonly indent: string;
}

function arrange(nodes: readonly TreeNode[]): Row[] {
  const children = new Map<string, TreeNode[]>();
  for (const node of nodes) {
    const key = node.parent ?? '';
    children.set(key, [...(children.get(key) ?? []), node]);
  }
  const rows: Row[] = [];
  const add = (parent: string, lead: string) => {
    const below = children.get(parent) ?? [];
    below.forEach((node, i) => {
      const last = i === below.length - 1;
      rows.push({ node, indent: parent === '' ? '' : `${lead}${last ? '└─' : '├─'}` });
      add(node.uid, parent === '' ? '' : `${lead}${last ? '  ' : '│ '}`);
    });
  };
  add('', '');
  return rows;
}

import { ExitCode } from '../exit-code.ts';
import { formatValue, type OutputFormat } from '../output/print.ts';
import { formatTable } from '../output/table.ts';
import type { CommandContext } from '../program.ts';

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
  { connection, signal }: CommandContext,
  flags: { output: OutputFormat; namespace: string },
  name: string,
): Promise<ExitCode> {
  const path = `/api/v1/applications/${encodeURIComponent(flags.namespace)}/${encodeURIComponent(name)}/tree`;
  const { nodes } = (await connection.api.get(path, signal)) as { nodes: TreeNode[] };
  if (flags.output === 'json' || flags.output === 'yaml') {
    process.stdout.write(`${formatValue(nodes, flags.output)}\n`);
    return ExitCode.ok;
  }
  const rows = arrange(nodes);
  const table = formatTable(rows, [
    { title: 'RESOURCE', text: ({ node, indent }) => `${indent}${node.kind}/${node.name}` },
    { title: 'NAMESPACE', text: ({ node }) => node.namespace },
    { title: 'SYNC', text: ({ node }) => node.sync ?? '' },
    { title: 'HEALTH', text: ({ node }) => node.health?.status ?? '' },
    { title: 'MESSAGE', text: ({ node }) => node.health?.message ?? '' },
  ]);
  process.stdout.write(`${table}\n`);
  return ExitCode.ok;
}

function arrange(nodes: readonly TreeNode[]): { node: TreeNode; indent: string }[] {
  const children = new Map<string, TreeNode[]>();
  for (const node of nodes) {
    const key = node.parent ?? '';
    children.set(key, [...(children.get(key) ?? []), node]);
  }
  const rows: { node: TreeNode; indent: string }[] = [];
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

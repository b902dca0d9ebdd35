import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import { oneLine } from '../output/text.ts';

interface WaiverRow {
  readonly namespace: string;
  readonly name: string;
  readonly policies: readonly { readonly kind?: string; readonly name: string; readonly rule?: string }[];
  readonly reason: string;
  readonly owner: string;
  readonly expires?: string;
  readonly state: string;
  readonly message?: string;
}

/** `sekisho waiver list`. */
export async function waiverList(
  { connection, signal, color }: CommandContext,
  { output, state }: { output: OutputFormat; state?: string },
): Promise<ExitCode> {
  const { items } = (await connection.api.get('/api/v1/waivers', signal)) as { items: WaiverRow[] };
  const shown = state === undefined ? items : items.filter((row) => row.state === state);
  if (shown.length > 0 || output === 'json' || output === 'yaml') {
    const name = (row: WaiverRow) => `waiver.sekisho.dev/${row.name}`;
    print(formatRows(shown, output, columns, { name, color }));
  } else process.stderr.write('There is no waiver.\n');
  return ExitCode.ok;
}

const columns: readonly Column<WaiverRow>[] = [
  { title: 'NAMESPACE', text: ({ namespace }) => namespace },
  { title: 'NAME', text: ({ name }) => name },
  { title: 'STATE', text: ({ state }) => state },
  { title: 'EXPIRES', text: ({ expires }) => (expires ?? '').replace(/\.\d+Z$/, 'Z') },
  { title: 'OWNER', text: ({ owner }) => oneLine(owner) },
  { title: 'POLICIES', text: ({ policies }) => oneLine(policies.map(policyText).join(', ')) },
  { title: 'REASON', text: ({ reason }) => oneLine(reason), wide: true },
  { title: 'MESSAGE', text: ({ message }) => oneLine(message ?? '') },
];

function policyText({ kind, name, rule }: WaiverRow['policies'][number]): string {
  const text = rule === undefined ? name : `${name}/${rule}`;
  return kind === undefined ? text : `${kind}:${text}`;
}

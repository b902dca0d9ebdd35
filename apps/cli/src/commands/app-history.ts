import { shortRevision } from '../applications.ts';
import { ExitCode } from '../exit-code.ts';
import { formatValue, type OutputFormat } from '../output/print.ts';
import { formatTable } from '../output/table.ts';
import type { CommandContext } from '../program.ts';

interface Release {
  readonly id: number;
  readonly revision: string;
  readonly author: string;
  readonly message: string;
  readonly finishedAt: string;
  readonly outcome: string;
  readonly initiatedBy: { readonly username?: string; readonly automated?: boolean };
  readonly objects: readonly unknown[];
}

/** `sekisho app history NAME`: newest first. */
export async function appHistory(
  { connection, signal }: CommandContext,
  flags: { output: OutputFormat; namespace: string; limit: string },
  name: string,
): Promise<ExitCode> {
  const path = `/api/v1/applications/${encodeURIComponent(flags.namespace)}/${encodeURIComponent(name)}/history?limit=${encodeURIComponent(flags.limit)}`;
  const { items } = (await connection.api.get(path, signal)) as { items: Release[] };
  if (flags.output === 'json' || flags.output === 'yaml') {
    process.stdout.write(`${formatValue(items, flags.output)}\n`);
    return ExitCode.ok;
  }
  if (items.length === 0) {
    process.stderr.write(`${name} has no releases yet.\n`);
    return ExitCode.ok;
  }
  const table = formatTable(
    items,
    [
      { title: 'ID', text: (row) => String(row.id) },
      { title: 'WHEN', text: (row) => row.finishedAt },
      { title: 'REVISION', text: (row) => shortRevision(row.revision) },
      { title: 'OUTCOME', text: (row) => row.outcome },
      {
        title: 'BY',
        text: (row) => (row.initiatedBy.automated === true ? 'auto-sync' : (row.initiatedBy.username ?? '')),
      },
      { title: 'OBJECTS', text: (row) => String(row.objects.length), wide: true },
      { title: 'AUTHOR', text: (row) => row.author },
      { title: 'COMMIT', text: (row) => row.message },
    ],
    { wide: flags.output === 'wide' },
  );
  process.stdout.write(`${table}\n`);
  return ExitCode.ok;
}

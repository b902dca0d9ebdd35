import { applicationPath, readApplication } from '../application-request.ts';
import { shortRevision } from '../applications.ts';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';
import type { Column } from '../output/table.ts';

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
  { connection, signal, color }: CommandContext,
  flags: { output: OutputFormat; namespace: string; limit: string },
  name: string,
): Promise<ExitCode> {
  const path = applicationPath(flags.namespace, name, `/history?limit=${encodeURIComponent(flags.limit)}`);
  const { items } = (await connection.api.get(path, signal)) as { items: Release[] };
  if (items.length === 0) {
    await readApplication(connection.api, { namespace: flags.namespace, name, signal });
    process.stderr.write(`${name} has no releases yet.\n`);
  }
  if (items.length > 0 || flags.output === 'json' || flags.output === 'yaml') {
    print(formatRows(items, flags.output, columns, { name: ({ id }) => `release/${id}`, color }));
  }
  return ExitCode.ok;
}

const columns: readonly Column<Release>[] = [
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
];

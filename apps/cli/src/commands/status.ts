import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatValue, type OutputFormat, print } from '../output/print.ts';
import { formatTable } from '../output/table.ts';

interface Status {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly store: { readonly backend: string; readonly problem?: string };
  readonly applications: {
    readonly total: number;
    readonly bySync: Readonly<Record<string, number>>;
    readonly byHealth: Readonly<Record<string, number>>;
    readonly needAttention: readonly {
      namespace: string;
      name: string;
      sync: string;
      health: string;
      message: string;
    }[];
  };
}

/** `sekisho status`: exit 1 when an application is not Synced and Healthy, or the store is away. */
export async function status(
  { connection, signal, color }: CommandContext,
  flags: { output: OutputFormat },
): Promise<ExitCode> {
  const answer = (await connection.api.get('/api/v1/status', signal)) as Status;
  const { applications, store } = answer;
  print(format(answer, flags.output, connection.api.server, color));
  return applications.needAttention.length === 0 && store.problem === undefined ? ExitCode.ok : ExitCode.notGood;
}

function format(answer: Status, output: OutputFormat, server: string, color: boolean): string {
  switch (output) {
    case 'json':
    case 'yaml':
      return formatValue(answer, output);
    case 'name':
      // What needs attention, for a loop in a shell.
      return answer.applications.needAttention.map(({ name }) => `application.argoproj.io/${name}`).join('\n');
    case 'table':
    case 'wide':
      return describe(answer, server, color);
  }
}

function describe({ version, uptimeSeconds, store, applications }: Status, server: string, color: boolean): string {
  const counts = (by: Readonly<Record<string, number>>) =>
    Object.entries(by)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ') || 'none';
  const lines = [
    `Sekisho ${version} at ${server}, up ${duration(uptimeSeconds)}, store ${store.backend}`,
    `Applications: ${applications.total} (sync: ${counts(applications.bySync)}; health: ${counts(applications.byHealth)})`,
  ];
  if (store.problem !== undefined) lines.push(`The history is away: ${store.problem}`);
  if (applications.needAttention.length > 0) {
    lines.push(
      '',
      formatTable(
        applications.needAttention,
        [
          { title: 'NEEDS ATTENTION', text: (row) => `${row.namespace}/${row.name}` },
          { title: 'SYNC', text: (row) => row.sync },
          { title: 'HEALTH', text: (row) => row.health },
          { title: 'WHY', text: (row) => row.message },
        ],
        { color },
      ),
    );
  }
  return lines.join('\n');
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return `${Math.floor(seconds / 3600)}h`;
}

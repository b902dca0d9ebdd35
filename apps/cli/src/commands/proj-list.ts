import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';
import type { Column } from '../output/table.ts';

interface ProjectRow {
  readonly name: string;
  readonly description: string;
  readonly valid: boolean;
  readonly faults: readonly { readonly message: string }[];
  readonly sourceRepos: readonly string[];
  readonly destinations: readonly { readonly server: string; readonly name: string; readonly namespace: string }[];
  readonly roles: readonly string[];
  readonly windows: number;
  readonly applications: number;
}

/** `sekisho proj list`. */
export async function projList(
  { connection, signal, color }: CommandContext,
  { output }: { output: OutputFormat },
): Promise<ExitCode> {
  const { items } = (await connection.api.get('/api/v1/projects', signal)) as { items: ProjectRow[] };
  print(formatRows(items, output, columns, { name: ({ name }) => `appproject.argoproj.io/${name}`, color }));
  return ExitCode.ok;
}

const columns: readonly Column<ProjectRow>[] = [
  { title: 'NAME', text: (row) => row.name },
  { title: 'APPLICATIONS', text: (row) => String(row.applications) },
  { title: 'SOURCES', text: (row) => summary(row.sourceRepos) },
  {
    title: 'DESTINATIONS',
    text: (row) => summary(row.destinations.map(({ server, name, namespace }) => `${server || name},${namespace}`)),
  },
  { title: 'WINDOWS', text: (row) => String(row.windows) },
  { title: 'ROLES', text: (row) => summary(row.roles), wide: true },
  { title: 'DESCRIPTION', text: (row) => row.description, wide: true },
  { title: 'MESSAGE', text: (row) => row.faults[0]?.message ?? '' },
];

function summary(texts: readonly string[]): string {
  const [first] = texts;
  if (first === undefined) return '<none>';
  return texts.length === 1 ? first : `${first} +${texts.length - 1}`;
}

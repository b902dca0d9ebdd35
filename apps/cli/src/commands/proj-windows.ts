import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import { addEntry, changeAt } from '../project-edits.ts';
import { editProject, namingProject, projectPath } from '../project-request.ts';

export interface SyncWindow {
  readonly id: number;
  readonly kind: string;
  readonly schedule: string;
  readonly duration: string;
  readonly timeZone: string;
  readonly description: string;
  readonly applications: readonly string[];
  readonly namespaces: readonly string[];
  readonly clusters: readonly string[];
  readonly manualSync: boolean;
  readonly syncOverrun: boolean;
  readonly andOperator: boolean;
  readonly open: boolean;
  readonly opens: boolean;
  readonly changesAt?: string;
}

/** What `windows add` and `windows update` say of a window. */
interface WindowFlags {
  readonly kind?: string;
  readonly schedule?: string;
  readonly duration?: string;
  readonly timeZone?: string;
  readonly description?: string;
  readonly applications?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly clusters?: readonly string[];
  readonly manualSync?: boolean;
  readonly syncOverrun?: boolean;
  readonly useAndOperator?: boolean;
}

/** `sekisho proj windows list NAME`. */
export async function windowsList(
  { connection, signal, color }: CommandContext,
  { output }: { output: OutputFormat },
  name: string,
): Promise<ExitCode> {
  const ask = () => connection.api.get(`${projectPath(name)}/windows`, signal);
  const { items } = (await namingProject(name, ask)) as { items: SyncWindow[] };
  if (items.length === 0 && output === 'table') process.stderr.write(`${name} has no sync windows.\n`);
  else print(formatWindows(items, output, color));
  return ExitCode.ok;
}

/** `sekisho proj windows add NAME`. */
export async function windowsAdd(context: CommandContext, flags: WindowFlags, name: string): Promise<ExitCode> {
  return editProject(context, name, addEntry('syncWindows', fieldsOf(flags)), `window added to ${name}`);
}

/** `sekisho proj windows update NAME ID`. */
export async function windowsUpdate(
  context: CommandContext,
  flags: WindowFlags,
  name: string,
  id: string,
): Promise<ExitCode> {
  const edit = changeAt('syncWindows', Number(id), (window) => ({ ...window, ...fieldsOf(flags) }));
  return editProject(context, name, edit, `window ${id} of ${name} changed`);
}

/** `sekisho proj windows delete NAME ID`. */
export async function windowsDelete(
  context: CommandContext,
  _flags: unknown,
  name: string,
  id: string,
): Promise<ExitCode> {
  const edit = changeAt('syncWindows', Number(id), () => undefined);
  return editProject(context, name, edit, `window ${id} of ${name} deleted`);
}

/** `sekisho proj windows enable-manual-sync NAME ID`, and its opposite. */
export function windowsManualSync(manualSync: boolean) {
  return (context: CommandContext, _flags: unknown, name: string, id: string): Promise<ExitCode> => {
    const edit = changeAt('syncWindows', Number(id), (window) => ({ ...window, manualSync }));
    return editProject(
      context,
      name,
      edit,
      `window ${id} of ${name}: manual sync ${manualSync ? 'allowed' : 'not allowed'}`,
    );
  };
}

export function formatWindows(windows: readonly SyncWindow[], output: OutputFormat, color: boolean): string {
  return formatRows(windows, output, columns, { name: ({ id }) => `window/${id}`, color });
}

const columns: readonly Column<SyncWindow>[] = [
  { title: 'ID', text: ({ id }) => String(id) },
  { title: 'STATUS', text: ({ open }) => (open ? 'Active' : 'Inactive') },
  { title: 'KIND', text: ({ kind }) => kind },
  { title: 'SCHEDULE', text: ({ schedule }) => schedule },
  { title: 'DURATION', text: ({ duration }) => duration },
  { title: 'TIMEZONE', text: ({ timeZone }) => timeZone },
  { title: 'APPLICATIONS', text: ({ applications }) => listed(applications) },
  { title: 'NAMESPACES', text: ({ namespaces }) => listed(namespaces) },
  { title: 'CLUSTERS', text: ({ clusters }) => listed(clusters) },
  { title: 'MANUALSYNC', text: ({ manualSync }) => (manualSync ? 'Enabled' : 'Disabled') },
  { title: 'CHANGES', text: ({ opens, changesAt }) => (opens ? withoutMilliseconds(changesAt) : 'never opens') },
  { title: 'OVERRUN', text: ({ syncOverrun }) => String(syncOverrun), wide: true },
  { title: 'USEANDOPERATOR', text: ({ andOperator }) => String(andOperator), wide: true },
  { title: 'DESCRIPTION', text: ({ description }) => description, wide: true },
];

function withoutMilliseconds(time = ''): string {
  return time.replace(/\.\d+Z$/, 'Z');
}

function listed(texts: readonly string[]): string {
  return texts.length === 0 ? '-' : texts.join(',');
}

function fieldsOf({ useAndOperator, ...flags }: WindowFlags): Record<string, unknown> {
  const { kind, schedule, duration, timeZone, description, manualSync, syncOverrun } = flags;
  const fields = {
    kind,
    schedule,
    duration,
    timeZone,
    description,
    applications: split(flags.applications),
    namespaces: split(flags.namespaces),
    clusters: split(flags.clusters),
    manualSync,
    syncOverrun,
    andOperator: useAndOperator,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** `--applications a,b --applications c`. */
function split(values: readonly string[] | undefined): readonly string[] | undefined {
  return values?.flatMap((value) => value.split(',')).filter((value) => value !== '');
}

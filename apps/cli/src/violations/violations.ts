import { SekishoError } from '@sekisho/base';
import type { CommandContext } from '../command-context.ts';
import { followEvents } from '../event-stream.ts';
import { ExitCode } from '../exit-code.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';
import { type Column, formatTable } from '../output/table.ts';
import { seconds, type ViolationRow, violationColumns } from './violation-columns.ts';

interface ViolationsFlags {
  readonly output: OutputFormat;
  readonly by?: string;
  readonly watch?: boolean;
  readonly policy?: readonly string[];
  readonly app?: readonly string[];
  readonly project?: readonly string[];
  readonly namespace?: readonly string[];
  readonly cluster?: readonly string[];
  readonly kind?: readonly string[];
  readonly severity?: readonly string[];
  readonly decision?: readonly string[];
  readonly search?: string;
  readonly limit: number;
}

interface GroupRow {
  readonly value: string;
  readonly total: number;
  readonly deny: number;
  readonly warn: number;
  readonly dryrun: number;
  readonly waived: number;
  readonly oldest: string;
}

/** `sekisho violations`. */
export async function violations(context: CommandContext, flags: ViolationsFlags): Promise<ExitCode> {
  if (flags.by !== undefined) {
    if (flags.watch === true) {
      throw new SekishoError('USAGE', '--by and --watch do not go together.', {
        hint: 'Watch the list, or count once.',
      });
    }
    return groups(context, flags, flags.by);
  }
  const found = await readViolations(context, flags);
  if (flags.watch === true) return watch(context, flags, found.items);
  if (found.items.length > 0 || flags.output === 'json' || flags.output === 'yaml') {
    const { items, total } = found;
    print(
      formatRows(items, flags.output, violationColumns, {
        name: ({ id }) => id,
        value: { items, total },
        color: context.color,
      }),
    );
    if (total > items.length) process.stderr.write(`${total - items.length} more: see --limit, or count with --by.\n`);
  } else process.stderr.write('Nothing that runs breaks a policy, of what was asked for and what you may see.\n');
  if (found.pending > 0) process.stderr.write(`Policies are still being asked about ${found.pending} objects.\n`);
  return ExitCode.ok;
}

async function groups({ connection, signal, color }: CommandContext, flags: ViolationsFlags, by: string) {
  const query = queryOf(flags);
  query.set('by', by);
  const answer = await connection.api.get(`/api/v1/violations/groups?${query}`, signal);
  const { items, total } = answer as { items: GroupRow[]; total: number };
  const columns: readonly Column<GroupRow>[] = [
    { title: by.toUpperCase(), text: ({ value }) => value },
    ...(['deny', 'warn', 'dryrun', 'waived', 'total'] as const).map((name) => ({
      title: name.toUpperCase(),
      text: (row: GroupRow) => String(row[name]),
    })),
    { title: 'OLDEST', text: ({ oldest }) => seconds(oldest), wide: true },
  ];
  if (items.length > 0 || flags.output === 'json' || flags.output === 'yaml') {
    print(formatRows(items, flags.output, columns, { name: ({ value }) => value, value: { items, total }, color }));
  } else process.stderr.write('Nothing that runs breaks a policy, of what was asked for and what you may see.\n');
  return ExitCode.ok;
}

/** What is there, then what begins (`+`), changes (`~`) and ends (`-`), until Ctrl-C. */
async function watch(context: CommandContext, flags: ViolationsFlags, first: readonly ViolationRow[]) {
  const { connection, signal, color } = context;
  let known = new Map(first.map((row) => [row.id, row]));
  show(first.map((row) => ({ row, sign: ' ' })));
  for await (const { type } of followEvents(connection.api, { type: ['violations'] }, signal)) {
    // What was missed between the list and the first word is in the next list, too.
    if (type === 'hello') continue;
    const { items } = await readViolations(context, flags);
    const now = new Map(items.map((row) => [row.id, row]));
    const lines: { row: ViolationRow; sign: string }[] = [];
    for (const [id, row] of known) if (!now.has(id)) lines.push({ row, sign: '-' });
    for (const [id, row] of now) {
      const before = known.get(id);
      if (before === undefined) lines.push({ row, sign: '+' });
      else if (before.decision !== row.decision || before.message !== row.message) lines.push({ row, sign: '~' });
    }
    known = now;
    show(lines);
  }
  return ExitCode.ok;

  function show(lines: readonly { row: ViolationRow; sign: string }[]): void {
    if (lines.length === 0) return;
    if (flags.output === 'json') {
      print(lines.map(({ row, sign }) => JSON.stringify({ change: CHANGES[sign], ...row })).join('\n'));
      return;
    }
    const shown = violationColumns.filter(({ wide }) => flags.output === 'wide' || wide !== true);
    const signed = shown.map((column) => ({
      ...column,
      text: (line: (typeof lines)[number]) => column.text(line.row),
    }));
    const sign = { title: '', text: (line: (typeof lines)[number]) => line.sign };
    print(formatTable(lines, [sign, ...signed], { headers: false, wide: true, color, widths: WIDTHS }));
  }
}

const CHANGES: Readonly<Record<string, string>> = { ' ': 'known', '+': 'began', '~': 'changed', '-': 'ended' };
const WIDTHS = [1, 8, 40, 40];

async function readViolations({ connection, signal }: CommandContext, flags: ViolationsFlags) {
  const query = queryOf(flags);
  query.set('limit', String(flags.limit));
  const answer = await connection.api.get(`/api/v1/violations?${query}`, signal);
  const { items, total, audit } = answer as {
    items: ViolationRow[];
    total: number;
    audit: { readonly pending: number };
  };
  return { items, total, pending: audit.pending };
}

function queryOf(flags: ViolationsFlags): URLSearchParams {
  const { policy, app: application, project, namespace, cluster, kind, severity, decision, search } = flags;
  const query = new URLSearchParams();
  const lists = { policy, application, project, namespace, cluster, kind, severity, decision };
  for (const [name, values = []] of Object.entries(lists)) for (const value of values) query.append(name, value);
  if (search !== undefined) query.set('q', search);
  return query;
}

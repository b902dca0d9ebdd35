import { SekishoError } from '@sekisho/base';
import type { CommandContext } from '../command-context.ts';
import { durationMs } from '../duration.ts';
import { ExitCode } from '../exit-code.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';
import type { Column } from '../output/table.ts';

interface Entry {
  readonly seq: number;
  readonly at: string;
  readonly actor: { readonly user: string; readonly method: string; readonly address?: string };
  readonly action: string;
  readonly object: { readonly type: string; readonly namespace?: string; readonly name: string };
  readonly outcome: string;
  readonly reason?: string;
  readonly revision?: string;
  readonly hash: string;
}

interface LogFlags {
  readonly output: OutputFormat;
  readonly actor?: string;
  readonly action?: string;
  readonly name?: string;
  readonly outcome?: string;
  readonly since?: string;
  readonly search?: string;
  readonly limit: string;
}

/** `sekisho audit log`. */
export async function auditLog({ connection, signal, color }: CommandContext, flags: LogFlags): Promise<ExitCode> {
  const query = new URLSearchParams({ limit: flags.limit });
  for (const name of ['actor', 'action', 'name', 'outcome', 'search'] as const) {
    const value = flags[name];
    if (value !== undefined) query.set(name, value);
  }
  if (flags.since !== undefined) query.set('since', timeOf(flags.since));
  const { items } = (await connection.api.get(`/api/v1/audit?${query}`, signal)) as { items: Entry[] };
  if (items.length === 0) process.stderr.write('No entries.\n');
  if (items.length > 0 || flags.output === 'json' || flags.output === 'yaml') {
    print(formatRows(items, flags.output, columns, { name: ({ seq }) => `audit/${seq}`, color }));
  }
  return ExitCode.ok;
}

interface Verification {
  readonly ok: boolean;
  readonly entries: number;
  readonly head: { readonly seq: number; readonly hash: string };
  readonly problems: readonly { readonly kind: string; readonly seq: number; readonly message: string }[];
  readonly revisions: { readonly checked: number; readonly unreachable: number };
}

/** `sekisho audit verify`: exit 1 when the log does not prove itself. */
export async function auditVerify(
  { connection, signal, color }: CommandContext,
  { output }: { output: OutputFormat },
): Promise<ExitCode> {
  const found = (await connection.api.get('/api/v1/audit/verify', signal)) as Verification;
  const code = found.ok ? ExitCode.ok : ExitCode.notGood;
  if (output === 'json' || output === 'yaml') {
    print(formatRows([], output, problemColumns, { name: () => '', value: found }));
    return code;
  }
  const { checked, unreachable } = found.revisions;
  const asked = `${checked} ${checked === 1 ? 'revision' : 'revisions'} held against git`;
  const left = unreachable === 0 ? '' : `, ${unreachable} in repositories that can't be asked now`;
  if (found.ok) print(`The log is whole: ${found.entries} entries, ${asked}${left}. Newest: ${found.head.hash}`);
  else {
    print(formatRows(found.problems, output, problemColumns, { name: ({ seq }) => `audit/${seq}`, color }));
    const { length } = found.problems;
    const count = `${length} ${length === 1 ? 'problem' : 'problems'}`;
    process.stderr.write(`The log is NOT whole: ${count} in ${found.entries} entries.\n`);
  }
  return code;
}

/** `sekisho audit export`. */
export async function auditExport(
  { connection, signal }: CommandContext,
  { format, after }: { format: string; after: string },
): Promise<ExitCode> {
  const query = new URLSearchParams({ format, after });
  for await (const chunk of await connection.api.open(`/api/v1/audit/export?${query}`, signal)) {
    if (!process.stdout.write(chunk)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
  return ExitCode.ok;
}

/** @throws SekishoError USAGE */
function timeOf(text: string): string {
  const at = /^\d{4}-/.test(text) ? Date.parse(text) : Date.now() - (durationMs(text) ?? Number.NaN);
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  throw new SekishoError('USAGE', `--since ${text} is no time.`, {
    hint: 'For example --since 24h, --since 7d or --since 2026-01-31T00:00:00Z.',
  });
}

const columns: readonly Column<Entry>[] = [
  { title: 'SEQ', text: ({ seq }) => String(seq) },
  { title: 'WHEN', text: ({ at }) => at.replace(/\.\d+Z$/, 'Z') },
  { title: 'WHO', text: ({ actor }) => actor.user },
  { title: 'HOW', text: ({ actor }) => actor.method, wide: true },
  { title: 'FROM', text: ({ actor }) => actor.address ?? '', wide: true },
  { title: 'ACTION', text: ({ action }) => action },
  { title: 'OBJECT', text: ({ object }) => [object.namespace, object.name].filter(Boolean).join('/') },
  { title: 'OUTCOME', text: ({ outcome }) => outcome },
  { title: 'REVISION', text: ({ revision }) => revision?.slice(0, 7) ?? '' },
  { title: 'HASH', text: ({ hash }) => hash.slice(0, 12), wide: true },
  { title: 'WHY', text: ({ reason }) => reason?.split('\n')[0] ?? '' },
];

const problemColumns: readonly Column<Verification['problems'][number]>[] = [
  { title: 'SEQ', text: ({ seq }) => String(seq) },
  { title: 'PROBLEM', text: ({ kind }) => kind },
  { title: 'WHAT', text: ({ message }) => message },
];

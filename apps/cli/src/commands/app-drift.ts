import { readApplication } from '../application-request.ts';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';
import type { Column } from '../output/table.ts';

interface DriftItem {
  readonly object: { readonly group: string; readonly kind: string; readonly namespace: string; readonly name: string };
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly since: string;
  readonly count: number;
  readonly policy: string;
  readonly healedAt?: string;
}

/** `sekisho app drift NAME`: what drifts now, newest first; exit 1 when something does. */
export async function appDrift(
  { connection, signal, color }: CommandContext,
  flags: { output: OutputFormat; namespace: string; all?: boolean },
  name: string,
): Promise<ExitCode> {
  const base = `/api/v1/applications/${encodeURIComponent(flags.namespace)}/${encodeURIComponent(name)}/drift`;
  const path = flags.all === true ? base : `${base}?healed=0`;
  const { items, total } = (await connection.api.get(path, signal)) as { items: DriftItem[]; total: number };
  if (items.length === 0) {
    await readApplication(connection.api, { namespace: flags.namespace, name, signal });
    process.stderr.write(`Nothing of ${name} drifts from git.\n`);
  }
  if (items.length > 0 || flags.output === 'json' || flags.output === 'yaml') {
    const columns = flags.all === true ? [...common, healed] : common;
    print(formatRows(items, flags.output, columns, { name: nameOf, color }));
  }
  const listed = items.filter(({ healedAt }) => healedAt === undefined).length;
  if (total > listed) process.stderr.write(`${total - listed} more fields drift.\n`);
  return total > 0 ? ExitCode.notGood : ExitCode.ok;
}

const healed: Column<DriftItem> = { title: 'HEALED', text: ({ healedAt = '' }) => wholeSeconds(healedAt) };
const common: readonly Column<DriftItem>[] = [
  { title: 'OBJECT', text: ({ object }) => `${object.kind}/${object.name}` },
  { title: 'NAMESPACE', text: ({ object }) => object.namespace, wide: true },
  { title: 'FIELD', text: ({ path }) => (path === '' ? '(the object)' : path) },
  { title: 'FROM', text: ({ from }) => shown(from) },
  { title: 'TO', text: ({ path, to }) => (path === '' ? 'gone' : to === undefined ? 'removed' : shown(to)) },
  { title: 'MANAGER', text: managerOf },
  { title: 'OPERATION', text: ({ operation }) => operation ?? '', wide: true },
  { title: 'SINCE', text: ({ since }) => wholeSeconds(since) },
  { title: 'TIMES', text: ({ count }) => String(count) },
  { title: 'POLICY', text: ({ policy }) => policy },
];

function wholeSeconds(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}

function managerOf({ manager = 'unknown', subresource }: DriftItem): string {
  return subresource === undefined ? manager : `${manager} (${subresource})`;
}

/** A value in one cell: a long one is cut. */
function shown(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function nameOf({ object, path }: DriftItem): string {
  const group = object.group === '' ? '' : `.${object.group}`;
  return `${object.kind.toLowerCase()}${group}/${object.name}${path === '' ? '' : ` ${path}`}`;
}

import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import { oneLine, printable } from '../output/text.ts';

interface Delivery {
  readonly id: string;
  readonly trigger: string;
  readonly service: string;
  readonly recipient: string;
  readonly application: { readonly namespace: string; readonly name: string };
  readonly text: string;
  readonly state: string;
  readonly attempts: number;
  readonly lastError?: string;
  readonly nextAt?: string;
  readonly at: string;
}

interface Notifications {
  readonly services: readonly {
    readonly name: string;
    readonly pending: number;
    readonly pausedUntil?: string;
    readonly lastError?: string;
  }[];
  readonly faults: readonly string[];
  readonly deliveries: readonly Delivery[];
}

/** `sekisho notify list`. */
export async function notifyList(
  { connection, signal, color }: CommandContext,
  flags: { output: OutputFormat; state?: string; service?: string; app?: string; namespace: string; limit: string },
): Promise<ExitCode> {
  const query = new URLSearchParams({ limit: flags.limit });
  if (flags.state !== undefined) query.set('state', flags.state);
  if (flags.service !== undefined) query.set('service', flags.service);
  if (flags.app !== undefined) query.set('application', `${flags.namespace}/${flags.app}`);
  const path = `/api/v1/notifications?${query}`;
  const { services, faults, deliveries } = (await connection.api.get(path, signal)) as Notifications;
  if (flags.output === 'json' || flags.output === 'yaml' || deliveries.length > 0) {
    print(formatRows(deliveries, flags.output, columns, { name: ({ id }) => id, color }));
  } else process.stderr.write('Nobody was told of anything yet.\n');
  for (const { name, pending, pausedUntil, lastError } of services) {
    if (lastError === undefined) continue;
    const until = pausedUntil === undefined ? '' : ` It is tried again at ${seconds(pausedUntil)}.`;
    process.stderr.write(`${printable(name)}: ${printable(lastError)}; ${pending} wait.${until}\n`);
  }
  for (const fault of faults) process.stderr.write(`${printable(fault)}\n`);
  return ExitCode.ok;
}

const columns: readonly Column<Delivery>[] = [
  { title: 'WHEN', text: ({ at }) => seconds(at) },
  { title: 'STATE', text: ({ state }) => state },
  { title: 'TRIGGER', text: ({ trigger }) => trigger },
  { title: 'TO', text: ({ service, recipient }) => (recipient === '' ? service : `${service}:${recipient}`) },
  { title: 'APPLICATION', text: ({ application }) => application.name },
  { title: 'NAMESPACE', text: ({ application }) => application.namespace, wide: true },
  { title: 'TRIES', text: ({ attempts }) => String(attempts) },
  { title: 'NEXT', text: ({ nextAt }) => (nextAt === undefined ? '' : seconds(nextAt)), wide: true },
  { title: 'ID', text: ({ id }) => id },
  { title: 'ERROR', text: ({ lastError }) => oneLine(lastError ?? '') },
  { title: 'TEXT', text: ({ text }) => oneLine(text), wide: true },
];

function seconds(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}

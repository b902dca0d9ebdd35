import { userInfo } from 'node:os';
import { SekishoError } from '@sekisho/base';
import { watchApplication } from '../application-watch.ts';
import { APPLICATIONS, record, viewOf } from '../applications.ts';
import type { CommandContext } from '../command-context.ts';
import { isTimeUp } from '../duration.ts';
import { ExitCode } from '../exit-code.ts';
import { namingApplication } from '../not-found.ts';
import { print } from '../output/print.ts';
import { type Column, formatTable } from '../output/table.ts';

interface Flags {
  readonly namespace: string;
  readonly revision?: string;
  readonly prune?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly resource?: readonly string[];
  readonly wait: boolean;
}

/** `sekisho app sync NAME`: exit 1 when the operation fails. */
export async function appSync(context: CommandContext, flags: Flags, name: string): Promise<ExitCode> {
  const { connection, signal, progress } = context;
  // Before anything is asked of anybody: a flag that can't be read.
  const resources = flags.resource?.map(parseResource);
  const { namespace } = flags;
  const kube = await connection.kube();
  const before = await namingApplication(name, namespace, () => kube.get(APPLICATIONS, name, namespace, { signal }));
  if (before['operation'] !== undefined) {
    throw new SekishoError('OPERATION_RUNNING', `Another operation of ${name} is running.`, {
      hint: `Wait for it: sekisho app wait ${name}`,
    });
  }
  const operation = {
    initiatedBy: { username: userInfo().username },
    sync: {
      ...(flags.revision === undefined ? {} : { revision: flags.revision }),
      ...(flags.prune === true ? { prune: true } : {}),
      ...(flags.dryRun === true ? { dryRun: true } : {}),
      ...(flags.force === true ? { syncOptions: ['Force=true', 'Replace=true'] } : {}),
      ...(resources === undefined ? {} : { resources }),
      syncStrategy: { hook: {} },
    },
  };
  const requested = await kube.patch(
    APPLICATIONS,
    name,
    namespace,
    // The version makes two people who sync at once see each other.
    { kind: 'merge', body: { metadata: { resourceVersion: before.metadata.resourceVersion }, operation } },
    { signal },
  );
  if (!flags.wait) return ExitCode.ok;

  let said = 'it has not begun';
  const startedAfter = record(record(before['status'])['operationState'])['startedAt'];
  try {
    for await (const application of watchApplication(kube, { name, namespace, signal })) {
      if (application === undefined) {
        progress.done(`${name} was deleted`);
        return ExitCode.notGood;
      }
      const state = record(record(application['status'])['operationState']);
      const { operationPhase: phase, operationMessage: message } = viewOf(application);
      const isOurs = application['operation'] === undefined && state['startedAt'] !== startedAfter;
      if (!isOurs && application.metadata.resourceVersion !== requested.metadata.resourceVersion) {
        said = message;
        progress.show(`syncing ${name}: ${message}`);
      }
      if (!isOurs || phase === 'Running') continue;
      progress.done(`${name}: ${phase}: ${message}`);
      printResults(record(state['syncResult'])['resources'], context.color);
      return phase === 'Succeeded' ? ExitCode.ok : ExitCode.notGood;
    }
    return ExitCode.notGood;
  } catch (error) {
    if (!isTimeUp(signal)) throw error;
    throw new SekishoError('WAIT_TIMED_OUT', `The sync of ${name} goes on: ${said}.`, {
      hint: `See how far it is: sekisho app get ${name}. Give more time with --timeout.`,
    });
  }
}

function printResults(resources: unknown, color: boolean): void {
  if (!Array.isArray(resources) || resources.length === 0) return;
  const rows = resources.map(record);
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const columns: Column<(typeof rows)[number]>[] = [
    { title: 'PHASE', text: (row) => text(row['syncPhase']) },
    { title: 'KIND', text: (row) => text(row['kind']) },
    { title: 'NAMESPACE', text: (row) => text(row['namespace']) },
    { title: 'NAME', text: (row) => text(row['name']) },
    { title: 'RESULT', text: (row) => text(row['hookPhase'] ?? row['status']) },
    { title: 'MESSAGE', text: (row) => text(row['message']) },
  ];
  print(formatTable(rows, columns, { color }));
}

/** `apps:Deployment:web`, `:Service:web` or `apps:Deployment:namespace/web`. */
function parseResource(text: string): { group: string; kind: string; name: string; namespace?: string } {
  const match = /^([^:]*):([^:]+):(?:([^/:]+)\/)?([^/:]+)$/.exec(text);
  if (match === null) {
    throw new SekishoError('USAGE', `--resource ${text} can't be read.`, {
      hint: 'For example apps:Deployment:web or :Service:web.',
    });
  }
  const [, group = '', kind = '', namespace, name = ''] = match;
  return { group, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

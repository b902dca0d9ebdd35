import { SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { applicationPath } from '../application-request.ts';
import { watchApplication } from '../application-watch.ts';
import { record, viewOf } from '../applications.ts';
import type { CommandContext } from '../command-context.ts';
import { isTimeUp } from '../duration.ts';
import { ExitCode } from '../exit-code.ts';
import { namingApplication } from '../not-found.ts';
import { print } from '../output/print.ts';
import { type Column, formatTable } from '../output/table.ts';
import { parseResource } from '../resource-reference.ts';

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
  const resources = flags.resource?.map((text) => parseResource(text, '--resource'));
  const { namespace } = flags;
  const wish = {
    ...(flags.revision === undefined ? {} : { revision: flags.revision }),
    prune: flags.prune === true,
    dryRun: flags.dryRun === true,
    force: flags.force === true,
    ...(resources === undefined ? {} : { resources }),
  };
  const answer = await namingApplication(name, namespace, () =>
    connection.api.post(applicationPath(namespace, name, '/sync'), wish, signal),
  );
  const { application: requested } = answer as { application: KubeObject };
  if (!flags.wait) return ExitCode.ok;

  let said = 'it has not begun';
  const startedAfter = record(record(requested['status'])['operationState'])['startedAt'];
  try {
    for await (const application of watchApplication(connection.api, { name, namespace, signal })) {
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

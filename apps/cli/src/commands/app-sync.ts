import { userInfo } from 'node:os';
import { SekishoError } from '@sekisho/base';
import { watchApplication } from '../application-watch.ts';
import { APPLICATIONS, record, viewOf } from '../applications.ts';
import { ExitCode } from '../exit-code.ts';
import { createProgress } from '../output/progress.ts';
import { formatTable } from '../output/table.ts';
import type { CommandContext } from '../program.ts';

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
export async function appSync({ connection, signal }: CommandContext, flags: Flags, name: string): Promise<ExitCode> {
  const { namespace } = flags;
  const kube = await connection.kube();
  const before = await kube.get(APPLICATIONS, name, namespace, { signal });
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
      ...(flags.resource === undefined ? {} : { resources: flags.resource.map(parseResource) }),
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

  const progress = createProgress();
  const startedAfter = record(record(before['status'])['operationState'])['startedAt'];
  for await (const application of watchApplication(kube, { name, namespace, signal })) {
    if (application === undefined) {
      progress.done(`${name} was deleted`);
      return ExitCode.notGood;
    }
    const state = record(record(application['status'])['operationState']);
    const { operationPhase: phase, operationMessage: message } = viewOf(application);
    const isOurs = application['operation'] === undefined && state['startedAt'] !== startedAfter;
    if (!isOurs && application.metadata.resourceVersion !== requested.metadata.resourceVersion) {
      progress.show(`syncing ${name}: ${message}`);
    }
    if (!isOurs || phase === 'Running') continue;
    progress.done(`${name}: ${phase}: ${message}`);
    printResults(record(state['syncResult'])['resources']);
    return phase === 'Succeeded' ? ExitCode.ok : ExitCode.notGood;
  }
  return ExitCode.notGood;
}

function printResults(resources: unknown): void {
  if (!Array.isArray(resources) || resources.length === 0) return;
  const rows = resources.map(record);
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const table = formatTable(rows, [
    { title: 'PHASE', text: (row) => text(row['syncPhase']) },
    { title: 'KIND', text: (row) => text(row['kind']) },
    { title: 'NAMESPACE', text: (row) => text(row['namespace']) },
    { title: 'NAME', text: (row) => text(row['name']) },
    { title: 'RESULT', text: (row) => text(row['hookPhase'] ?? row['status']) },
    { title: 'MESSAGE', text: (row) => text(row['message']) },
  ]);
  process.stdout.write(`${table}\n`);
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

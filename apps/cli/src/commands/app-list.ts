import type { KubeObject } from '@sekisho/kube';
import { APPLICATIONS, shortRevision, viewOf } from '../applications.ts';
import { ExitCode } from '../exit-code.ts';
import { formatObjects, type OutputFormat } from '../output/print.ts';
import { type Column, formatTable } from '../output/table.ts';
import type { CommandContext } from '../program.ts';

export const applicationColumns: readonly Column<KubeObject>[] = [
  { title: 'NAME', text: (app) => app.metadata.name ?? '' },
  { title: 'SYNC', text: (app) => viewOf(app).sync },
  { title: 'HEALTH', text: (app) => viewOf(app).health },
  { title: 'REVISION', text: (app) => shortRevision(viewOf(app).revision) },
  { title: 'NAMESPACE', text: (app) => viewOf(app).destinationNamespace },
  { title: 'CLUSTER', text: (app) => viewOf(app).destination, wide: true },
  { title: 'REPOSITORY', text: (app) => viewOf(app).repo, wide: true },
  { title: 'PATH', text: (app) => viewOf(app).path, wide: true },
  { title: 'TARGET', text: (app) => viewOf(app).target, wide: true },
  { title: 'MESSAGE', text: messageOf },
];

interface Flags {
  readonly output: OutputFormat;
  readonly namespace?: string;
  readonly selector?: string;
  readonly watch?: boolean;
}

/** `sekisho app list`. */
export async function appList({ connection, signal }: CommandContext, flags: Flags): Promise<ExitCode> {
  const kube = await connection.kube();
  const where = {
    ...(flags.namespace === undefined ? {} : { namespace: flags.namespace }),
    ...(flags.selector === undefined ? {} : { labelSelector: flags.selector }),
    signal,
  };
  const { items, resourceVersion } = await kube.list(APPLICATIONS, where);
  if (items.length === 0 && flags.output === 'table') {
    process.stderr.write('No applications yet. Apply one: kubectl apply -f application.yaml\n');
  } else {
    process.stdout.write(`${formatObjects(items, flags.output, applicationColumns)}\n`);
  }
  if (flags.watch !== true) return ExitCode.ok;
  for await (const { type, object } of kube.watch(APPLICATIONS, { ...where, resourceVersion })) {
    if (type === 'BOOKMARK' || type === 'ERROR') continue;
    const line =
      flags.output === 'table' || flags.output === 'wide'
        ? formatTable([object], applicationColumns, { headers: false, wide: flags.output === 'wide' })
        : formatObjects([object], flags.output, applicationColumns, { single: true });
    process.stdout.write(`${type === 'DELETED' ? `${line}   (deleted)` : line}\n`);
  }
  return ExitCode.ok;
}

/** The one thing to know first: an error, else the operation that runs or failed, else why it is not healthy. */
function messageOf(app: KubeObject): string {
  const view = viewOf(app);
  const error = view.conditions.find((condition) => condition.type.endsWith('Error'));
  if (error !== undefined) return error.message;
  if (view.operationPhase !== '' && view.operationPhase !== 'Succeeded') return view.operationMessage;
  return view.healthMessage;
}

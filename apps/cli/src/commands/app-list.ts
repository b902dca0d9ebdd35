import { isSekishoError, messageOf, SekishoError } from '@sekisho/base';
import type { KubeClient, ListOptions } from '@sekisho/client';
import { type KubeObject, parseLabelSelector } from '@sekisho/kube';
import { APPLICATIONS, shortRevision, viewOf } from '../applications.ts';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatObjects, type OutputFormat, print } from '../output/print.ts';
import { type Column, columnWidths, formatTable } from '../output/table.ts';

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
  { title: 'MESSAGE', text: whatMatters },
];

interface Flags {
  readonly output: OutputFormat;
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly watch?: boolean;
}

/** `sekisho app list`. */
export async function appList(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { connection, signal, color } = context;
  const where = selection(flags);
  const kube = await connection.kube();
  const { items, resourceVersion } = await kube.list(APPLICATIONS, { ...where, signal });
  if (items.length > 0 || flags.output === 'json' || flags.output === 'yaml') {
    print(formatObjects(items, flags.output, applicationColumns, { color }));
  } else process.stderr.write(`${nothingFound(where)}\n`);
  if (flags.watch === true) await printChanges(kube, context, flags, { where, resourceVersion, items });
  return ExitCode.ok;
}

type Selection = Pick<ListOptions, 'namespace' | 'labelSelector'>;

/** @throws SekishoError USAGE */
function selection({ namespace, allNamespaces, selector }: Flags): Selection {
  if (selector !== undefined) {
    try {
      parseLabelSelector(selector);
    } catch (error) {
      throw new SekishoError('USAGE', `-l ${selector} is no label selector: ${messageOf(error)}.`, {
        hint: "For example -l team=shop or -l 'tier in (web, api)'.",
      });
    }
  }
  return {
    ...(namespace === undefined || allNamespaces === true ? {} : { namespace }),
    ...(selector === undefined ? {} : { labelSelector: selector }),
  };
}

function nothingFound({ namespace, labelSelector }: Selection): string {
  if (labelSelector !== undefined) return `No applications with the labels ${labelSelector}.`;
  if (namespace !== undefined) return `No applications in the namespace ${namespace}.`;
  return 'No applications yet. Apply one: kubectl apply -f application.yaml';
}

/** One line for each change, below the columns of the table; ends by the signal alone. */
async function printChanges(
  kube: KubeClient,
  { signal, color }: CommandContext,
  { output }: Flags,
  from: { where: Selection; resourceVersion: string; items: readonly KubeObject[] },
): Promise<void> {
  const wide = output === 'wide';
  const widths = columnWidths(from.items, applicationColumns, { wide });
  let { resourceVersion } = from;
  while (true) {
    try {
      for await (const { type, object } of kube.watch(APPLICATIONS, { ...from.where, resourceVersion, signal })) {
        if (type === 'ERROR') break;
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
        if (type === 'BOOKMARK') continue;
        const line =
          output === 'table' || wide
            ? formatTable([object], applicationColumns, { headers: false, wide, widths, color })
            : formatObjects([object], output, applicationColumns, { single: true });
        print(type === 'DELETED' ? `${line}   (deleted)` : line);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isSekishoError(error, 'KUBE_GONE')) throw error;
    }
    signal.throwIfAborted();
    // The server ends watches now and then, and forgets old versions: what is there now is where it goes on.
    ({ resourceVersion } = await kube.list(APPLICATIONS, { ...from.where, signal }));
  }
}

/** The one thing to know first: an error, else the operation that runs or failed, else why it is not healthy. */
function whatMatters(app: KubeObject): string {
  const view = viewOf(app);
  const error = view.conditions.find((condition) => condition.type.endsWith('Error'));
  if (error !== undefined) return error.message;
  if (view.operationPhase !== '' && view.operationPhase !== 'Succeeded') return view.operationMessage;
  return view.healthMessage;
}

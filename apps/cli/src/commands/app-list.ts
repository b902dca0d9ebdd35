import { isSekishoError, messageOf, SekishoError } from '@sekisho/base';
import { type KubeObject, matchesLabels, parseLabelSelector } from '@sekisho/kube';
import { readApplication } from '../application-request.ts';
import { shortRevision, viewOf } from '../applications.ts';
import type { CommandContext } from '../command-context.ts';
import type { SekishoApi } from '../connection.ts';
import { followEvents } from '../event-stream.ts';
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
  readonly project?: readonly string[];
  readonly sync?: readonly string[];
  readonly health?: readonly string[];
  readonly repo?: readonly string[];
  readonly cluster?: readonly string[];
  readonly watch?: boolean;
}

/** `sekisho app list`. */
export async function appList(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { connection, signal, color } = context;
  const where = selection(flags);
  const { items, eventId } = await listApplications(connection.api, where, signal);
  if (items.length > 0 || flags.output === 'json' || flags.output === 'yaml') {
    print(formatObjects(items, flags.output, applicationColumns, { color }));
  } else process.stderr.write(`${nothingFound(where)}\n`);
  if (flags.watch === true) await printChanges(context, flags, { where, eventId, items });
  return ExitCode.ok;
}

interface Selection {
  readonly namespace?: string;
  readonly labelSelector?: string;
  /** Values that each of these may have. */
  readonly facets: readonly (readonly [Facet, readonly string[]])[];
}

/** What an application is chosen by, as the API calls it, and where that stands. */
const FACETS = {
  project: (app: KubeObject) => viewOf(app).project,
  sync: (app: KubeObject) => viewOf(app).sync,
  health: (app: KubeObject) => viewOf(app).health,
  repo: (app: KubeObject) => viewOf(app).repo,
  cluster: (app: KubeObject) => viewOf(app).destination,
};
type Facet = keyof typeof FACETS;

interface Page {
  readonly items: readonly { readonly application: KubeObject }[];
  readonly next?: string;
  readonly eventId: string;
}

async function listApplications(
  api: SekishoApi,
  { namespace, labelSelector, facets }: Selection,
  signal: AbortSignal,
): Promise<{ items: KubeObject[]; eventId: string }> {
  const query = new URLSearchParams({ include: 'application', limit: '500' });
  if (namespace !== undefined) query.set('appNamespace', namespace);
  if (labelSelector !== undefined) query.set('label', labelSelector);
  for (const [facet, values] of facets) for (const value of values) query.append(facet, value);
  const items: KubeObject[] = [];
  let eventId: string | undefined;
  while (true) {
    const page = (await api.get(`/api/v1/applications?${query}`, signal)) as Page;
    items.push(...page.items.map(({ application }) => application));
    // What happens while pages are read is told again.
    eventId ??= page.eventId;
    if (page.next === undefined) return { items, eventId };
    query.set('cursor', page.next);
  }
}

/** @throws SekishoError USAGE */
function selection({ namespace, allNamespaces, selector, ...flags }: Flags): Selection {
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
    facets: (Object.keys(FACETS) as Facet[]).flatMap((facet) => {
      const values = flags[facet];
      return values === undefined ? [] : [[facet, values] as const];
    }),
  };
}

function nothingFound({ namespace, labelSelector, facets }: Selection): string {
  const asked = facets.map(([facet, values]) => `${facet} ${values.join(' or ')}`);
  if (asked.length > 0) return `No applications with ${asked.join(' and ')}. All of them: sekisho app list`;
  if (labelSelector !== undefined) return `No applications with the labels ${labelSelector}.`;
  if (namespace !== undefined) return `No applications in the namespace ${namespace}.`;
  return 'No applications yet. Apply one: kubectl apply -f application.yaml';
}

/** One line for each change, below the columns of the table; ends by the signal alone. */
async function printChanges(
  { connection, signal, color }: CommandContext,
  { output }: Flags,
  from: { where: Selection; eventId: string; items: readonly KubeObject[] },
): Promise<void> {
  const wide = output === 'wide';
  const widths = columnWidths(from.items, applicationColumns, { wide });
  const known = new Map(from.items.map((object) => [keyOf(object.metadata), object]));
  const show = (object: KubeObject, more = '') => {
    const line =
      output === 'table' || wide
        ? formatTable([object], applicationColumns, { headers: false, wide, widths, color })
        : formatObjects([object], output, applicationColumns, { single: true });
    print(`${line}${more}`);
  };
  const remove = (key: string) => {
    const last = known.get(key);
    if (last !== undefined) show(last, '   (deleted)');
    known.delete(key);
  };
  const query = { type: ['application', 'application-deleted'], after: from.eventId };
  for await (const { type, data } of followEvents(connection.api, query, signal)) {
    if (type === 'hello' || type === 'caught-up') continue;
    if (type === 'application-deleted') {
      remove(keyOf(data as Named));
      continue;
    }
    const { items } =
      type === 'reset'
        ? await listApplications(connection.api, from.where, signal)
        : await readIfThere(connection.api, data as Named, signal);
    const found = new Set(items.map(({ metadata }) => keyOf(metadata)));
    if (type === 'reset') for (const key of [...known.keys()]) if (!found.has(key)) remove(key);
    for (const object of items) {
      const key = keyOf(object.metadata);
      if (known.get(key)?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
      if (!isSelected(object, from.where)) remove(key);
      else {
        known.set(key, object);
        show(object);
      }
    }
  }
}

type Named = Pick<KubeObject['metadata'], 'namespace' | 'name'>;

function keyOf({ namespace, name }: Named): string {
  return `${namespace}/${name}`;
}

function isSelected(app: KubeObject, { namespace, labelSelector, facets }: Selection): boolean {
  const { metadata } = app;
  if (!facets.every(([facet, values]) => values.includes(FACETS[facet](app)))) return false;
  if (namespace !== undefined && metadata.namespace !== namespace) return false;
  return labelSelector === undefined || matchesLabels(parseLabelSelector(labelSelector), metadata.labels ?? {});
}

async function readIfThere(api: SekishoApi, { namespace = '', name = '' }: Named, signal: AbortSignal) {
  try {
    return { items: [await readApplication(api, { namespace, name, signal })] };
  } catch (error) {
    // Its deletion is told next.
    if (isSekishoError(error, 'KUBE_NOT_FOUND')) return { items: [] };
    throw error;
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

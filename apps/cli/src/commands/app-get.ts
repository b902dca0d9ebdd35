import { type ApplicationDetail, readApplicationDetail } from '../application-request.ts';
import { record, shortRevision, viewOf } from '../applications.ts';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { colored } from '../output/color.ts';
import { formatObjects, type OutputFormat, print } from '../output/print.ts';
import { formatTable } from '../output/table.ts';
import { oneLine, printable } from '../output/text.ts';
import { applicationColumns } from './app-list.ts';

/** `sekisho app get NAME`. */
export async function appGet(
  { connection, signal, color }: CommandContext,
  flags: { output: OutputFormat; namespace: string },
  name: string,
): Promise<ExitCode> {
  const detail = await readApplicationDetail(connection.api, { namespace: flags.namespace, name, signal });
  const { application } = detail;
  print(
    flags.output === 'table' || flags.output === 'wide'
      ? describe(name, detail, color)
      : formatObjects([application], flags.output, applicationColumns, { single: true }),
  );
  return ExitCode.ok;
}

const INDENT = 14;

function describe(name: string, { application, windows }: ApplicationDetail, color: boolean): string {
  const view = viewOf(application);
  const state = (word: string) => (color ? colored(word) : word);
  const facts: [string, string][] = [
    ['Name', name],
    ...(view.project === 'default' ? [] : [['Project', oneLine(view.project)] as [string, string]]),
    ...view.sources.map(({ repo, path, target }): [string, string] => [
      'Source',
      oneLine(`${repo} ${path} @ ${target}`),
    ]),
    ['Destination', oneLine(`${view.destination} ${view.destinationNamespace}`)],
    ['Sync', view.revision === '' ? state(view.sync) : `${state(view.sync)} to ${shortRevision(view.revision)}`],
    ['Health', view.healthMessage === '' ? state(view.health) : `${state(view.health)}: ${text(view.healthMessage)}`],
  ];
  if (view.operationPhase !== '') {
    facts.push(['Operation', `${state(view.operationPhase)}: ${text(view.operationMessage)}`]);
  }
  const { phase, message } = record(record(application['status'])['rollback']);
  if (typeof phase === 'string') facts.push(['Rollback', `${state(phase)}: ${text(String(message))}`]);
  if (windows !== undefined) facts.push(['Sync window', windowText(windows)]);
  for (const { name: title, value } of view.info) facts.push(['Info', oneLine(`${title} ${value}`)]);
  const lines = facts.map(([title, value]) => `${`${title}:`.padEnd(INDENT)}${value}`);
  for (const { type, message } of view.conditions) {
    lines.push(`${'Condition:'.padEnd(INDENT)}${type}: ${text(message)}`);
  }
  if (view.resources.length > 0) {
    const table = formatTable(
      view.resources,
      [
        { title: 'KIND', text: (row) => row.kind },
        { title: 'NAMESPACE', text: (row) => row.namespace ?? '' },
        { title: 'NAME', text: (row) => row.name },
        { title: 'STATUS', text: (row) => (row.hook === true ? 'Hook' : (row.status ?? '')) },
        { title: 'HEALTH', text: (row) => row.health?.status ?? '' },
        {
          title: 'MESSAGE',
          text: (row) => (row.requiresPruning === true ? 'no longer in git' : (row.health?.message ?? '')),
        },
      ],
      { color },
    );
    lines.push('', table);
  }
  return lines.join('\n');
}

function windowText({ allowed, manualAllowed, reason = '' }: NonNullable<ApplicationDetail['windows']>): string {
  if (allowed) return 'syncs are allowed';
  return text(`${manualAllowed ? 'manual syncs only' : 'syncs are blocked'}: ${reason}`);
}

/** Further lines stand below the first one. */
function text(message: string): string {
  return printable(message).replaceAll('\n', `\n${' '.repeat(INDENT)}`);
}

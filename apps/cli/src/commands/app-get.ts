import { APPLICATIONS, type ApplicationView, shortRevision, viewOf } from '../applications.ts';
import { ExitCode } from '../exit-code.ts';
import { formatObjects, type OutputFormat } from '../output/print.ts';
import { formatTable } from '../output/table.ts';
import type { CommandContext } from '../program.ts';
import { applicationColumns } from './app-list.ts';

/** `sekisho app get NAME`. */
export async function appGet(
  { connection, signal }: CommandContext,
  flags: { output: OutputFormat; namespace: string },
  name: string,
): Promise<ExitCode> {
  const kube = await connection.kube();
  const application = await kube.get(APPLICATIONS, name, flags.namespace, { signal });
  const answer =
    flags.output === 'table' || flags.output === 'wide'
      ? describe(name, viewOf(application))
      : formatObjects([application], flags.output, applicationColumns, { single: true });
  process.stdout.write(`${answer}\n`);
  return ExitCode.ok;
}

function describe(name: string, view: ApplicationView): string {
  const facts: [string, string][] = [
    ['Name', name],
    ['Source', `${view.repo} ${view.path} @ ${view.target}`],
    ['Destination', `${view.destination} ${view.destinationNamespace}`],
    ['Sync', view.revision === '' ? view.sync : `${view.sync} to ${shortRevision(view.revision)}`],
    ['Health', view.healthMessage === '' ? view.health : `${view.health}: ${view.healthMessage}`],
  ];
  if (view.operationPhase !== '') facts.push(['Operation', `${view.operationPhase}: ${view.operationMessage}`]);
  const lines = facts.map(([title, text]) => `${`${title}:`.padEnd(14)}${text}`);
  for (const { type, message } of view.conditions) lines.push(`${'Condition:'.padEnd(14)}${type}: ${message}`);
  if (view.resources.length > 0) {
    lines.push(
      '',
      formatTable(view.resources, [
        { title: 'KIND', text: (row) => row.kind },
        { title: 'NAMESPACE', text: (row) => row.namespace ?? '' },
        { title: 'NAME', text: (row) => row.name },
        { title: 'STATUS', text: (row) => (row.hook === true ? 'Hook' : (row.status ?? '')) },
        { title: 'HEALTH', text: (row) => row.health?.status ?? '' },
        {
          title: 'MESSAGE',
          text: (row) => (row.requiresPruning === true ? 'no longer in git' : (row.health?.message ?? '')),
        },
      ]),
    );
  }
  return lines.join('\n');
}

import type { KubeObject } from '@sekisho/kube';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatObjects, type OutputFormat, print } from '../output/print.ts';
import { type Column, formatTable } from '../output/table.ts';
import { printable } from '../output/text.ts';
import { type ApplicationSetView, namingSet, pathOf, viewOf } from './application-set.ts';

interface Flags {
  readonly output: OutputFormat;
  readonly namespace: string;
}

/** `sekisho appset get NAME`: exit 1 when it is not as its generators and its template say. */
export async function appsetGet(context: CommandContext, flags: Flags, name: string): Promise<ExitCode> {
  const { connection, signal, color } = context;
  const ask = () => connection.api.get(pathOf(flags.namespace, name), signal);
  const { applicationSet } = (await namingSet(name, ask)) as { applicationSet: KubeObject };
  const view = viewOf(applicationSet);
  if (flags.output === 'table' || flags.output === 'wide') print(describe(view, color));
  else print(formatObjects([applicationSet], flags.output, [], { single: true }));
  return view.fault === '' ? ExitCode.ok : ExitCode.notGood;
}

const INDENT = 14;

function describe(view: ApplicationSetView, color: boolean): string {
  const lines = [
    line('Name', view.name),
    line('Project', view.project),
    line('Generators', view.generators.join(', ')),
    line('Strategy', view.strategy),
    line('Up to date', view.isUpToDate ? 'yes' : 'no'),
    ...(view.fault === '' ? [] : [line('Fault', view.fault)]),
    ...progressOf(view),
  ];
  if (view.applications.length === 0) return lines.join('\n');
  const columns = view.rollout.size === 0 ? plain : [...plain, ...rolling(view)];
  return [...lines, '', formatTable(view.applications, columns, { wide: false, color })].join('\n');
}

type Row = ApplicationSetView['applications'][number];

const plain: readonly Column<Row>[] = [
  { title: 'APPLICATION', text: ({ name }) => name },
  { title: 'SYNC', text: ({ sync }) => sync },
  { title: 'HEALTH', text: ({ health }) => health },
];

function rolling({ rollout }: ApplicationSetView): readonly Column<Row>[] {
  return [
    { title: 'STEP', text: ({ name }) => rollout.get(name)?.step ?? '' },
    { title: 'ROLLOUT', text: ({ name }) => rollout.get(name)?.status ?? '' },
  ];
}

function progressOf({ conditions }: ApplicationSetView): readonly string[] {
  const progress = conditions.find(({ type }) => type === 'RolloutProgressing');
  return progress === undefined ? [] : [line('Rollout', progress.message)];
}

function line(title: string, value: string): string {
  const [first = '', ...rest] = printable(value).split('\n');
  return [`${title}:`.padEnd(INDENT) + first, ...rest.map((more) => ' '.repeat(INDENT) + more)].join('\n');
}

import { type KubeObject, matchesLabels, parseLabelSelector } from '@sekisho/kube';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatObjects, type OutputFormat, print } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import { COLLECTION, viewOf } from './application-set.ts';

interface Flags {
  readonly output: OutputFormat;
  readonly project?: readonly string[];
  readonly selector?: string;
}

/** `sekisho appset list`. */
export async function appsetList({ connection, signal, color }: CommandContext, flags: Flags): Promise<ExitCode> {
  const { output, project, selector = '' } = flags;
  const requirements = parseLabelSelector(selector);
  const { items } = (await connection.api.get(COLLECTION, signal)) as { items: KubeObject[] };
  const shown = items.filter(
    (set) =>
      matchesLabels(requirements, set.metadata.labels) &&
      (project === undefined || project.includes(viewOf(set).project)),
  );
  print(formatObjects(shown, output, columns, { color }));
  return ExitCode.ok;
}

const columns: readonly Column<KubeObject>[] = [
  { title: 'NAME', text: (set) => viewOf(set).name },
  { title: 'PROJECT', text: (set) => viewOf(set).project },
  { title: 'GENERATORS', text: (set) => viewOf(set).generators.join(',') },
  { title: 'APPLICATIONS', text: (set) => String(viewOf(set).applications.length) },
  { title: 'UP TO DATE', text: (set) => (viewOf(set).isUpToDate ? 'yes' : 'no') },
  { title: 'STRATEGY', text: (set) => viewOf(set).strategy, wide: true },
  { title: 'MESSAGE', text: (set) => viewOf(set).fault },
];

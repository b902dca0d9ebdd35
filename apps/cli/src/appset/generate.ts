import type { CommandContext } from '../command-context.ts';
import { applicationColumns } from '../commands/app-list.ts';
import { ExitCode } from '../exit-code.ts';
import { readObjects } from '../object-file.ts';
import { formatObjects, type OutputFormat, print } from '../output/print.ts';
import { generate } from './application-set.ts';

const SHOWN = new Set(['NAME', 'NAMESPACE', 'CLUSTER', 'REPOSITORY', 'PATH', 'TARGET']);

/** `sekisho appset generate FILE`. @throws SekishoError APPLICATIONSET_INVALID | APPLICATIONSET_GENERATE */
export async function appsetGenerate(
  context: CommandContext,
  { output }: { output: OutputFormat },
  file: string,
): Promise<ExitCode> {
  const sets = readObjects(file, 'ApplicationSet');
  const made = [];
  for (const set of sets) made.push(...(await generate(context, set)));
  // There is no state yet to be shown.
  const columns = applicationColumns
    .filter(({ title }) => SHOWN.has(title))
    .map((column) => ({ ...column, wide: false }));
  print(formatObjects(made, output, columns, { color: context.color }));
  return ExitCode.ok;
}

import { applicationPath } from '../application-request.ts';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { namingApplication } from '../not-found.ts';
import { type FieldChange, formatChanges } from '../output/changes.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';

interface ResourceDiff {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly change: 'create' | 'update' | 'prune';
  readonly origin?: { readonly file: string; readonly line?: number };
  readonly changes: readonly FieldChange[];
}

/** `sekisho app diff NAME`: exit 1 when a sync would change something. */
export async function appDiff(
  { connection, signal }: CommandContext,
  flags: { output: OutputFormat; namespace: string; revision?: string },
  name: string,
): Promise<ExitCode> {
  const query = flags.revision === undefined ? '' : `?revision=${encodeURIComponent(flags.revision)}`;
  const path = applicationPath(flags.namespace, name, `/diff${query}`);
  const { resources } = (await namingApplication(name, flags.namespace, () => connection.api.get(path, signal))) as {
    resources: ResourceDiff[];
  };
  print(
    flags.output === 'table' || flags.output === 'wide'
      ? resources.map(describe).join('\n')
      : formatRows(resources, flags.output, [], { name: ({ kind, name }) => `${kind.toLowerCase()}/${name}` }),
  );
  return resources.length === 0 ? ExitCode.ok : ExitCode.notGood;
}

function describe(diff: ResourceDiff): string {
  const where = diff.origin === undefined ? '' : `  (${diff.origin.file}:${diff.origin.line ?? 1})`;
  const title = `${diff.change} ${diff.kind}/${diff.name}${diff.namespace === '' ? '' : ` in ${diff.namespace}`}${where}`;
  return diff.change === 'update' ? `${title}\n${formatChanges(diff.changes)}` : title;
}

import { ExitCode } from '../exit-code.ts';
import { type FieldChange, formatChanges } from '../output/changes.ts';
import { formatValue, type OutputFormat } from '../output/print.ts';
import type { CommandContext } from '../program.ts';

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
  const path = `/api/v1/applications/${encodeURIComponent(flags.namespace)}/${encodeURIComponent(name)}/diff${query}`;
  const { resources } = (await connection.api.get(path, signal)) as { resources: ResourceDiff[] };
  if (flags.output === 'json' || flags.output === 'yaml') {
    process.stdout.write(`${formatValue(resources, flags.output)}\n`);
  } else if (resources.length > 0) {
    process.stdout.write(`${resources.map(describe).join('\n')}\n`);
  }
  return resources.length === 0 ? ExitCode.ok : ExitCode.notGood;
}

function describe(diff: ResourceDiff): string {
  const where = diff.origin === undefined ? '' : `  (${diff.origin.file}:${diff.origin.line ?? 1})`;
  const title = `${diff.change} ${diff.kind}/${diff.name}${diff.namespace === '' ? '' : ` in ${diff.namespace}`}${where}`;
  return diff.change === 'update' ? `${title}\n${formatChanges(diff.changes)}` : title;
}

import { type Diagnostic, formatDiagnostic } from '@sekisho/base';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import { oneLine, printable } from '../output/text.ts';

/** A policy as the server tells of it. */
export interface PolicyRow {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly severity?: string;
  readonly action: string;
  readonly gates: readonly string[];
  readonly enforcement: Readonly<Record<string, string>>;
  readonly kinds: readonly string[];
  readonly unavailable?: string;
}

interface PolicyListFlags {
  readonly output: OutputFormat;
  readonly gate?: string;
}

/** `sekisho policy list`. */
export async function policyList(
  { connection, signal, color }: CommandContext,
  { output, gate }: PolicyListFlags,
): Promise<ExitCode> {
  const answer = await connection.api.get('/api/v1/policies', signal);
  const { items, diagnostics } = answer as { items: PolicyRow[]; diagnostics: Diagnostic[] };
  const shown = gate === undefined ? items : items.filter(({ gates }) => gates.includes(gate));
  if (shown.length > 0 || output === 'json' || output === 'yaml') {
    const value = { items: shown, diagnostics };
    print(formatRows(shown, output, columns, { name: ({ id }) => id, value, color }));
  } else process.stderr.write('No policy counts yet.\n');
  for (const diagnostic of diagnostics) process.stderr.write(`${printable(formatDiagnostic(diagnostic))}\n`);
  const isFaulty = diagnostics.some(({ severity }) => severity === 'error') || shown.some((row) => row.unavailable);
  return isFaulty ? ExitCode.notGood : ExitCode.ok;
}

const columns: readonly Column<PolicyRow>[] = [
  { title: 'POLICY', text: ({ id }) => id },
  { title: 'ACTION', text: ({ action }) => action },
  { title: 'GATES', text: ({ gates }) => (gates.length === 4 ? 'all' : gates.join(',')) },
  { title: 'KINDS', text: ({ kinds }) => summary(kinds) },
  { title: 'SEVERITY', text: ({ severity }) => severity ?? '', wide: true },
  { title: 'TITLE', text: ({ title }) => oneLine(title), wide: true },
  { title: 'MESSAGE', text: ({ unavailable }) => oneLine(unavailable ?? '') },
];

function summary(kinds: readonly string[]): string {
  const [first] = kinds;
  if (first === undefined) return '';
  return kinds.length === 1 ? first : `${first} +${kinds.length - 1}`;
}

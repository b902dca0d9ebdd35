import { ExitCode } from '../exit-code.ts';
import { formatValue, print } from '../output/print.ts';
import { version } from '../version.ts';

/** `sekisho version`. */
export async function showVersion(flags: { output: 'table' | 'json' | 'yaml' }): Promise<ExitCode> {
  const facts = { version, node: process.versions.node, platform: `${process.platform}/${process.arch}` };
  print(flags.output === 'table' ? `sekisho ${version}` : formatValue(facts, flags.output));
  return ExitCode.ok;
}

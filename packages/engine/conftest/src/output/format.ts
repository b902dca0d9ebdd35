import { type CheckResult, countResults } from '../result.ts';
import { writeAzureDevOps } from './azuredevops.ts';
import { writeGitHub } from './github.ts';
import { writeJson } from './json.ts';
import { writeJunit } from './junit.ts';
import { writeSarif } from './sarif.ts';
import { writeStdout } from './stdout.ts';
import { writeTable } from './table.ts';
import { writeTap } from './tap.ts';
import type { FormatOptions, ResultWriter } from './writer.ts';

export type { FormatOptions } from './writer.ts';

const WRITERS = {
  stdout: writeStdout,
  json: writeJson,
  tap: writeTap,
  table: writeTable,
  junit: writeJunit,
  github: writeGitHub,
  azuredevops: writeAzureDevOps,
  sarif: writeSarif,
} satisfies Record<string, ResultWriter>;

export type OutputFormat = keyof typeof WRITERS;

export const outputFormats = Object.keys(WRITERS) as readonly OutputFormat[];

export function isOutputFormat(name: string): name is OutputFormat {
  return Object.hasOwn(WRITERS, name);
}

/** @param options quiet: nothing at all when nothing failed or warned, default false */
export function formatResults(
  format: OutputFormat,
  results: readonly CheckResult[],
  options: FormatOptions & { readonly quiet?: boolean } = {},
): string {
  if (options.quiet === true) {
    const { failures, warnings } = countResults(results);
    if (failures + warnings === 0) return '';
  }
  return WRITERS[format](results, options);
}

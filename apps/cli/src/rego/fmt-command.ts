import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatModule, parseModule, type RegoFault } from '@sekisho/rego';
import type { PolicyFile } from '../check/policy-files.ts';
import type { CheckWorld } from '../check/world.ts';
import { ExitCode } from '../exit-code.ts';
import { RegoFaultsError } from './fault-report.ts';
import { readModules, textsOf } from './sources.ts';
import { unifiedDiff } from './unified-diff.ts';

export interface FmtFlags {
  readonly write?: boolean;
  readonly list?: boolean;
  readonly diff?: boolean;
  readonly fail?: boolean;
  readonly v0V1?: boolean;
  readonly regoV1?: boolean;
  readonly v0Compatible?: boolean;
}

const STDIN = 'stdin';

/** `sekisho rego fmt [PATH…]`: nothing is written when one of the files can't be parsed. */
export async function fmtCommand(
  paths: readonly string[],
  flags: FmtFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<number> {
  const files =
    paths.length === 0
      ? [{ file: STDIN, text: new TextDecoder().decode(await world.readStdin()) }]
      : await readModules(paths, world, signal);
  const formatted = formatAll(files, flags);
  const changed = formatted.filter(({ text, file }) => files.some((old) => old.file === file && old.text !== text));
  if (flags.write === true && paths.length > 0)
    for (const { file, text } of changed) await writeFile(resolve(world.cwd, file), text);
  if (flags.diff === true) {
    for (const { file, text } of changed)
      world.stdout(unifiedDiff(file, files.find((old) => old.file === file)?.text ?? '', text));
  } else if (flags.list === true) {
    for (const { file } of changed) world.stdout(`${file}\n`);
  } else if (flags.write !== true || paths.length === 0) {
    for (const { text } of formatted) world.stdout(text);
  }
  return flags.fail === true && changed.length > 0 ? ExitCode.notGood : ExitCode.ok;
}

/** @throws RegoFaultsError with the faults of all files */
function formatAll(files: readonly PolicyFile[], flags: FmtFlags): PolicyFile[] {
  const converts = flags.v0V1 === true || flags.regoV1 === true;
  const faults: RegoFault[] = [];
  const formatted = files.flatMap(({ file, text }) => {
    const parsed = parseModule(text, { file, version: converts || flags.v0Compatible === true ? 'v0' : 'v1' });
    faults.push(...parsed.faults);
    if (parsed.module === undefined) return [];
    return [{ file, text: formatModule(parsed.module, converts ? { source: text, to: 'v1' } : { source: text }) }];
  });
  if (faults.length > 0) throw new RegoFaultsError('policies', faults, textsOf(files));
  return formatted;
}

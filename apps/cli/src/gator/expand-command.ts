import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf, SekishoError } from '@sekisho/base';
import { gatorExpand } from '@sekisho/policy';
import { type FileFlags, readGatorFiles } from './gator-files.ts';
import type { GatorWorld } from './world.ts';
import { writeReport } from './write-report.ts';

export interface ExpandFlags extends FileFlags {
  readonly format: 'yaml' | 'json';
  readonly outputfile?: string;
}

/**
 * `gator expand`.
 *
 * @throws SekishoError GATOR_OUTPUT
 */
export async function expand(flags: ExpandFlags, world: GatorWorld, signal: AbortSignal): Promise<number> {
  const report = gatorExpand(await readGatorFiles(flags, world, signal), { format: flags.format });
  if (flags.outputfile === undefined || report.status !== 0) return writeReport(report, world);
  try {
    await writeFile(resolve(world.cwd, flags.outputfile), report.stdout, { signal });
  } catch (cause) {
    throw new SekishoError('GATOR_OUTPUT', `${flags.outputfile} can't be written: ${messageOf(cause)}`, { cause });
  }
  return writeReport({ ...report, stdout: '' }, world);
}

import { gatorTest } from '@sekisho/policy';
import { type FileFlags, readGatorFiles } from './gator-files.ts';
import type { GatorWorld } from './world.ts';
import { writeReport } from './write-report.ts';

export interface TestFlags extends FileFlags {
  readonly output?: 'default' | 'yaml' | 'json';
  readonly denyOnly?: boolean;
}

/** `gator test`: exit status 1 when something is denied. */
export async function test(flags: TestFlags, world: GatorWorld, signal: AbortSignal): Promise<number> {
  const files = await readGatorFiles(flags, world, signal);
  const output = flags.output === 'default' ? undefined : flags.output;
  return writeReport(gatorTest(files, { output, denyOnly: flags.denyOnly }), world);
}

import { gatorSyncTest } from '@sekisho/policy';
import { type FileFlags, readGatorFiles } from './gator-files.ts';
import type { GatorWorld } from './world.ts';
import { writeReport } from './write-report.ts';

export interface SyncTestFlags extends FileFlags {
  readonly forceOmitGvkManifest?: boolean;
}

/** `gator sync test`: exit status 1 when a template compares with kinds that are not synced. */
export async function syncTest(flags: SyncTestFlags, world: GatorWorld, signal: AbortSignal): Promise<number> {
  const files = await readGatorFiles(flags, world, signal);
  return writeReport(gatorSyncTest(files, { omitsManifest: flags.forceOmitGvkManifest }), world);
}

import type { GatorReport } from '@sekisho/policy';
import type { CheckWorld } from '../check/world.ts';

/** Gives the exit status. */
export function writeReport({ status, stdout, stderr }: GatorReport, world: CheckWorld): number {
  if (stdout !== '') world.stdout(stdout);
  if (stderr !== '') world.stderr(stderr);
  return status;
}

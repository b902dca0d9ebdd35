import type { CheckWorld } from '../check/world.ts';
import { readSources, type Sources } from './sources.ts';

/** What `--data`, `--bundle` and `--ignore` name. */
export interface SourceFlags {
  readonly data?: readonly string[];
  readonly bundle?: readonly string[];
  readonly ignore?: readonly string[];
}

/** Files, folders and bundles together. */
export async function readAllSources(flags: SourceFlags, world: CheckWorld, signal: AbortSignal): Promise<Sources> {
  return readSources([...(flags.data ?? []), ...(flags.bundle ?? [])], flags.ignore ?? [], world, signal);
}

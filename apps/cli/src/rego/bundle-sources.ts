import { SekishoError } from '@sekisho/base';
import { mergeBundles, mergeDocuments, type PlainObject } from '@sekisho/rego';
import type { CheckWorld } from '../check/world.ts';
import { bundleError, findBundle, openBundle } from './bundle-files.ts';
import { ignoreFilter } from './ignore-patterns.ts';
import { readSources, type Sources } from './sources.ts';

/** What `--data`, `--bundle` and `--ignore` name. */
export interface SourceFlags {
  readonly data?: readonly string[];
  readonly bundle?: readonly string[];
  readonly ignore?: readonly string[];
  readonly v0Compatible?: boolean;
}

/**
 * Files, folders and bundles together. Signatures of bundles are not looked at.
 *
 * @throws SekishoError REGO_BUNDLE, and what {@link readSources} throws
 */
export async function readAllSources(flags: SourceFlags, world: CheckWorld, signal: AbortSignal): Promise<Sources> {
  const ignore = flags.ignore ?? [];
  const loose = await readSources(flags.data ?? [], ignore, world, signal);
  const paths = flags.bundle ?? [];
  if (paths.length === 0) return loose;
  const bundles = [];
  for (const path of paths) {
    const found = await findBundle(path, world, signal, ignoreFilter(ignore));
    bundles.push({ name: path, bundle: openBundle(found, { version: flags.v0Compatible === true ? 'v0' : 'v1' }) });
  }
  const { bundle, faults } = mergeBundles(bundles);
  if (bundle === undefined) throw bundleError(paths.join(', '), faults);
  const data: Record<string, unknown> = {};
  for (const part of [loose.data, bundle.data])
    if (!mergeDocuments(data, part))
      throw new SekishoError('CHECK_DATA', 'A file of --data and a bundle hold different values for one name.', {
        hint: 'Put the file elsewhere: --data NAME:FILE.',
      });
  return { modules: [...loose.modules, ...bundle.modules], data: data as PlainObject };
}

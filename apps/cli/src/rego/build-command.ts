import { writeFile } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { SekishoError } from '@sekisho/base';
import { type Bundle, mergeBundles, optimizeBundle, pruneBundle, writeBundle } from '@sekisho/rego';
import type { CheckWorld } from '../check/world.ts';
import { ExitCode } from '../exit-code.ts';
import { bundleError, findBundle, openBundle } from './bundle-files.ts';
import { ignoreFilter } from './ignore-patterns.ts';
import { type SigningFlags, signatures, type VerificationFlags, verificationOf } from './signing.ts';
import { type CompileFlags, compileSources, readSources } from './sources.ts';
import { tarGz } from './tar.ts';

export interface BuildFlags extends CompileFlags, SigningFlags, VerificationFlags {
  readonly bundle?: boolean;
  readonly ignore?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly optimize: '0' | '1' | '2';
  readonly pruneUnused?: boolean;
  readonly output: string;
  readonly revision?: string;
  readonly target: 'rego' | 'wasm' | 'plan';
}

/** `sekisho rego build PATH…`: nothing is written unless the policies compile. */
export async function buildCommand(
  paths: readonly string[],
  flags: BuildFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<number> {
  if (flags.target !== 'rego')
    throw new SekishoError('USAGE', `--target ${flags.target} is not supported.`, {
      hint: 'Bundles hold Rego: --target rego.',
    });
  const entrypoints = flags.entrypoint ?? [];
  if (entrypoints.length === 0 && (flags.optimize !== '0' || flags.pruneUnused === true))
    throw new SekishoError('USAGE', 'Which rules will be asked for is not known.', {
      hint: 'Name them: --entrypoint main/allow.',
    });
  const given =
    flags.bundle === true ? await bundled(paths, flags, world, signal) : await loose(paths, flags, world, signal);
  const policy = await compileSources(given, flags, world, signal);
  for (const entrypoint of entrypoints)
    if (policy.entrypoint(entrypoint.split('/')) === undefined)
      throw new SekishoError('REGO_ENTRYPOINT', `There is no rule at the entrypoint ${entrypoint}.`, {
        hint: 'It is written with slashes: main/allow for data.main.allow.',
      });
  const bundle = rewritten(given, entrypoints, flags);
  const manifest = flags.revision === undefined ? bundle.manifest : { ...bundle.manifest, revision: flags.revision };
  const { files, faults } = writeBundle({ ...bundle, manifest });
  if (files === undefined) throw bundleError(flags.output, faults);
  if (flags.signingKey !== undefined) files.set('/.signatures.json', await signatures(files, flags, world));
  await writeFile(resolve(world.cwd, flags.output), tarGz(files));
  return ExitCode.ok;
}

/** The bundle with its rules made smaller for the entrypoints, as far as the flags ask for it. */
function rewritten(given: Bundle, entrypoints: readonly string[], flags: BuildFlags): Bundle {
  let bundle = given;
  if (flags.optimize !== '0') {
    const optimized = optimizeBundle(bundle, { entrypoints, level: flags.optimize === '1' ? 1 : 2 });
    if (optimized.bundle === undefined) throw bundleError(flags.output, optimized.faults);
    bundle = optimized.bundle;
  }
  if (flags.pruneUnused !== true) return bundle;
  const pruned = pruneBundle(bundle, entrypoints);
  if (pruned.bundle === undefined) throw bundleError(flags.output, pruned.faults);
  return pruned.bundle;
}

async function bundled(
  paths: readonly string[],
  flags: BuildFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<Bundle> {
  const verify = await verificationOf(flags, world);
  const version = flags.v0Compatible === true ? 'v0' : 'v1';
  const bundles = [];
  for (const path of paths) {
    const found = await findBundle(path, world, signal, ignoreFilter(flags.ignore ?? []));
    const bundle = openBundle(found, { version, ...(verify === undefined ? {} : { verify }) });
    bundles.push({ name: found.isArchive ? '' : insidePath(path, world), bundle });
  }
  const { bundle, faults } = mergeBundles(bundles);
  if (bundle === undefined) throw bundleError(paths.join(', '), faults);
  return bundle;
}

async function loose(
  paths: readonly string[],
  flags: BuildFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<Bundle> {
  const { modules, data } = await readSources(paths, flags.ignore ?? [], world, signal);
  const version = flags.v0Compatible === true ? 'v0' : 'v1';
  return {
    manifest: { revision: '', roots: [''] },
    data,
    modules: modules.map(({ file, text }) => ({ file: insidePath(file, world), text, version })),
    isSigned: false,
  };
}

/** The way from the current folder; what lies beside it is as if it lay in it. */
function insidePath(path: string, world: CheckWorld): string {
  const parts = relative(world.cwd, resolve(world.cwd, path)).split(sep);
  return parts.filter((part) => part !== '..' && part !== '').join('/');
}

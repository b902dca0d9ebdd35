import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SekishoError } from '@sekisho/base';
import { compilePolicy, type PlainObject, type Policy, type RegoVersion } from '@sekisho/rego';
import { readData, splitPrefix } from '../check/data-files.ts';
import { makeNumber } from '../check/exact-number.ts';
import { type PolicyFile, readPolicies } from '../check/policy-files.ts';
import { readCapabilities } from '../check/rego-policy.ts';
import type { CheckWorld } from '../check/world.ts';
import { RegoFaultsError } from './fault-report.ts';
import { ignoreFilter } from './ignore-patterns.ts';
import { readSchemas } from './schemas.ts';

/** Flags that say how policies are compiled. */
export interface CompileFlags {
  readonly schema?: string;
  readonly capabilities?: string;
  readonly strict?: boolean;
  readonly v0Compatible?: boolean;
  readonly maxErrors?: string;
  /** Policies are evaluated in part: what they print would be left over. */
  readonly partial?: boolean;
}

/** Policies and data as they were read. */
export interface Sources {
  readonly modules: readonly RegoFile[];
  readonly data: PlainObject;
}

/** A policy; of a bundle with the syntax that its manifest says. */
interface RegoFile extends PolicyFile {
  readonly version?: RegoVersion;
}

/**
 * Reads `.rego`, JSON and YAML files and folders of them, as `opa eval --data` does: data of a folder stands under the names of
 * the folders in it; `a.b:PATH` puts it under `a.b`.
 *
 * @throws SekishoError PATH_MISSING, REGO_FILE_KIND, CHECK_DATA, CHECK_FILE_TOO_LARGE, CHECK_NOT_TEXT
 */
export async function readSources(
  paths: readonly string[],
  ignore: readonly string[],
  world: CheckWorld,
  signal: AbortSignal,
): Promise<Sources> {
  const named = paths.map((path) => splitPrefix(path).path);
  for (const path of named) await refuseOtherKinds(resolve(world.cwd, path), path);
  const options = { cwd: world.cwd, signal, accept: ignoreFilter(ignore) };
  const modules = await readPolicies(named, { ...options, withTests: true, mayBeNone: true });
  const data = (await readData(paths, { ...options, makeNumber })) as PlainObject;
  return { modules, data };
}

/**
 * Reads policies alone.
 *
 * @throws SekishoError CHECK_NO_POLICY, and what {@link readSources} throws
 */
export async function readModules(
  paths: readonly string[],
  world: CheckWorld,
  signal: AbortSignal,
): Promise<readonly PolicyFile[]> {
  for (const path of paths) await refuseOtherKinds(resolve(world.cwd, path), path);
  const modules = await readPolicies(paths, { cwd: world.cwd, signal, withTests: true, mayBeNone: true });
  if (modules.length === 0) throw noPolicy(paths);
  return modules;
}

export function noPolicy(paths: readonly string[]): SekishoError {
  return new SekishoError('CHECK_NO_POLICY', `There is no policy in ${paths.join(', ')}.`, {
    hint: 'Name files that end in .rego, or folders with some.',
  });
}

async function refuseOtherKinds(absolute: string, path: string): Promise<void> {
  const info = await stat(absolute).catch((cause: unknown) => {
    throw new SekishoError('PATH_MISSING', `There is nothing at ${path}.`, {
      cause,
      hint: 'Name a folder or a file of this machine.',
    });
  });
  if (!info.isFile() || /\.(?:rego|json|ya?ml)$/i.test(path)) return;
  const hint = /\.(?:tar\.gz|tgz)$/.test(path)
    ? 'A bundle is named by --bundle.'
    : 'Policies end in .rego, data in .json or .yaml.';
  throw new SekishoError('REGO_FILE_KIND', `${path} is neither a policy nor data.`, { hint });
}

/** @throws RegoFaultsError with all faults */
export async function compileSources(
  { modules, data }: Sources,
  flags: CompileFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<Policy> {
  const schemas = flags.schema === undefined ? undefined : await readSchemas(flags.schema, world, signal);
  const capabilities = await readCapabilities(flags.capabilities, world.cwd);
  const { policy, faults } = compilePolicy({
    modules,
    data,
    version: flags.v0Compatible === true ? 'v0' : 'v1',
    strict: flags.strict === true,
    enablePrint: flags.partial !== true,
    ...(schemas === undefined ? {} : { schemas }),
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(flags.maxErrors === undefined ? {} : { errorLimit: Number(flags.maxErrors) }),
  });
  if (policy === undefined) throw new RegoFaultsError('policies', faults, textsOf(modules));
  return policy;
}

/** Texts by file, for faults. */
export function textsOf(modules: readonly PolicyFile[]): Map<string, string> {
  return new Map(modules.map(({ file, text }) => [file, text]));
}

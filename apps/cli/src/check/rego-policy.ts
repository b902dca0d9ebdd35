import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SekishoError } from '@sekisho/base';
import {
  compilePolicy,
  type EvaluateOptions,
  formatFaults,
  type Module,
  type OutsideWorld,
  type PlainObject,
  type Policy,
  type RegoFault,
} from '@sekisho/rego';
import { configBuiltins } from './config-builtins.ts';
import { readData } from './data-files.ts';
import { makeNumber } from './exact-number.ts';
import { outsideWorld } from './outside-world.ts';
import { type PolicyFile, readPolicies } from './policy-files.ts';
import type { CheckSettings } from './settings.ts';
import type { CheckWorld } from './world.ts';

/** Policies with their data, ready to be evaluated. */
export interface LoadedPolicy {
  readonly policy: Policy;
  readonly files: readonly PolicyFile[];
  readonly data: PlainObject;
  /** What all evaluations have in common. */
  readonly options: EvaluateOptions;
  /** Longest evaluation, in milliseconds. */
  readonly evaluationMs: number;
}

/**
 * Reads and compiles policies and reads their data.
 *
 * @throws SekishoError CHECK_POLICY with all faults of the policies; what reading throws
 */
export async function loadPolicy(
  settings: CheckSettings,
  options: {
    readonly world: CheckWorld;
    readonly signal: AbortSignal;
    readonly withTests: boolean;
    readonly paths?: readonly string[];
  },
): Promise<LoadedPolicy> {
  const { world, signal, withTests } = options;
  const { cwd } = world;
  const files = await readPolicies([...settings.policy, ...(options.paths ?? [])], { cwd, signal, withTests });
  const data = (await readData(settings.data, { cwd, signal, makeNumber })) as PlainObject;
  const builtins = await configBuiltins(files, cwd);
  const capabilities = await readCapabilities(settings.capabilities, cwd);
  for (const { name } of builtins) capabilities?.add(name);
  const { policy, faults } = compilePolicy({
    modules: files,
    version: settings.regoVersion,
    strict: settings.strict,
    extraBuiltins: builtins,
    enablePrint: true,
    ...(capabilities === undefined ? {} : { capabilities }),
  });
  if (policy === undefined) throw policyFaults(faults, files);
  const outside: OutsideWorld = outsideWorld(settings.allowNet, world);
  const evaluation = { signal, strictBuiltinErrors: settings.showBuiltinErrors, outside };
  return { policy, files, data, options: evaluation, evaluationMs: settings.evaluationMs };
}

/**
 * `1 error occurred: policy/a.rego:3:5: rego_type_error: undefined function foo`, with the line and a caret below.
 *
 * @param files  texts of the policies
 */
export function policyFaults(faults: readonly RegoFault[], files: readonly PolicyFile[] = []): SekishoError {
  const text = formatFaults(faults, new Map(files.map((file) => [file.file, file.text])));
  const count = faults.length === 1 ? '1 error occurred: ' : `${faults.length} errors occurred:\n`;
  const isOld = faults.some(({ message }) => /^`(?:if|contains)` keyword is required/.test(message));
  return new SekishoError('CHECK_POLICY', `load: loading policies: ${count}${text}`, {
    ...(isOld ? { hint: 'Policies in the syntax from before OPA 1.0 are read with --rego-version v0.' } : {}),
  });
}

/** Names of the packages of modules, without `data.`. */
export function packageName(module: Module): string {
  return module.package.path.join('.');
}

/** Names of the built-ins that a file of capabilities allows. */
export async function readCapabilities(path: string | undefined, cwd: string): Promise<Set<string> | undefined> {
  if (path === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(await readFile(resolve(cwd, path), 'utf8'));
  } catch (cause) {
    throw new SekishoError('CHECK_CAPABILITIES', `load capabilities: ${path} can't be read as JSON.`, { cause });
  }
  const builtins = (value as { builtins?: unknown } | null)?.builtins;
  if (!Array.isArray(builtins)) {
    throw new SekishoError('CHECK_CAPABILITIES', `load capabilities: ${path} has no list of builtins.`, {
      hint: 'It is a file as `opa capabilities` prints it.',
    });
  }
  return new Set(builtins.map((builtin: { name?: unknown } | null) => String(builtin?.name)));
}

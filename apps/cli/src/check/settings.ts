import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatDiagnostic, SekishoError } from '@sekisho/base';
import { formatOfPath, parseConfig } from '@sekisho/config-format';
import { isOutputFormat, type OutputFormat, outputFormats } from '@sekisho/conftest';
import { durationMs } from '../duration.ts';
import { SETTINGS, type Setting, type SettingName, splitList } from './flags.ts';
import type { CheckWorld } from './world.ts';

/** All that a command line, the environment and the config file say, with defaults. */
export interface CheckSettings {
  readonly policy: readonly string[];
  readonly namespaces: readonly string[] | undefined;
  readonly allNamespaces: boolean;
  readonly data: readonly string[];
  readonly combine: boolean;
  readonly parser: string | undefined;
  readonly ignore: string | undefined;
  readonly output: OutputFormat;
  readonly failOnWarn: boolean;
  readonly noFail: boolean;
  readonly suppressExceptions: boolean;
  readonly trace: boolean;
  readonly strict: boolean;
  readonly showBuiltinErrors: boolean;
  readonly capabilities: string | undefined;
  readonly regoVersion: 'v0' | 'v1';
  readonly update: readonly string[];
  readonly protoFileDirs: readonly string[];
  readonly stdinFilename: string;
  readonly junitHideMessage: boolean;
  readonly githubHidePassed: boolean;
  readonly tls: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  readonly report: 'full' | 'notes' | 'fails' | undefined;
  readonly varValues: boolean;
  readonly allowNet: readonly string[];
  /** Longest evaluation of one document, in milliseconds. */
  readonly evaluationMs: number;
}

/** Flags as commander gives them. */
export type GivenFlags = Readonly<Record<string, unknown>>;

/** Far more than any honest policy needs. */
const DEFAULT_EVALUATION_MS = 300_000;
/** A config file is short. */
const MAX_CONFIG_BYTES = 1024 * 1024;

/**
 * What was set: by a flag, else by `CONFTEST_…` in the environment, else in the config file (`--config-file`, else conftest.toml of the
 * current folder), else by default.
 *
 * @throws SekishoError USAGE when a setting has no such value, CHECK_CONFIG when the config file can't be read
 */
export async function resolveSettings(flags: GivenFlags, world: CheckWorld): Promise<CheckSettings> {
  const file = await readConfigFile(textOf(flags['configFile']), world);
  const find = (name: SettingName) => settingValue(SETTINGS[name], flags, world.env, file);
  const text = (name: SettingName) => {
    const value = textOf(find(name));
    return value === '' ? undefined : value;
  };
  const list = (name: SettingName) => listOf(find(name), name);
  const boolean = (name: SettingName) => booleanOf(find(name), name);
  return {
    policy: list('policy') ?? ['policy'],
    namespaces: list('namespace'),
    allNamespaces: boolean('all-namespaces') ?? false,
    data: list('data') ?? [],
    combine: boolean('combine') ?? false,
    parser: text('parser'),
    ignore: text('ignore'),
    output: outputFormat(text('output') ?? 'stdout'),
    failOnWarn: boolean('fail-on-warn') ?? false,
    noFail: boolean('no-fail') ?? false,
    suppressExceptions: boolean('suppress-exceptions') ?? false,
    trace: boolean('trace') ?? false,
    strict: boolean('strict') ?? false,
    showBuiltinErrors: boolean('show-builtin-errors') ?? false,
    capabilities: text('capabilities'),
    regoVersion: oneOf(text('rego-version') ?? 'v1', ['v0', 'v1'] as const, 'rego-version'),
    update: list('update') ?? [],
    protoFileDirs: list('proto-file-dirs') ?? [],
    stdinFilename: text('stdin-filename') ?? '-',
    junitHideMessage: boolean('junit-hide-message') ?? false,
    githubHidePassed: boolean('github-hide-passed') ?? false,
    tls: boolean('tls') ?? true,
    quiet: boolean('quiet') ?? false,
    color:
      flags['color'] !== false &&
      boolean('no-color') !== true &&
      (world.env['NO_COLOR'] ?? '') === '' &&
      world.isTerminal,
    report: reportDetail(text('report')),
    varValues: boolean('var-values') ?? false,
    allowNet: list('allow-net') ?? [],
    evaluationMs: durationMs(textOf(flags['timeout']) ?? '') ?? DEFAULT_EVALUATION_MS,
  };
}

function settingValue(
  setting: Setting,
  flags: GivenFlags,
  env: CheckWorld['env'],
  file: Readonly<Record<string, unknown>>,
): unknown {
  const flag = flags[camelCase(setting.name)];
  // `--no-tls` and `--no-color`: commander says yes to what was not said.
  if (flag !== undefined && !(flag === true && setting.isOn === true)) return flag;
  if (setting.name.startsWith('no-') && flags[camelCase(setting.name.slice(3))] === false) return true;
  const variable = env[`CONFTEST_${setting.name.toUpperCase().replaceAll('-', '_')}`];
  if (variable !== undefined && variable !== '') return variable;
  return Object.hasOwn(file, setting.name) ? file[setting.name] : undefined;
}

async function readConfigFile(
  given: string | undefined,
  world: CheckWorld,
): Promise<Readonly<Record<string, unknown>>> {
  const name = given ?? 'conftest.toml';
  let content: Uint8Array;
  try {
    content = await readFile(resolve(world.cwd, name));
  } catch (cause) {
    if (given === undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new SekishoError('CHECK_CONFIG', `The config file ${name} can't be read.`, {
      cause,
      hint: 'Name a file that exists with --config-file.',
    });
  }
  const format = formatOfPath(name) ?? 'toml';
  const { documents, diagnostics } = await parseConfig(format, content, { file: name, maxBytes: MAX_CONFIG_BYTES });
  const fault = diagnostics.find(({ severity }) => severity === 'error');
  if (fault !== undefined) throw new SekishoError('CHECK_CONFIG', `read in config: ${formatDiagnostic(fault)}`);
  const value = documents[0]?.value;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

function listOf(value: unknown, name: string): string[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return value.map(String);
  if (typeof value === 'string') return splitList(value);
  throw usage(`${name} must be a list of texts.`);
}

const YES = new Set(['1', 't', 'true']);
const NO = new Set(['0', 'f', 'false', '']);

function booleanOf(value: unknown, name: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  const text = String(value).toLowerCase();
  if (YES.has(text)) return true;
  if (NO.has(text)) return false;
  throw usage(`${name} must be true or false, not ${JSON.stringify(value)}.`);
}

function outputFormat(name: string): OutputFormat {
  if (isOutputFormat(name)) return name;
  throw usage(`There is no output format ${JSON.stringify(name)}.`, `Known: ${outputFormats.join(', ')}.`);
}

function reportDetail(name: string | undefined): CheckSettings['report'] {
  return name === undefined ? undefined : oneOf(name, ['full', 'notes', 'fails'] as const, 'report');
}

function oneOf<T extends string>(value: string, known: readonly T[], name: string): T {
  const found = known.find((item) => item === value);
  if (found !== undefined) return found;
  throw usage(`${name} must be one of ${known.join(', ')}, not ${JSON.stringify(value)}.`);
}

function usage(message: string, hint?: string): SekishoError {
  return new SekishoError('USAGE', message, hint === undefined ? {} : { hint });
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

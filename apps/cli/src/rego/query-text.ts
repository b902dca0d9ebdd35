import { resolve } from 'node:path';
import { formatDiagnostic, SekishoError } from '@sekisho/base';
import { parseConfig } from '@sekisho/config-format';
import { type Body, type Import, type Policy, parseModule, parseQuery, type Query, type Value } from '@sekisho/rego';
import { readBounded } from '../check/disk.ts';
import { makeNumber } from '../check/exact-number.ts';
import type { CheckWorld } from '../check/world.ts';
import { RegoFaultsError } from './fault-report.ts';

/** Flags of commands that ask a query. */
export interface QueryFlags {
  readonly stdin?: boolean;
  readonly input?: string;
  readonly stdinInput?: boolean;
  readonly import?: readonly string[];
  readonly package?: string;
  readonly v0Compatible?: boolean;
}

const MAX_INPUT_BYTES = 256 * 1024 * 1024;

/** The query of the command line or of standard input. @throws SekishoError USAGE */
export async function queryText(args: readonly string[], flags: QueryFlags, world: CheckWorld): Promise<string> {
  if (flags.stdin === true && flags.stdinInput === true)
    throw new SekishoError('USAGE', 'Standard input is either the query (--stdin) or the input (--stdin-input).');
  if (args.length > (flags.stdin === true ? 0 : 1))
    throw new SekishoError('USAGE', 'There is more than one query.', {
      hint: 'Put it in quotes, or give it by --stdin.',
    });
  const text = flags.stdin === true ? new TextDecoder().decode(await world.readStdin()) : args[0];
  if (text !== undefined && text.trim() !== '') return text;
  throw new SekishoError('USAGE', 'There is no query.', {
    hint: "For example: sekisho rego eval -d policy 'data.main.deny'",
  });
}

/** The input document: JSON or YAML of a file or standard input. @throws SekishoError USAGE, PATH_MISSING, REGO_INPUT */
export async function readInput(flags: QueryFlags, world: CheckWorld): Promise<Value | undefined> {
  if (flags.input === undefined && flags.stdinInput !== true) return undefined;
  if (flags.input !== undefined && flags.stdinInput === true)
    throw new SekishoError('USAGE', 'The input is given by --input or by --stdin-input, not both.');
  const file = flags.stdinInput === true ? '-' : (flags.input ?? '');
  const content =
    file === '-'
      ? await world.readStdin()
      : await readBounded({ path: file, absolute: resolve(world.cwd, file) }, MAX_INPUT_BYTES);
  const format = file.toLowerCase().endsWith('.json') ? 'json' : 'yaml';
  const { documents, diagnostics } = await parseConfig(format, content, {
    file,
    maxBytes: MAX_INPUT_BYTES,
    makeNumber,
  });
  const fault = diagnostics.find(({ severity }) => severity === 'error');
  if (fault !== undefined) throw new SekishoError('REGO_INPUT', `The input can't be read: ${formatDiagnostic(fault)}`);
  return documents[0]?.value as Value | undefined;
}

/** A query that was prepared. */
export interface PreparedQuery {
  readonly query: Query;
  readonly body: Body;
  readonly text: string;
}

/** @throws RegoFaultsError, SekishoError USAGE */
export function prepareQuery(policy: Policy, text: string, flags: QueryFlags): PreparedQuery {
  const version = flags.v0Compatible === true ? 'v0' : 'v1';
  const sources = new Map([['', text]]);
  const imports = importsOf(flags.import ?? []);
  const names = (flags.import ?? []).map((name) => name.split(/\s+as\s+/)[0] ?? name);
  const { body, faults } = parseQuery(text, { version, imports: names });
  if (body === undefined || faults.length > 0) throw new RegoFaultsError('query', faults, sources);
  const packagePath = flags.package === undefined ? undefined : packageOf(flags.package);
  const prepared = policy.prepareQuery(text, { imports, ...(packagePath === undefined ? {} : { packagePath }) });
  if (prepared.query === undefined) throw new RegoFaultsError('query', prepared.faults, sources);
  return { query: prepared.query, body, text };
}

function importsOf(names: readonly string[]): readonly Import[] {
  return names.flatMap((name) => {
    const text = `package query\nimport ${name}`;
    const { module, faults } = parseModule(text, { file: '--import' });
    if (module === undefined || module.imports.length !== 1)
      throw new SekishoError('USAGE', `--import ${name}: ${faults[0]?.message ?? 'it is not one import'}`, {
        hint: 'For example: --import data.lib, --import "input.request as request"',
      });
    return module.imports;
  });
}

function packageOf(name: string): readonly string[] {
  const { module } = parseModule(`package ${name.replace(/^data\./, '')}`, { file: '--package' });
  if (module === undefined) throw new SekishoError('USAGE', `--package ${name} is not the name of a package.`);
  return module.package.path;
}

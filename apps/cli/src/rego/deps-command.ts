import { neededDocuments } from '@sekisho/rego';
import type { CheckWorld } from '../check/world.ts';
import { ExitCode } from '../exit-code.ts';
import { boxTable } from './box-table.ts';
import { readAllSources, type SourceFlags } from './bundle-sources.ts';
import { indentJson } from './json-text.ts';
import { prepareQuery, queryText } from './query-text.ts';
import { compileSources } from './sources.ts';

export interface DepsFlags extends SourceFlags {
  readonly format: 'pretty' | 'json';
  readonly v0Compatible?: boolean;
}

/** `sekisho rego deps QUERY` */
export async function depsCommand(
  args: readonly string[],
  flags: DepsFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<number> {
  const text = await queryText(args, {}, world);
  const version = flags.v0Compatible === undefined ? {} : { v0Compatible: flags.v0Compatible };
  const policy = await compileSources(await readAllSources(flags, world, signal), version, world, signal);
  const { query } = prepareQuery(policy, text, version);
  const { base, virtual } = neededDocuments(policy.compiled, query.compiled);
  if (flags.format === 'json') {
    const answer = {
      ...(base.length === 0 ? {} : { base: base.map(refJson) }),
      ...(virtual.length === 0 ? {} : { virtual: virtual.map(refJson) }),
    };
    world.stdout(`${indentJson(JSON.stringify(answer))}\n`);
    return ExitCode.ok;
  }
  const columns = [
    { title: 'BASE DOCUMENTS', paths: base },
    { title: 'VIRTUAL DOCUMENTS', paths: virtual },
  ].filter(({ paths }) => paths.length > 0);
  const height = Math.max(base.length, virtual.length);
  const rows = Array.from({ length: height }, (_, row) =>
    columns.map(({ paths }) => (paths[row] === undefined ? '' : dotted(paths[row]))),
  );
  if (height > 0) world.stdout(`${boxTable(rows, { header: columns.map(({ title }) => title) })}\n`);
  return ExitCode.ok;
}

function refJson(path: readonly string[]): object[] {
  return path.map((value, index) => ({ type: index === 0 ? 'var' : 'string', value }));
}

/** `data.a["b-c"]` */
export function dotted(path: readonly string[]): string {
  return path
    .map((name, index) => (index === 0 ? name : /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`))
    .join('');
}

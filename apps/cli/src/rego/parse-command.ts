import { SekishoError } from '@sekisho/base';
import { moduleToJson, parseModule, toJson } from '@sekisho/rego';
import type { CheckWorld } from '../check/world.ts';
import { ExitCode } from '../exit-code.ts';
import { RegoFaultsError } from './fault-report.ts';
import { indentJson } from './json-text.ts';
import { readModules } from './sources.ts';
import { syntaxTreeText } from './syntax-tree-text.ts';

export interface ParseFlags {
  readonly format: 'pretty' | 'json';
  readonly jsonInclude: string;
  readonly v0Compatible?: boolean;
}

/** `sekisho rego parse FILE` */
export async function parseCommand(
  [path = '']: readonly string[],
  flags: ParseFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<number> {
  const include = includedParts(flags.jsonInclude);
  const [policy] = await readModules([path], world, signal);
  const { file = path, text = '' } = policy ?? {};
  const { module, faults } = parseModule(text, { file, version: flags.v0Compatible === true ? 'v0' : 'v1' });
  if (module === undefined) throw new RegoFaultsError('policies', faults, new Map([[file, text]]));
  if (flags.format === 'pretty') world.stdout(syntaxTreeText(module));
  else {
    const json = moduleToJson(module, {
      comments: include.has('comments'),
      ...(include.has('locations') ? { locationsOf: text } : {}),
    });
    world.stdout(`${indentJson(toJson(json))}\n`);
  }
  return ExitCode.ok;
}

/** `locations,-comments`: comments are there unless they are taken out. @throws SekishoError USAGE */
function includedParts(text: string): ReadonlySet<string> {
  const parts = new Set(['comments']);
  for (const item of text.split(',')) {
    const name = item.trim().replace(/^[+-]/, '');
    if (name !== 'locations' && name !== 'comments')
      throw new SekishoError('USAGE', `--json-include ${name} is unknown.`, { hint: 'It is locations or comments.' });
    if (item.trim().startsWith('-')) parts.delete(name);
    else parts.add(name);
  }
  return parts;
}

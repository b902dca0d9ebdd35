import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SekishoError } from '@sekisho/base';
import { inFlagOrder, type ValuesLayer } from '@sekisho/helm';
import type { CheckWorld } from '../check/world.ts';
import { usageError } from './fault-report.ts';

export interface ValuesFlags {
  readonly values?: readonly string[];
  readonly set?: readonly string[];
  readonly setString?: readonly string[];
  readonly setFile?: readonly string[];
  readonly setJson?: readonly string[];
  readonly setLiteral?: readonly string[];
}

const MAX_VALUES_BYTES = 10 * 1024 * 1024;

/** The values of a command line, in the order in which they count. @throws SekishoError USAGE | FILE_NOT_READ */
export async function readValuesFlags(flags: ValuesFlags, world: CheckWorld): Promise<ValuesLayer[]> {
  const layers: ValuesLayer[] = [];
  for (const file of flags.values ?? []) layers.push({ type: 'file', file, text: await readValuesFile(file, world) });
  for (const expression of flags.setJson ?? []) layers.push({ type: 'set-json', expression });
  for (const expression of flags.set ?? []) layers.push({ type: 'set', expression });
  for (const expression of flags.setString ?? []) layers.push({ type: 'set-string', expression });
  for (const expression of flags.setFile ?? []) {
    layers.push({ type: 'set-file', expression, files: await filesOf(expression, world) });
  }
  for (const expression of flags.setLiteral ?? []) layers.push({ type: 'set-literal', expression });
  return inFlagOrder(layers);
}

async function readValuesFile(file: string, world: CheckWorld): Promise<string> {
  if (file.trim() === '-') return new TextDecoder().decode(await world.readStdin());
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(file)) {
    throw usageError(`values are read from files, not from ${file}`, 'Fetch them first, and name the file.');
  }
  const text = await readIfFile(resolve(world.cwd, file));
  if (text === undefined) throw new SekishoError('FILE_NOT_READ', `open ${file}: no such file or directory`);
  return text;
}

/** What the paths of `name=path,other=path` hold. Which parts are paths the grammar decides: others are no files, or not asked for. */
async function filesOf(expression: string, world: CheckWorld): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const parts = expression.match(/(?:\\.|[^\\,={}])+/gs) ?? [];
  for (const part of parts) {
    const path = part.replace(/\\(.)/gs, '$1');
    const text = await readIfFile(resolve(world.cwd, path));
    if (text !== undefined) files[path] = text;
  }
  return files;
}

async function readIfFile(path: string): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined || info.isDirectory()) return undefined;
  if (info.size > MAX_VALUES_BYTES) {
    throw new SekishoError('FILE_NOT_READ', `${path} has ${info.size} bytes; the limit is ${MAX_VALUES_BYTES}.`);
  }
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new SekishoError('FILE_NOT_READ', `${path} can't be read.`, { cause });
  });
}

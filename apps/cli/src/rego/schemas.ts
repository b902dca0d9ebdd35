import { SekishoError } from '@sekisho/base';
import { findFiles, readBounded } from '../check/disk.ts';
import type { CheckWorld } from '../check/world.ts';

const MAX_SCHEMA_BYTES = 16 * 1024 * 1024;

/**
 * JSON schemas for the type checker: one file is about all input; files of a folder have the names that annotations use
 * (`schema.kubernetes.pod` for `kubernetes/pod.json`).
 *
 * @throws SekishoError PATH_MISSING, REGO_SCHEMA
 */
export async function readSchemas(
  path: string,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, unknown>> {
  const { isFolder, files } = await findFiles(path, { cwd: world.cwd, signal });
  const schemas = new Map<string, unknown>();
  for (const file of files) {
    if (isFolder && !file.path.endsWith('.json')) continue;
    const text = (await readBounded(file, MAX_SCHEMA_BYTES)).toString('utf8');
    const names = file.path.slice(path.replace(/\/+$/, '').length + 1, -'.json'.length).split('/');
    try {
      schemas.set(isFolder ? ['schema', ...names].join('.') : 'schema', JSON.parse(text));
    } catch (cause) {
      throw new SekishoError('REGO_SCHEMA', `The schema ${file.path} is not JSON.`, { cause });
    }
  }
  return schemas;
}

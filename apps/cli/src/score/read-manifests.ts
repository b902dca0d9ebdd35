import { type Diagnostic, formatDiagnostic, type Origin, parseYamlDocuments, SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { PolicyObject } from '@sekisho/policy';
import { type FoundFile, findFiles, readBounded } from '../check/disk.ts';
import type { CheckWorld } from '../check/world.ts';

const MAX_FILE_BYTES = 64 * 1024 * 1024;
const manifestName = /\.(?:ya?ml|json)$/i;

/** An object, and where its parts are written. */
export interface ManifestObject extends PolicyObject {
  readonly origin: Origin;
  /** Of the last part of the path that is there. */
  readonly originOf: (path: readonly (string | number)[]) => Origin;
}

/**
 * The Kubernetes objects of files, of the manifests in folders, and of standard input (`-`); those of a List one by one.
 *
 * @throws SekishoError CHECK_INPUT with every fault of every file, CHECK_NO_FILES, PATH_MISSING, CHECK_FILE_TOO_LARGE
 */
export async function readManifests(
  paths: readonly string[],
  world: CheckWorld,
  signal: AbortSignal,
): Promise<readonly ManifestObject[]> {
  const objects: ManifestObject[] = [];
  const faults: Diagnostic[] = [];
  for (const file of await findManifests(paths, world, signal)) {
    signal.throwIfAborted();
    const content = file.path === '-' ? await world.readStdin() : await readBounded(file, MAX_FILE_BYTES);
    readObjects(Buffer.from(content).toString('utf8'), file.path === '-' ? 'STDIN' : file.path, objects, faults);
  }
  if (faults.length > 0) {
    const count = faults.length === 1 ? '' : `${faults.length} faults:\n`;
    throw new SekishoError('CHECK_INPUT', `${count}${faults.map(formatDiagnostic).join('\n')}`, {
      details: { diagnostics: faults },
    });
  }
  return objects;
}

async function findManifests(
  paths: readonly string[],
  world: CheckWorld,
  signal: AbortSignal,
): Promise<readonly FoundFile[]> {
  const found = new Map<string, FoundFile>();
  for (const path of paths) {
    if (path === '-') {
      found.set(path, { path, absolute: path });
      continue;
    }
    const { isFolder, files } = await findFiles(path, { cwd: world.cwd, signal });
    for (const file of files) if (!isFolder || manifestName.test(file.path)) found.set(file.absolute, file);
  }
  if (found.size === 0) {
    throw new SekishoError('CHECK_NO_FILES', 'There are no manifests in the folders that were named.', {
      hint: 'Of folders the files count whose names end in .yaml, .yml or .json.',
    });
  }
  return [...found.values()];
}

function readObjects(text: string, file: string, objects: ManifestObject[], faults: Diagnostic[]): void {
  const { documents, diagnostics } = parseYamlDocuments(text, { file, maxBytes: MAX_FILE_BYTES });
  faults.push(...diagnostics.filter(({ severity }) => severity === 'error'));
  for (const { value, origin, positionOf } of documents) {
    if (value === null) continue;
    const originOf = (path: readonly (string | number)[]): Origin => ({ ...origin, ...positionOf(path) });
    if (!isList(value)) {
      addObject(value, { origin, originOf }, objects, faults);
      continue;
    }
    for (const [index, item] of value.items.entries()) {
      const place = ['items', index];
      const below: ManifestObject['originOf'] = (path) => originOf([...place, ...path]);
      addObject(item, { origin: originOf(place), originOf: below }, objects, faults);
    }
  }
}

function isList(value: unknown): value is { readonly items: readonly unknown[] } {
  const { kind, items } = value as { readonly kind?: unknown; readonly items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items);
}

function addObject(
  value: unknown,
  places: Pick<ManifestObject, 'origin' | 'originOf'>,
  objects: ManifestObject[],
  faults: Diagnostic[],
): void {
  const { apiVersion, kind, metadata } = (value ?? {}) as Partial<Record<keyof KubeObject, unknown>>;
  const isObject = typeof apiVersion === 'string' && typeof kind === 'string';
  if (isObject && (metadata === undefined || metadata === null || isRecord(metadata))) {
    objects.push({ object: { ...(value as KubeObject), metadata: metadata ?? {} } as KubeObject, ...places });
    return;
  }
  faults.push({
    code: 'CHECK_INPUT',
    severity: 'error',
    message: isObject ? 'metadata is not an object' : 'this is no Kubernetes object: apiVersion or kind is missing',
    origin: places.origin,
    hint: 'Leave other files out, or name the manifests one by one.',
  });
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

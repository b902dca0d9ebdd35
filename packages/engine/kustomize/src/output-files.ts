import type { BuildResult } from './build.ts';
import { gvkOf, isClusterScoped } from './resource/gvk.ts';

/** One object as a file of its own. */
export interface OutputFile {
  readonly name: string;
  readonly text: string;
}

/**
 * The output in one file for each object, named as `kustomize build -o FOLDER` names them: `apps_v1_deployment_web.yaml`, with
 * the namespace in front when there are several. Objects that would have the same name overwrite one another there, the later one stays.
 *
 * @returns undefined when a name cannot be a file's: it has a slash in it
 */
export function outputFiles({ text, manifests }: Pick<BuildResult, 'text' | 'manifests'>): OutputFile[] | undefined {
  // Inside of an object no line is `---` alone: what could be is indented or quoted.
  const texts = text.split(/^---\n/m);
  const objects = manifests.map(({ value }) => identityOf(value));
  const namespaces = new Set(objects.flatMap(({ namespace }) => namespace ?? []));
  const files = new Map<string, OutputFile>();
  for (const [index, { namespace, name }] of objects.entries()) {
    const full = namespace === undefined || namespaces.size < 2 ? name : `${namespace.toLowerCase()}_${name}`;
    if (/[/\\\0]/.test(full)) return undefined;
    files.set(full, { name: full, text: texts[index] ?? '' });
  }
  return [...files.values()];
}

/** @returns the namespace undefined for what has none by its kind */
function identityOf(value: unknown): { namespace: string | undefined; name: string } {
  const { apiVersion, kind, metadata } = value as {
    readonly apiVersion?: unknown;
    readonly kind?: unknown;
    readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown };
  };
  const gvk = gvkOf(String(apiVersion ?? ''), String(kind ?? ''));
  const type = [gvk.group, gvk.version, gvk.kind].filter((part) => part !== '').join('_');
  return {
    namespace: isClusterScoped(gvk) ? undefined : String(metadata?.namespace ?? 'default'),
    name: `${type}_${String(metadata?.name ?? '')}.yaml`.toLowerCase(),
  };
}

import { type Diagnostic, formatOrigin } from '@sekisho/base';
import { type Manifest, parseApiVersion } from '@sekisho/kube';

/**
 * Two objects with one identity. Hooks of charts may share a name: they run at different times.
 */
export function checkDuplicates(manifests: readonly Manifest[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const seen = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const { apiVersion, kind, metadata } = manifest.object;
    if (metadata.name === undefined || metadata.annotations?.['helm.sh/hook'] !== undefined) continue;
    const { group } = parseApiVersion(apiVersion);
    const identity = [group, kind, metadata.namespace ?? '', metadata.name].join('\0');
    const first = seen.get(identity);
    if (first === undefined) {
      seen.set(identity, manifest);
      continue;
    }
    const name = metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
    diagnostics.push({
      code: 'RENDER_DUPLICATE_OBJECT',
      severity: 'error',
      message: `${kind} ${name} is already defined at ${formatOrigin(first.origin)}`,
      origin: manifest.origin,
      hint: 'Remove one of the two, or give one another name or namespace.',
    });
  }
  return diagnostics;
}

import { formatDiagnostic, formatOrigin, type Origin, parseYamlDocuments } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { at, isRecord, type PolicyDocument } from '../document.ts';

/** A file, or what came by standard input. */
export interface GatorFile {
  readonly file: string;
  readonly text: string;
}

/** Objects of some files; or what keeps them from being read. Lists are taken apart. */
export function readDocuments(files: readonly GatorFile[]): {
  documents: readonly PolicyDocument[];
  errors: readonly string[];
} {
  const documents: PolicyDocument[] = [];
  const errors: string[] = [];
  for (const { file, text } of files) {
    const read = parseYamlDocuments(text, { file, duplicateKeys: 'warning' });
    for (const diagnostic of read.diagnostics) {
      if (diagnostic.severity === 'error') errors.push(`reading yaml source: ${formatDiagnostic(diagnostic)}`);
    }
    for (const { value, origin, positionOf } of read.documents) {
      if (at(value, 'kind') !== 'List' || !Array.isArray(at(value, 'items'))) add(value, origin, positionOf);
      else {
        for (const [i, item] of (at(value, 'items') as readonly unknown[]).entries()) {
          const place = ['items', i];
          add(item, { ...origin, ...positionOf(place) }, (path) => positionOf([...place, ...path]));
        }
      }
    }
  }
  return { documents, errors };

  function add(value: unknown, origin: Origin, positionOf: NonNullable<PolicyDocument['positionOf']>): void {
    const metadata = at(value, 'metadata') ?? {};
    const hasKind = typeof at(value, 'apiVersion') === 'string' && typeof at(value, 'kind') === 'string';
    if (isRecord(value) && hasKind && isRecord(metadata))
      documents.push({ object: { ...value, metadata } as unknown as KubeObject, origin, positionOf });
    else {
      const fault = hasKind ? 'metadata is no object' : 'this is no Kubernetes object: apiVersion or kind is missing';
      errors.push(`reading yaml source: ${formatOrigin(origin)}: ${fault}`);
    }
  }
}

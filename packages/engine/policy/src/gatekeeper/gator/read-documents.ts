import { formatDiagnostic, parseYamlDocuments } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { isRecord, type PolicyDocument } from '../document.ts';

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
      const place = `${file}:${origin.line ?? 1}`;
      if (!isRecord(value)) errors.push(`reading yaml source: ${place}: is no object`);
      else if (value['kind'] === 'List' && Array.isArray(value['items'])) {
        for (const item of value['items']) documents.push({ object: item as KubeObject, origin });
      } else documents.push({ object: value as unknown as KubeObject, origin, positionOf });
    }
  }
  return { documents, errors };
}

import { readFileSync } from 'node:fs';
import { formatDiagnostic, parseYamlDocuments, SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';

/**
 * The objects of one kind that a YAML or JSON file holds; nothing else may be in it.
 *
 * @param path `-` is standard input
 * @throws SekishoError PATH_MISSING | FILE_UNREADABLE with every fault
 */
export function readObjects(path: string, kind: string): readonly KubeObject[] {
  const { documents, diagnostics } = parseYamlDocuments(readText(path), { file: path });
  const faults = diagnostics.filter(({ severity }) => severity === 'error');
  if (faults.length > 0) throw new SekishoError('FILE_UNREADABLE', faults.map(formatDiagnostic).join('\n'));
  const values = documents.map(({ value }) => value).filter((value) => value !== null && value !== undefined);
  if (values.length > 0 && values.every((value) => isOfKind(value, kind))) {
    return (values as KubeObject[]).map((object) => ({ ...object, metadata: object.metadata ?? {} }));
  }
  throw new SekishoError('FILE_UNREADABLE', `The file ${path}: it must hold nothing but objects of the kind ${kind}.`);
}

function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (cause) {
    throw new SekishoError('PATH_MISSING', `The file ${path} can't be read.`, { cause, hint: 'Check its name.' });
  }
}

function isOfKind(value: unknown, kind: string): boolean {
  return typeof value === 'object' && (value as { kind?: unknown }).kind === kind;
}

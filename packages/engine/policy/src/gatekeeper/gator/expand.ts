import { formatDiagnostic, stringifyYaml } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { gatekeeperKind, isNamespace } from '../document.ts';
import { expandObject } from '../expansion.ts';
import { type GatorFile, readDocuments } from './read-documents.ts';
import { failed, type GatorReport } from './report.ts';
import { createWorld } from './world.ts';

export interface GatorExpandOptions {
  /** Default yaml. */
  readonly format?: 'json' | 'yaml' | undefined;
}

/** `gator expand`: the objects that the objects of some files lead to, by the ExpansionTemplates and mutators among them. */
export function gatorExpand(files: readonly GatorFile[], options: GatorExpandOptions = {}): GatorReport {
  const { documents, errors } = readDocuments(files);
  if (errors.length > 0) return failed(...errors.map((error) => `reading: ${error}`));
  if (documents.length === 0) return failed('no input data identified');
  const objects = documents.map(({ object }) => object);
  const { expansions, mutators, namespaceOf } = createWorld(
    documents.filter(({ object }) => ['expansion', 'mutator'].includes(gatekeeperKind(object) ?? '')),
    objects,
  );
  const faults = [...expansions.diagnostics, ...mutators.diagnostics];
  if (faults.length > 0)
    return failed(...faults.map((fault) => `error expanding resources: ${formatDiagnostic(fault)}`));
  const results: KubeObject[] = [];
  for (const object of objects) {
    if (gatekeeperKind(object) !== undefined || isNamespace(object)) continue;
    const { resultants, error } = expandObject(expansions, object, { mutators, namespace: namespaceOf(object) });
    if (error !== undefined) return failed(`error expanding resources: ${error}`);
    results.push(...resultants.map((resultant) => resultant.object));
  }
  // gator writes them by name, the last one first.
  const texts = results.sort((a, b) => (sortKey(a) < sortKey(b) ? 1 : -1)).map(WRITERS[options.format ?? 'yaml']);
  return { status: 0, stdout: texts.join('---\n'), stderr: '' };
}

function sortKey({ apiVersion, kind, metadata }: KubeObject): string {
  return `${metadata.name ?? ''}${metadata.namespace ?? ''}${apiVersion}${kind}`;
}

const WRITERS: Readonly<Record<'json' | 'yaml', (object: KubeObject) => string>> = {
  json: (object) => `${JSON.stringify(object, null, 2)}\n`,
  yaml: (object) => stringifyYaml(object, { sortKeys: true }),
};

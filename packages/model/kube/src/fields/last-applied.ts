import { canonicalJson } from '../equal.ts';
import { isJsonObject } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { compareFields } from './compare.ts';
import type { FieldSet } from './field-set.ts';
import type { ChangeContext } from './ownership.ts';
import { readApplied } from './stated-fields.ts';

/** Where kubectl's client-side apply keeps the whole configuration it applied last. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** The API server's bound for all annotations of an object, in bytes. */
const maxAnnotationBytes = 256 * 1024;

/**
 * Fields of the last client-side apply whose live value is still the one applied. Undefined when there is no readable
 * record of this version.
 */
export function lastAppliedFields(context: ChangeContext, live: KubeObject): FieldSet | undefined {
  const text = live.metadata.annotations?.[lastAppliedAnnotation];
  if (text === undefined || text === '') return undefined;
  const lastApplied = parseObject(text);
  if (lastApplied === undefined || lastApplied['apiVersion'] !== context.apiVersion) return undefined;
  const { set, problems } = readApplied(context.type, lastApplied);
  if (problems.length > 0) return undefined;
  const { added, modified, removed } = compareFields(context.type, lastApplied, live);
  return set.difference(modified).difference(added).difference(removed);
}

/** Keeps kubectl's record up to date where there is one, so that a later client-side apply starts from the truth. */
export function renewLastApplied(object: KubeObject, applied: KubeObject): KubeObject {
  const annotations = object.metadata.annotations;
  if (annotations?.[lastAppliedAnnotation] === undefined || annotations[lastAppliedAnnotation] === '') return object;
  const { [lastAppliedAnnotation]: _own, ...appliedAnnotations } = applied.metadata.annotations ?? {};
  const record = { ...applied, metadata: { ...applied.metadata, annotations: appliedAnnotations } };
  if (Object.keys(appliedAnnotations).length === 0) delete (record.metadata as { annotations?: unknown }).annotations;
  const text = `${canonicalJson(record)}\n`;
  if (text === annotations[lastAppliedAnnotation]) return object;
  const next = { ...annotations, [lastAppliedAnnotation]: text };
  if (totalBytes(next) > maxAnnotationBytes) delete (next as Record<string, string>)[lastAppliedAnnotation];
  return { ...object, metadata: { ...object.metadata, annotations: next } };
}

function totalBytes(annotations: Readonly<Record<string, string>>): number {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  return bytes;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

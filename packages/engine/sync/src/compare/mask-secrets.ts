import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import { isObject } from '../json.ts';
import { LAST_APPLIED_ANNOTATION } from './normalize.ts';

/** Also one whose kind or version is misspelt: no cluster takes it, and what it holds is secret all the same. */
export function isSecret(object: KubeObject): boolean {
  const { kind, apiVersion } = object as { kind?: unknown; apiVersion?: unknown };
  if (typeof kind !== 'string' || !/^secrets?$/i.test(kind.trim())) return false;
  return typeof apiVersion !== 'string' || CORE_GROUPS.has(parseApiVersion(apiVersion.trim()).group.toLowerCase());
}

const CORE_GROUPS: ReadonlySet<string> = new Set(['', 'core', 'v1', 'k8s.io']);

/** Shorter values would hide half of the message, and are no secrets. */
const SHORTEST_VALUE = 4;

/**
 * A message about an object without the values of a Secret that it may quote: admission webhooks, say, answer with what
 * they were given.
 */
export function withoutSecretValues(message: string, object: KubeObject): string {
  if (!isSecret(object)) return message;
  const values = new Set<string>();
  for (const [field, value] of Object.entries(object)) if (!OPEN_FIELDS.has(field)) collectValues(value, values);
  const longestFirst = [...values]
    .filter((value) => value.length >= SHORTEST_VALUE)
    .sort((a, b) => b.length - a.length);
  return longestFirst.reduce((text, value) => text.replaceAll(value, '++++++++'), message);
}

function collectValues(value: unknown, values: Set<string>): void {
  if (typeof value === 'string') {
    values.add(value);
    values.add(value.trim());
    values.add(Buffer.from(value, 'utf8').toString('base64'));
    values.add(Buffer.from(value, 'base64').toString('utf8'));
    values.add(JSON.stringify(value).slice(1, -1));
  } else if (typeof value === 'number') values.add(String(value));
  else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) collectValues(item, values);
}

/**
 * The two objects with the values of a Secret hidden: equal values become equal runs of `+`, so that a reader still sees
 * which ones differ. Works on Secrets that are not valid too (values of any type, `data` that is no map), and on what
 * the last-applied annotation repeats. Objects that are no Secrets come back as they are.
 */
export function maskSecrets<T extends KubeObject | undefined>(pair: { desired: T; live: T }): { desired: T; live: T } {
  const masks = new Map<string, string>();
  return { desired: maskOne(pair.desired, masks), live: maskOne(pair.live, masks) };
}

/** One object alone, see {@link maskSecrets}. */
export function maskSecret(object: KubeObject): KubeObject {
  return maskOne(object, new Map());
}

function maskOne<T extends KubeObject | undefined>(object: T, masks: Map<string, string>): T {
  if (object === undefined || !isSecret(object)) return object;
  return maskFields(object, masks) as T;
}

/** Fields of a Secret that hold nothing secret. */
const OPEN_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable', 'status']);

function maskFields(object: Readonly<Record<string, unknown>>, masks: Map<string, string>): Record<string, unknown> {
  const result: Record<string, unknown> = { ...object };
  for (const [field, value] of Object.entries(object)) {
    // A misspelt field (`Data`) holds secrets as well.
    if (OPEN_FIELDS.has(field) || value === undefined || value === null) continue;
    result[field] = maskData(value, masks, field === 'stringData');
  }
  const metadata = result['metadata'];
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined;
  if (isObject(metadata) && isObject(annotations) && annotations[LAST_APPLIED_ANNOTATION] !== undefined) {
    const masked = maskLastApplied(annotations[LAST_APPLIED_ANNOTATION], masks);
    result['metadata'] = { ...metadata, annotations: { ...annotations, [LAST_APPLIED_ANNOTATION]: masked } };
  }
  return result;
}

function maskData(data: unknown, masks: Map<string, string>, plain: boolean): unknown {
  if (!isObject(data)) return maskValue(data, masks, plain);
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, maskValue(value, masks, plain)]));
}

/** `plain` values (stringData) are told by what they will be in `data`. */
function maskValue(value: unknown, masks: Map<string, string>, plain: boolean): string {
  const text = typeof value === 'string' ? value : `\u0000${JSON.stringify(value)}`;
  const identity = plain ? Buffer.from(text, 'utf8').toString('base64') : text.replace(/\s/g, '');
  let mask = masks.get(identity);
  if (mask === undefined) {
    mask = '+'.repeat(8 + 4 * masks.size);
    masks.set(identity, mask);
  }
  return mask;
}

function maskLastApplied(text: unknown, masks: Map<string, string>): string {
  try {
    const value: unknown = JSON.parse(String(text));
    if (isObject(value)) return JSON.stringify(maskFields(value, masks));
  } catch {
    // Damaged text may still hold the values.
  }
  return maskValue(text, masks, false);
}

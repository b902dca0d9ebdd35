import { createHash } from 'node:crypto';
import { canonicalJson } from '@sekisho/kube';

/** Of a JSON value: equal for equal values. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 32);
}

/** What of an object makes it another policy: not what the API server keeps about it. */
export function contentOf(object: { readonly [field: string]: unknown }): unknown {
  const { status: _, metadata, ...content } = object;
  const { name, namespace, labels, annotations } = (metadata ?? {}) as Record<string, unknown>;
  return { ...content, metadata: { name, namespace, labels, annotations } };
}

import { readFileSync } from 'node:fs';
import type { KubeObject } from '../object.ts';
import { isRecord } from '../schema/schema.ts';

/** For tests: what tools/generate-kube-golden.ts recorded of the real API server. */
export function readGolden<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`../../testdata/${name}`, import.meta.url), 'utf8')) as T[];
}

export const goldenObjects = readGolden<KubeObject>('objects.json');

/** One field of an object replaced, or taken away when there is no value. */
export interface Change {
  readonly path: readonly (string | number)[];
  readonly value?: unknown;
}

export function applyChange(object: KubeObject, { path, value }: Change): KubeObject {
  const copy = structuredClone(object);
  const owner = path.slice(0, -1).reduce((inner: unknown, key) => (inner as Record<string, unknown>)[key], copy);
  const last = String(path[path.length - 1]);
  if (value !== undefined) (owner as Record<string, unknown>)[last] = value;
  else if (Array.isArray(owner)) owner.splice(Number(last), 1);
  else delete (owner as Record<string, unknown>)[last];
  return copy;
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNulls(item)]));
}

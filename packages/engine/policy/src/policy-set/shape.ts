import type { KubeObject, ObjectMeta } from '@sekisho/kube';
import { isRecord } from '../gatekeeper/document.ts';
import type { GateRequest } from './types.ts';

/**
 * Gives objects what makes them objects of Kubernetes: API servers let nothing else through, files may hold anything. Those that
 * have it stay the same instances.
 */
export function shapedRequest(request: GateRequest): GateRequest {
  const { object, oldObject } = request;
  const shaped = isRecord(object) ? shapedObject(object) : undefined;
  const oldShaped = isRecord(oldObject) ? shapedObject(oldObject) : undefined;
  if (shaped === object && oldShaped === oldObject) return request;
  const { object: _, oldObject: __, ...rest } = request;
  return {
    ...rest,
    ...(shaped === undefined ? {} : { object: shaped }),
    ...(oldShaped === undefined ? {} : { oldObject: oldShaped }),
  };
}

function shapedObject(object: KubeObject): KubeObject {
  const apiVersion: unknown = object.apiVersion;
  const kind: unknown = object.kind;
  const metadata = shapedMetadata(object.metadata);
  if (typeof apiVersion === 'string' && typeof kind === 'string' && metadata === object.metadata) return object;
  return {
    ...object,
    apiVersion: typeof apiVersion === 'string' ? apiVersion : '',
    kind: typeof kind === 'string' ? kind : '',
    metadata,
  };
}

const TEXTS = ['name', 'namespace', 'generateName'] as const;
const MAPS = ['labels', 'annotations'] as const;

function shapedMetadata(metadata: unknown): ObjectMeta {
  if (!isRecord(metadata)) return {};
  const isRight =
    TEXTS.every((field) => isTextOrAbsent(metadata[field])) &&
    MAPS.every((field) => isTextMapOrAbsent(metadata[field]));
  if (isRight) return metadata as ObjectMeta;
  const shaped: Record<string, unknown> = { ...metadata };
  for (const field of TEXTS) if (!isTextOrAbsent(shaped[field])) delete shaped[field];
  for (const field of MAPS) if (!isTextMapOrAbsent(shaped[field])) shaped[field] = textsOf(shaped[field]);
  return shaped;
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isTextMapOrAbsent(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isRecord(value)) return false;
  for (const key in value) if (typeof value[key] !== 'string') return false;
  return true;
}

/** What is no text is written as one: a policy about labels shall see that there is one. */
function textsOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, typeof item === 'string' ? item : JSON.stringify(item)]),
  );
}

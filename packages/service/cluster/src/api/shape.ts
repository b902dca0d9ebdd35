import type { KubeObject } from '@sekisho/kube';
import type { Call, ListResult, ServedEvent } from './call.ts';
import { partial } from './partial.ts';
import { toTable } from './tables/table.ts';

const META = 'meta.k8s.io/v1';

/** One object in the representation that the client asked for. */
export function shapeObject(call: Call, object: KubeObject): unknown {
  if (call.shape === 'table')
    return toTable(call, [object], { resourceVersion: object.metadata.resourceVersion ?? '' }, true);
  return call.shape === 'partial' ? partial(object) : object;
}

export function shapeList(call: Call, list: ListResult): unknown {
  const items = list.items.map((stored) => call.resource.fromStorage(stored.object));
  if (call.shape === 'table') return toTable(call, items, list.metadata, true);
  if (call.shape === 'partial') {
    return { kind: 'PartialObjectMetadataList', apiVersion: META, metadata: list.metadata, items: items.map(partial) };
  }
  return { kind: list.kind, apiVersion: list.apiVersion, metadata: list.metadata, items };
}

/** Errors stay as they are; a table of a watch names its columns once. */
export function shapeEvent(call: Call, event: ServedEvent, first: boolean): unknown {
  const object = event.object();
  if (call.shape === 'object' || event.type === 'ERROR') return object;
  if (call.shape === 'partial') return partial(object);
  if (event.type === 'BOOKMARK') {
    return toTable(call, [], { resourceVersion: object.metadata.resourceVersion ?? '' }, false);
  }
  return toTable(call, [object], { resourceVersion: object.metadata.resourceVersion ?? '' }, first);
}

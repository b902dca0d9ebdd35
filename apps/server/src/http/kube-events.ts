import type { KubeClient, ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { asRecord } from '../applications/as-record.ts';
import type { Event } from './api-types.ts';

const EVENTS: ResourceType = { group: '', version: 'v1', resource: 'events', kind: 'Event', namespaced: true };
const MAX_EVENTS = 500;

/** Kubernetes' events about one object, or about any of these, newest first. Events are read when asked for, not watched. */
export async function eventsAbout(
  client: KubeClient,
  about: { namespace: string; name?: string; kind?: string; uids?: ReadonlySet<string>; signal: AbortSignal },
): Promise<Event[]> {
  const { namespace, name, kind, uids, signal } = about;
  const fields = [
    ...(name === undefined ? [] : [`involvedObject.name=${name}`]),
    ...(kind === undefined ? [] : [`involvedObject.kind=${kind}`]),
  ];
  const { items } = await client.list(EVENTS, {
    namespace,
    signal,
    ...(fields.length === 0 ? {} : { fieldSelector: fields.join(',') }),
  });
  const events = items
    .filter((event) => uids === undefined || uids.has(textOf(asRecord(event['involvedObject'])['uid'])))
    .map(toEvent);
  return events.sort((a, b) => (a.lastAt < b.lastAt ? 1 : -1)).slice(0, MAX_EVENTS);
}

function toEvent(object: KubeObject): Event {
  const about = asRecord(object['involvedObject']);
  const series = asRecord(object['series']);
  const created = textOf(object['eventTime']) || (object.metadata.creationTimestamp ?? '');
  const firstAt = textOf(object['firstTimestamp']) || created;
  const count = series['count'] ?? object['count'];
  const uid = textOf(about['uid']);
  return {
    type: textOf(object['type']) || 'Normal',
    reason: textOf(object['reason']),
    message: textOf(object['message']),
    count: typeof count === 'number' ? count : 1,
    firstAt,
    lastAt: textOf(series['lastObservedTime']) || textOf(object['lastTimestamp']) || firstAt,
    source: textOf(object['reportingComponent']) || textOf(asRecord(object['source'])['component']),
    object: {
      kind: textOf(about['kind']),
      namespace: textOf(about['namespace']),
      name: textOf(about['name']),
      ...(uid === '' ? {} : { uid }),
    },
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

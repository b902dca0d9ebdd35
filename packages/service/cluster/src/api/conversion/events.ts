import type { KubeObject } from '@sekisho/kube';

const CORE = 'v1';
const EVENTS = 'events.k8s.io/v1';

/** Core and events.k8s.io events are one resource; they differ in field names only. Stored as core v1. */
export const eventConversion = {
  collection: 'core/events',
  storageApiVersion: CORE,
  convert: (object: KubeObject, apiVersion: string): KubeObject =>
    apiVersion === object.apiVersion
      ? object
      : apiVersion === EVENTS
        ? rename(object, EVENTS, TO_EVENTS)
        : rename(object, CORE, TO_CORE),
};

const TO_EVENTS: Record<string, string> = {
  involvedObject: 'regarding',
  message: 'note',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
  reportingComponent: 'reportingController',
};

const TO_CORE: Record<string, string> = Object.fromEntries(
  Object.entries(TO_EVENTS).map(([core, events]) => [events, core]),
);

function rename(object: KubeObject, apiVersion: string, names: Record<string, string>): KubeObject {
  const renamed: KubeObject = { apiVersion, kind: 'Event', metadata: object.metadata };
  for (const [field, value] of Object.entries(object)) {
    if (field !== 'apiVersion' && field !== 'kind' && field !== 'metadata') renamed[names[field] ?? field] = value;
  }
  return renamed;
}

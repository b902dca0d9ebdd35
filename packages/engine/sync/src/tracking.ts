import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import type { ObjectKey } from './object-key.ts';

export const TRACKING_ANNOTATION = 'argocd.argoproj.io/tracking-id';

/** What a tracking id says: which application, and which object it was written for. */
export interface TrackingId extends ObjectKey {
  readonly app: string;
}

/**
 * The name of an application in tracking ids: its own, or `<namespace>_<name>` when the Application lives outside the
 * control namespace.
 */
export function appInstanceName(app: { name: string; namespace: string }, controlNamespace: string): string {
  return app.namespace === controlNamespace ? app.name : `${app.namespace}_${app.name}`;
}

/**
 * `<app>:<group>/<kind>:<namespace>/<name>`.
 * @param app the instance name, see {@link appInstanceName}
 * @param object with the namespace it is applied to; cluster-scoped objects carry whatever was written at creation
 */
export function trackingId(app: string, object: KubeObject): string {
  const { group } = parseApiVersion(object.apiVersion);
  return `${app}:${group}/${object.kind}:${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
}

/** The tracking id that an object carries; undefined when there is none or it is not well-formed. */
export function readTrackingId(object: KubeObject): TrackingId | undefined {
  const text = object.metadata.annotations?.[TRACKING_ANNOTATION];
  if (typeof text !== 'string') return undefined;
  const match = /^([^:]+):([^/:]*)\/([^/:]+):([^/:]*)\/(.+)$/.exec(text);
  if (match === null) return undefined;
  const [, app = '', group = '', kind = '', namespace = '', name = ''] = match;
  return { app, group, kind, namespace, name };
}

/**
 * Whether a tracking id was written for this very object. A copy (`kubectl get -o yaml | … | kubectl apply`) carries
 * the id of its original: it is shown, and never changed or deleted.
 */
export function isSelfReferenced(object: KubeObject, id: TrackingId | undefined = readTrackingId(object)): boolean {
  if (id === undefined) return false;
  const namespace = object.metadata.namespace ?? '';
  return (
    id.group === parseApiVersion(object.apiVersion).group &&
    id.kind === object.kind &&
    id.name === object.metadata.name &&
    // Argo CD writes the application's namespace into ids of cluster-scoped objects.
    (namespace === '' || id.namespace === namespace)
  );
}

/** Whether `app` put this object here: it carries the application's id, written for itself. */
export function ownedBy(app: string, object: KubeObject): boolean {
  const id = readTrackingId(object);
  return id !== undefined && id.app === app && isSelfReferenced(object, id);
}

/** A copy of the object with the tracking annotation of `app`; the same instance when it is there already. */
export function withTracking(app: string, object: KubeObject): KubeObject {
  const id = trackingId(app, object);
  if (object.metadata.annotations?.[TRACKING_ANNOTATION] === id) return object;
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [TRACKING_ANNOTATION]: id } },
  };
}

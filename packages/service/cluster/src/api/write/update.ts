import { deepEqual, type KubeObject, type ManagedFieldsEntry, trackUpdate } from '@sekisho/kube';
import type { StoredObject } from '../../storage/stored-object.ts';
import type { Call, Result } from '../call.ts';
import { storageKey } from '../served-resource.ts';
import { type ServerContext, timestamp } from '../server-context.ts';
import { badRequest, conflict, invalid, notFound } from '../status-error.ts';
import { optionsObject, type WriteOptions, writeOptions } from '../verbs/options.ts';
import { owned } from './create.ts';
import { conform, decode, refuseInvalid } from './decode.ts';
import { validateChange, withDefaults } from './rules.ts';
import { keepStatus, nextGeneration, onlyStatus, resetFields } from './strategy.ts';

/** PUT of a whole object, or of its status. */
export async function update(context: ServerContext, call: Call, reviewedAs?: ReviewedAs): Promise<Result> {
  const { resource } = call;
  const options = writeOptions(call);
  const next = decode(call, call.request.body, options);
  const name = call.name ?? '';
  if ((next.metadata.name ?? '') === '')
    throw badRequest('the name of the object (based on URL) was undeterminable: name must be provided');
  if (next.metadata.name !== name) {
    throw badRequest(`the name of the object (${next.metadata.name}) does not match the name on the URL (${name})`);
  }
  liveOf(call);
  if ((next.metadata.resourceVersion ?? '') === '' && resource.custom !== undefined) {
    const { group, kind } = resource.info;
    throw invalid(group, kind, name, [
      {
        path: 'metadata.resourceVersion',
        type: 'invalid',
        value: 0,
        message: 'Invalid value: 0: must be specified for an update',
      },
    ]);
  }
  const track = (finished: KubeObject, before: KubeObject): KubeObject =>
    trackUpdate({
      schema: resource.schema(),
      live: before,
      updated: finished,
      manager: options.manager,
      time: timestamp(context.clock.now()),
      apiVersion: resource.apiVersion,
      operation: 'Update',
      resetFields: resetFields(call),
      ...(call.subresource === undefined ? {} : { subresource: call.subresource }),
    });
  return onNewest(call, () => replace(context, call, liveOf(call), next, options, track, reviewedAs));
}

/** What a writer builds on: the newest state, also when it is still on its way to disk. */
export function liveOf(call: Call): StoredObject {
  const name = call.name ?? '';
  const live = call.resource.collection.head(storageKey(call.namespace, name));
  if (live === undefined) throw notFound(call.resource.info, name);
  return live;
}

/** Times that a write starts anew because another one was quicker while it waited for a review. */
const MAX_ATTEMPTS = 10;

/**
 * Runs a write that builds on the newest state until nobody was quicker meanwhile.
 * @param attempt  undefined when what it was built on is not the newest state any more
 * @throws StatusError 409 when others are always quicker
 */
export async function onNewest<T>(call: Call, attempt: () => Promise<T | undefined>): Promise<T> {
  for (let left = MAX_ATTEMPTS; left > 0; left -= 1) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw conflict(call.resource.info, call.name ?? '');
}

/** What a write that is reviewed as something else than an update of the object says of itself. */
export interface ReviewedAs {
  readonly subresource: string;
  /** Where the request's object is a view on the stored one. */
  readonly kind?: { readonly apiVersion: string; readonly kind: string };
  /** The view; mutators change nothing of it. */
  readonly view?: (object: KubeObject) => KubeObject;
}

/**
 * The rest of an update, shared by PUT, the patches and apply. Runs without waiting up to the write, so `live` stays the
 * newest state all along, unless a review has to be waited for. A change that changes nothing is not written.
 * @returns undefined when another write was quicker than the review: see {@link onNewest}
 */
export async function replace(
  context: ServerContext,
  call: Call,
  live: StoredObject,
  wanted: KubeObject,
  options: WriteOptions,
  track: (object: KubeObject, live: KubeObject) => KubeObject,
  reviewedAs?: ReviewedAs,
): Promise<Result | undefined> {
  const { resource } = call;
  const before = resource.fromStorage(live.object);
  const name = before.metadata.name ?? '';
  checkPreconditions(call, before, wanted);

  const review = context.reviews.of(call, {
    operation: 'UPDATE',
    dryRun: options.dryRun,
    options: () => optionsObject('UpdateOptions', options),
    ...reviewedAs,
  });
  const view = reviewedAs?.view ?? itself;
  const isNewest = (): boolean => resource.collection.head(live.key)?.revision === live.revision;
  let next = prepared(call, before, wanted);
  let changed = false;
  if (review?.mutates === true && reviewedAs?.view === undefined) {
    const asked = track(next, before);
    const mutated = await review.mutate({ name, object: asked, oldObject: before });
    if (!isNewest()) return undefined;
    changed = mutated !== asked;
    if (changed) {
      const { managedFields } = asked.metadata;
      const metadata = { ...mutated.metadata, ...(managedFields === undefined ? {} : { managedFields }) };
      const typed = conform(call, { ...mutated, metadata }, { fieldValidation: 'Ignore' });
      next = prepared(call, before, typed);
    }
  }
  next = context.admission.admitUpdate(call, before, next);
  const generation = nextGeneration(resource, before, next);
  if (generation !== undefined && generation !== next.metadata.generation) {
    next = { ...next, metadata: { ...next.metadata, generation } };
  }
  refuseInvalid(resource, name, validateChange(resource, before, next));
  if (!changed) next = track(next, before);
  if (review?.validates === true) {
    await review.validate({ name, object: view(next), oldObject: view(before) });
    if (!isNewest()) return undefined;
    // Addresses and ports may have gone to another one meanwhile.
    context.admission.admitUpdate(call, before, next);
  }
  if (unchanged(before, next)) return { kind: 'stored', status: 200, stored: live };
  if (options.dryRun) return { kind: 'value', status: 200, body: next };

  const toStore = owned(resource.toStorage(next));
  if (isFinished(toStore)) {
    // The last finalizer went: this update is the deletion.
    return { kind: 'stored', status: 200, stored: await resource.collection.remove(live.key) };
  }
  return { kind: 'stored', status: 200, stored: await resource.collection.write(live.key, toStore) };
}

/** A wanted state with what only the server decides, and with defaults. */
function prepared(call: Call, before: KubeObject, wanted: KubeObject): KubeObject {
  const { resource } = call;
  const next: KubeObject = { ...wanted, metadata: serverMetadata(before, wanted) };
  return withDefaults(
    resource,
    call.subresource === 'status' ? onlyStatus(resource, before, next) : keepStatus(resource, before, next),
  );
}

function itself(object: KubeObject): KubeObject {
  return object;
}

/** An object that is being deleted and has nothing left to wait for. */
export function isFinished(object: KubeObject): boolean {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined || (metadata.finalizers?.length ?? 0) > 0) return false;
  if (object.kind === 'Namespace' && object.apiVersion === 'v1') {
    return ((object['spec'] as { finalizers?: unknown[] } | undefined)?.finalizers?.length ?? 0) === 0;
  }
  return (metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

function checkPreconditions(call: Call, live: KubeObject, next: KubeObject): void {
  const { info } = call.resource;
  const name = live.metadata.name ?? '';
  const revision = next.metadata.resourceVersion ?? '';
  const uid = next.metadata.uid ?? '';
  if (uid !== '' && uid !== live.metadata.uid) {
    throw conflict(
      info,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid ?? ''}`,
    );
  }
  if (revision !== '' && revision !== live.metadata.resourceVersion) throw conflict(info, name);
}

/** Metadata that only the server writes comes from the live object. */
function serverMetadata(live: KubeObject, next: KubeObject): KubeObject['metadata'] {
  const metadata: KubeObject['metadata'] = { ...next.metadata };
  for (const field of SERVER_FIELDS) {
    const value = live.metadata[field];
    if (value === undefined) delete metadata[field];
    else Object.assign(metadata, { [field]: value });
  }
  const managed = resolveManaged(live.metadata.managedFields, metadata.managedFields);
  if (managed === undefined) delete metadata.managedFields;
  else metadata.managedFields = managed;
  return metadata;
}

const SERVER_FIELDS = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'generation',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'resourceVersion',
  'generateName',
] as const;

/** A client may send managedFields back, leave them out (they stay), or reset them with one empty entry. */
function resolveManaged(
  live: readonly ManagedFieldsEntry[] | undefined,
  next: ManagedFieldsEntry[] | undefined,
): ManagedFieldsEntry[] | undefined {
  if (next === undefined) return live === undefined ? undefined : [...live];
  if (next.length === 1 && Object.keys(next[0] ?? {}).length === 0) return [];
  return next;
}

function unchanged(before: KubeObject, next: KubeObject): boolean {
  return deepEqual(withoutTimes(before), withoutTimes(next));
}

/** The time of a managedFields entry alone is no change. */
function withoutTimes(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  if (managedFields === undefined || managedFields.length === 0) return { ...object, metadata };
  const entries = managedFields.map(({ time: _time, ...entry }) => entry) as ManagedFieldsEntry[];
  return { ...object, metadata: { ...metadata, managedFields: entries } };
}

import { deepEqual, type KubeObject, type ManagedFieldsEntry, trackUpdate } from '@sekisho/kube';
import type { StoredObject } from '../../storage/stored-object.ts';
import type { Call, Result } from '../call.ts';
import { storageKey } from '../served-resource.ts';
import { type ServerContext, timestamp } from '../server-context.ts';
import { badRequest, conflict, invalid, notFound } from '../status-error.ts';
import { type WriteOptions, writeOptions } from '../verbs/options.ts';
import { owned } from './create.ts';
import { decode, refuseInvalid } from './decode.ts';
import { validateChange, withDefaults } from './rules.ts';
import { keepStatus, nextGeneration, onlyStatus, resetFields } from './strategy.ts';

/** PUT of a whole object, or of its status. */
export async function update(context: ServerContext, call: Call): Promise<Result> {
  const { resource } = call;
  const options = writeOptions(call);
  const next = decode(call, call.request.body, options);
  const name = call.name ?? '';
  if ((next.metadata.name ?? '') === '')
    throw badRequest('the name of the object (based on URL) was undeterminable: name must be provided');
  if (next.metadata.name !== name) {
    throw badRequest(`the name of the object (${next.metadata.name}) does not match the name on the URL (${name})`);
  }
  const live = liveOf(call);
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
  return replace(context, call, live, next, options, (finished, before) =>
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
    }),
  );
}

/** What a writer builds on: the newest state, also when it is still on its way to disk. */
export function liveOf(call: Call): StoredObject {
  const name = call.name ?? '';
  const live = call.resource.collection.head(storageKey(call.namespace, name));
  if (live === undefined) throw notFound(call.resource.info, name);
  return live;
}

/**
 * The rest of an update, shared by PUT, the patches and apply. Runs without waiting up to the write, so `live` stays the
 * newest state all along. A change that changes nothing is not written.
 */
export async function replace(
  context: ServerContext,
  call: Call,
  live: StoredObject,
  wanted: KubeObject,
  options: WriteOptions,
  track: (object: KubeObject, live: KubeObject) => KubeObject,
): Promise<Result> {
  const { resource } = call;
  const before = resource.fromStorage(live.object);
  const name = before.metadata.name ?? '';
  checkPreconditions(call, before, wanted);

  let next: KubeObject = { ...wanted, metadata: serverMetadata(before, wanted) };
  next = call.subresource === 'status' ? onlyStatus(resource, before, next) : keepStatus(resource, before, next);
  next = withDefaults(resource, next);
  next = context.admission.admitUpdate(call, before, next);
  const generation = nextGeneration(resource, before, next);
  if (generation !== undefined && generation !== next.metadata.generation) {
    next = { ...next, metadata: { ...next.metadata, generation } };
  }
  refuseInvalid(resource, name, validateChange(resource, before, next));
  next = track(next, before);
  if (unchanged(before, next)) return { kind: 'stored', status: 200, stored: live };
  if (options.dryRun) return { kind: 'value', status: 200, body: next };

  const toStore = owned(resource.toStorage(next));
  if (isFinished(toStore)) {
    // The last finalizer went: this update is the deletion.
    return { kind: 'stored', status: 200, stored: await resource.collection.remove(live.key) };
  }
  return { kind: 'stored', status: 200, stored: await resource.collection.write(live.key, toStore) };
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

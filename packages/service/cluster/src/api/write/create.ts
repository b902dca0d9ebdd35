import { randomBytes, randomUUID } from 'node:crypto';
import { type KubeObject, trackUpdate } from '@sekisho/kube';
import type { Call, Result } from '../call.ts';
import { storageKey } from '../served-resource.ts';
import { type ServerContext, timestamp } from '../server-context.ts';
import { alreadyExists, badRequest, invalid, unexplained } from '../status-error.ts';
import { type WriteOptions, writeOptions } from '../verbs/options.ts';
import { decode, refuseInvalid } from './decode.ts';
import { validateNew, withDefaults } from './rules.ts';
import { initialStatus, resetFields } from './strategy.ts';

/** POST to a collection. */
export async function create(context: ServerContext, call: Call): Promise<Result> {
  const options = writeOptions(call);
  const object = decode(call, call.request.body, options);
  if ((object.metadata.resourceVersion ?? '') !== '')
    throw unexplained('resourceVersion should not be set on objects to be created');
  return insert(context, call, object, options, (finished) =>
    trackUpdate({
      schema: call.resource.schema(),
      updated: finished,
      manager: options.manager,
      time: timestamp(context.clock.now()),
      apiVersion: call.resource.apiVersion,
      operation: 'Update',
      resetFields: resetFields(call),
    }),
  );
}

/**
 * The rest of a creation, shared with apply: names, server-set metadata, defaults, admission, validation, storage.
 * @param object metadata may be changed
 * @param track  fills managedFields once the object is complete
 */
export async function insert(
  context: ServerContext,
  call: Call,
  object: KubeObject,
  options: WriteOptions,
  track: (object: KubeObject) => KubeObject,
): Promise<Result> {
  const { resource } = call;
  const { collection, info } = resource;
  const { metadata } = object;
  const generated = (metadata.name ?? '') === '' && (metadata.generateName ?? '') !== '';
  const name = nameOf(call, metadata);
  metadata.name = name;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = timestamp(context.clock.now());
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.resourceVersion;
  if (resource.tracksGeneration) metadata.generation = 1;
  else delete metadata.generation;

  context.admission.checkNamespace(call, name);
  const key = storageKey(call.namespace, name);
  if (collection.head(key) !== undefined) {
    if (generated && !options.dryRun) {
      metadata.name = '';
      return insert(context, call, object, options, track);
    }
    throw alreadyExists(info, name);
  }
  const defaulted = withDefaults(resource, initialStatus(resource, object));
  const admitted = context.admission.admitCreate(call, defaulted, options);
  const complete = admitted.object;
  try {
    refuseInvalid(resource, name, validateNew(resource, complete));
    const tracked = track(complete);
    if (options.dryRun) {
      admitted.undo();
      return { kind: 'value', status: 201, body: tracked };
    }
    const stored = await collection.write(key, owned(resource.toStorage(tracked)));
    return { kind: 'stored', status: 201, stored };
  } catch (error) {
    admitted.undo();
    throw error;
  }
}

/** The storage sets metadata.resourceVersion: hand it an object whose metadata nobody else holds. */
export function owned(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata } };
}

const MAX_GENERATED = 63;
const SUFFIX = 5;
/** As upstream: no vowels, nor digits that read like letters. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

function nameOf(call: Call, metadata: KubeObject['metadata']): string {
  const { name, generateName } = metadata;
  if (name !== undefined && name !== '') {
    if (call.name !== undefined && call.name !== name) {
      throw badRequest(`the name of the object (${name}) does not match the name on the URL (${call.name})`);
    }
    return name;
  }
  if (call.name !== undefined) return call.name;
  if (typeof generateName === 'string' && generateName !== '')
    return generateName.slice(0, MAX_GENERATED - SUFFIX) + randomSuffix();
  const { group, kind } = call.resource.info;
  throw invalid(group, kind, '', [
    { path: 'metadata.name', type: 'required', message: 'Required value: name or generateName is required' },
  ]);
}

function randomSuffix(): string {
  let text = '';
  for (const byte of randomBytes(SUFFIX)) text += ALPHABET[byte % ALPHABET.length];
  return text;
}

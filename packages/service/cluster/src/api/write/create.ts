import { randomBytes, randomUUID } from 'node:crypto';
import { type KubeObject, trackUpdate } from '@sekisho/kube';
import type { Review } from '../../admission/review.ts';
import type { Call, Result } from '../call.ts';
import { storageKey } from '../served-resource.ts';
import { type ServerContext, timestamp } from '../server-context.ts';
import { alreadyExists, badRequest, invalid, unexplained } from '../status-error.ts';
import { optionsObject, type WriteOptions, writeOptions } from '../verbs/options.ts';
import { conform, decode, refuseInvalid } from './decode.ts';
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
 * Runs without waiting up to the write, unless a review has to be waited for: then it looks again whether it may.
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
  const { collection } = resource;
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

  const key = storageKey(call.namespace, name);
  const again = (): Promise<Result> => {
    metadata.name = '';
    return insert(context, call, object, options, track);
  };
  if (isTaken(context, call, key, name)) {
    if (generated && !options.dryRun) return again();
    throw alreadyExists(resource.info, name);
  }
  const review = context.reviews.of(call, {
    operation: 'CREATE',
    dryRun: options.dryRun,
    options: () => optionsObject('CreateOptions', options),
  });
  const defaulted = withDefaults(resource, initialStatus(resource, object));
  let changed: KubeObject | undefined;
  if (review?.mutates === true) {
    const asked = track(context.admission.prepareCreate(call, defaulted));
    changed = await mutatedCreation(call, review, asked, generated);
  }
  const admitted = context.admission.admitCreate(call, changed ?? defaulted, options);
  try {
    refuseInvalid(resource, name, validateNew(resource, admitted.object));
    const tracked = changed === undefined ? track(admitted.object) : admitted.object;
    if (review?.validates === true) await review.validate({ name, object: tracked });
    if (review !== undefined && isTaken(context, call, key, name)) {
      admitted.undo();
      if (generated && !options.dryRun) return again();
      throw alreadyExists(resource.info, name);
    }
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

/** Whether the name is taken. Throws when the namespace takes nothing. */
function isTaken(context: ServerContext, call: Call, key: string, name: string): boolean {
  context.admission.checkNamespace(call, name);
  return call.resource.collection.head(key) !== undefined;
}

/**
 * The new object as mutators want it; undefined when they want nothing else. They see no name that is still to be
 * generated and nothing else that the server gives when it stores the object, and none of it is theirs to change.
 */
async function mutatedCreation(
  call: Call,
  review: Review,
  object: KubeObject,
  generated: boolean,
): Promise<KubeObject | undefined> {
  const { resource } = call;
  const { metadata } = object;
  const { uid: _uid, creationTimestamp: _time, generation: _generation, name, ...rest } = metadata;
  const shown = { ...object, metadata: (generated ? rest : { ...rest, name }) as KubeObject['metadata'] };
  const mutated = await review.mutate({ name: generated ? '' : (name ?? ''), object: shown });
  if (mutated === shown) return undefined;
  const complete = { ...mutated, metadata: { ...mutated.metadata, ...serverGiven(metadata) } };
  return withDefaults(resource, initialStatus(resource, conform(call, complete, { fieldValidation: 'Ignore' })));
}

function serverGiven(metadata: KubeObject['metadata']): Partial<KubeObject['metadata']> {
  const { name, namespace, generateName, uid, creationTimestamp, generation, managedFields } = metadata;
  const given = { name, namespace, generateName, uid, creationTimestamp, generation, managedFields };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
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

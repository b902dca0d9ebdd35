import { isSekishoError } from '@sekisho/base';
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  conflictCauses,
  formatConflicts,
  type KubeObject,
  serverSideApply,
  trackUpdate,
} from '@sekisho/kube';
import type { Call, Result } from '../call.ts';
import { storageKey } from '../served-resource.ts';
import { type ServerContext, timestamp } from '../server-context.ts';
import { badRequest, invalid, StatusError, unsupportedMediaType } from '../status-error.ts';
import { type WriteOptions, writeOptions } from '../verbs/options.ts';
import { insert } from './create.ts';
import { conform, identify, isRecord } from './decode.ts';
import { resetFields } from './strategy.ts';
import { liveOf, onNewest, type ReviewedAs, replace } from './update.ts';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
const APPLY_PATCH = 'application/apply-patch+yaml';

/** PATCH by the media type of its body. */
export async function patch(context: ServerContext, call: Call, reviewedAs?: ReviewedAs): Promise<Result> {
  const { resource } = call;
  const type = (call.request.contentType ?? '').split(';')[0]?.trim() ?? '';
  const options = writeOptions(call);
  if (type === APPLY_PATCH || type === 'application/apply-patch+cbor') return apply(context, call, options, reviewedAs);
  if (type === STRATEGIC_PATCH && resource.custom !== undefined) {
    throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH, APPLY_PATCH]);
  }
  if (type !== JSON_PATCH && type !== MERGE_PATCH && type !== STRATEGIC_PATCH) {
    throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH]);
  }
  const track = (finished: KubeObject, known: KubeObject): KubeObject =>
    trackUpdate({
      schema: resource.schema(),
      live: known,
      updated: finished,
      manager: options.manager,
      time: timestamp(context.clock.now()),
      apiVersion: resource.apiVersion,
      operation: 'Update',
      resetFields: resetFields(call),
      ...(call.subresource === undefined ? {} : { subresource: call.subresource }),
    });
  return onNewest(call, async () => {
    const live = liveOf(call);
    const before = resource.fromStorage(live.object);
    const next = conform(call, identified(call, before, patchValue(call, type, before)), options);
    return replace(context, call, live, next, options, track, reviewedAs);
  });
}

/** The patched value, before any rule of the kind. */
export function patchValue(call: Call, type: string, before: KubeObject): unknown {
  const { body } = call.request;
  try {
    if (type === JSON_PATCH) return applyJsonPatch(before, body);
    if (type === MERGE_PATCH) return applyMergePatch(before, body);
    return applyStrategicMergePatch(call.resource.schema(), before, body);
  } catch (error) {
    if (!isSekishoError(error)) throw error;
    if (error.code === 'JSON_PATCH_FAILED') {
      const message = `the server rejected our request due to an error in our request: ${error.message}`;
      throw new StatusError(422, 'Invalid', message, {});
    }
    throw badRequest(error.message);
  }
}

function identified(call: Call, before: KubeObject, patched: unknown): KubeObject {
  if (!isRecord(patched) || !isRecord(patched['metadata']))
    throw badRequest('the patch does not leave an object with metadata');
  const next = { ...patched, metadata: { ...patched['metadata'] } } as unknown as KubeObject;
  const { name, namespace } = before.metadata;
  if (next.apiVersion !== before.apiVersion || next.kind !== before.kind) {
    throw badRequest(`the patch must not change apiVersion or kind of ${call.resource.info.kind} "${name}"`);
  }
  const errors = [];
  if (next.metadata.name !== name) {
    errors.push({
      path: 'metadata.name',
      type: 'immutable' as const,
      value: next.metadata.name,
      message: `Invalid value: ${JSON.stringify(next.metadata.name)}: field is immutable`,
    });
  }
  if (next.metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (errors.length > 0) throw invalid(call.resource.info.group, call.resource.info.kind, name ?? '', errors);
  return next;
}

/** Server-side apply: creates what is missing, else merges by ownership. */
async function apply(
  context: ServerContext,
  call: Call,
  options: WriteOptions,
  reviewedAs: ReviewedAs | undefined,
): Promise<Result> {
  if ((call.query['fieldManager'] ?? call.identity.fieldManager ?? '') === '') {
    const message = 'Required value: is required for apply patch';
    throw new StatusError(422, 'Invalid', `PatchOptions.meta.k8s.io "" is invalid: fieldManager: ${message}`, {
      group: 'meta.k8s.io',
      kind: 'PatchOptions',
      causes: [{ reason: 'FieldValueRequired', message, field: 'fieldManager' }],
    });
  }
  const { body } = call.request;
  if (!isRecord(body) || body['apiVersion'] === undefined || body['kind'] === undefined) {
    throw badRequest('invalid object type: an applied configuration must have apiVersion and kind');
  }
  const applied = identify(call, body);
  if (applied.metadata.name === undefined) applied.metadata.name = call.name ?? '';
  if (applied.metadata.name !== call.name) {
    throw badRequest(
      `metadata.name: Invalid value: "${applied.metadata.name}": does not match the name on the URL (${call.name ?? ''})`,
    );
  }
  if ((applied.metadata.managedFields?.length ?? 0) > 0) throw badRequest('metadata.managedFields must be nil');

  return onNewest(call, () => applyOnNewest(context, call, applied, options, reviewedAs));
}

async function applyOnNewest(
  context: ServerContext,
  call: Call,
  applied: KubeObject,
  options: WriteOptions,
  reviewedAs: ReviewedAs | undefined,
): Promise<Result | undefined> {
  const { resource } = call;
  const live = resource.collection.head(storageKey(call.namespace, call.name ?? ''));
  const before = live === undefined ? undefined : resource.fromStorage(live.object);
  const merged = mergeApplied({
    schema: resource.schema(),
    ...(before === undefined ? {} : { live: before }),
    applied,
    manager: options.manager,
    force: options.force,
    time: timestamp(context.clock.now()),
    apiVersion: resource.apiVersion,
    resetFields: resetFields(call),
    ...(call.subresource === undefined ? {} : { subresource: call.subresource }),
  });
  if (merged.conflicts.length > 0)
    throw new StatusError(409, 'Conflict', formatConflicts(merged.conflicts), {
      causes: conflictCauses(merged.conflicts),
    });
  const { managedFields } = merged.object.metadata;
  const track = (finished: KubeObject): KubeObject =>
    managedFields === undefined ? finished : { ...finished, metadata: { ...finished.metadata, managedFields } };
  const object = { ...merged.object, metadata: { ...merged.object.metadata } };
  if (live === undefined) {
    if (call.subresource !== undefined) liveOf(call);
    delete object.metadata.resourceVersion;
    try {
      return await insert(context, call, object, options, track);
    } catch (error) {
      // Somebody else made it while a review was waited for: now it is an update.
      if (error instanceof StatusError && error.status.reason === 'AlreadyExists') return undefined;
      throw error;
    }
  }
  return replace(context, call, live, object, options, track, reviewedAs);
}

function mergeApplied(request: Parameters<typeof serverSideApply>[0]): ReturnType<typeof serverSideApply> {
  try {
    return serverSideApply(request);
  } catch (error) {
    if (!isSekishoError(error)) throw error;
    const { code } = error.details;
    const status = typeof code === 'number' ? code : 400;
    throw new StatusError(status, status === 400 ? 'BadRequest' : '', error.message);
  }
}

import { applyJsonPatch, applyMergePatch, type KubeObject, trackUpdate } from '@sekisho/kube';
import type { StoredObject } from '../../storage/stored-object.ts';
import type { Call, Result } from '../call.ts';
import { type ServerContext, timestamp } from '../server-context.ts';
import { badRequest, conflict, invalid, unsupportedMediaType } from '../status-error.ts';
import { writeOptions } from '../verbs/options.ts';
import { published } from '../verbs/read.ts';
import { isRecord } from '../write/decode.ts';
import { liveOf, onNewest, replace } from '../write/update.ts';
import { readPath, writePath } from './field-path.ts';

interface ScalePaths {
  readonly spec: readonly string[];
  readonly status: readonly string[];
}

/** GET, PUT and PATCH of `autoscaling/v1 Scale`, a view on the replica fields of the object. */
export async function scale(context: ServerContext, call: Call): Promise<Result> {
  const paths = pathsOf(call);
  if (call.request.method === 'GET')
    return { kind: 'value', status: 200, body: scaleOf(call, published(call).object, paths) };
  return onNewest(call, () => {
    const live = liveOf(call);
    const before = scaleOf(call, call.resource.fromStorage(live.object), paths);
    return write(context, call, live, call.request.method === 'PUT' ? call.request.body : patched(call, before), paths);
  });
}

const SCALE = { apiVersion: 'autoscaling/v1', kind: 'Scale' };

async function write(
  context: ServerContext,
  call: Call,
  live: StoredObject,
  wanted: unknown,
  paths: ScalePaths,
): Promise<Result | undefined> {
  const { resource } = call;
  const name = call.name ?? '';
  if (!isRecord(wanted)) throw badRequest('the body must be an autoscaling/v1 Scale');
  const metadata = isRecord(wanted['metadata']) ? wanted['metadata'] : {};
  const revision = metadata['resourceVersion'];
  if (typeof revision === 'string' && revision !== '' && revision !== live.object.metadata.resourceVersion) {
    throw conflict(resource.info, name);
  }
  const current = resource.fromStorage(live.object);
  const view = (object: KubeObject): KubeObject => scaleOf(call, object, paths) as unknown as KubeObject;
  const withReplicas = (replicas: unknown): KubeObject => {
    const { resourceVersion: _revision, ...rest } = current.metadata;
    return { ...(writePath(current, paths.spec, replicas) as KubeObject), metadata: rest };
  };
  const options = writeOptions(call);
  let next = withReplicas(replicasOf(wanted, name));
  const review = context.reviews.of(call, { operation: 'UPDATE', dryRun: options.dryRun, kind: SCALE });
  if (review?.mutates === true) {
    const asked = view({ ...next, metadata: current.metadata });
    const mutated = await review.mutate({ name, object: asked, oldObject: view(current) });
    if (mutated !== asked) next = withReplicas(replicasOf(mutated, name));
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
      subresource: 'scale',
    });
  if (liveOf(call).revision !== live.revision) return undefined;
  const as = { subresource: 'scale', kind: SCALE, view };
  const result = await replace(context, { ...call, subresource: undefined }, live, next, options, track, as);
  if (result === undefined) return undefined;
  const object = result.kind === 'stored' ? resource.fromStorage(result.stored.object) : next;
  return { kind: 'value', status: 200, body: scaleOf(call, object, paths) };
}

function replicasOf(wanted: object, name: string): number {
  const spec = 'spec' in wanted && isRecord(wanted.spec) ? wanted.spec : {};
  const replicas = spec['replicas'] ?? 0;
  if (typeof replicas === 'number' && Number.isInteger(replicas) && replicas >= 0) return replicas;
  const message = `Invalid value: ${JSON.stringify(replicas)}: must be greater than or equal to 0`;
  throw invalid('autoscaling', 'Scale', name, [{ path: 'spec.replicas', type: 'invalid', value: replicas, message }]);
}

function patched(call: Call, scaleObject: Record<string, unknown>): unknown {
  const type = (call.request.contentType ?? '').split(';')[0]?.trim();
  switch (type) {
    case 'application/json-patch+json':
      return applyJsonPatch(scaleObject, call.request.body);
    case 'application/merge-patch+json':
    case 'application/strategic-merge-patch+json':
    case 'application/apply-patch+yaml':
      return applyMergePatch(scaleObject, call.request.body);
    default:
      throw unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json']);
  }
}

function pathsOf(call: Call): ScalePaths {
  const custom = call.resource.custom?.scale;
  if (custom === undefined) return { spec: ['spec', 'replicas'], status: ['status', 'replicas'] };
  return { spec: splitPath(custom.specReplicasPath), status: splitPath(custom.statusReplicasPath) };
}

function splitPath(path: string): string[] {
  return path.split('.').filter((part) => part !== '');
}

function scaleOf(call: Call, object: KubeObject, paths: ScalePaths): Record<string, unknown> {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = readPath(object, paths.spec);
  const current = readPath(object, paths.status);
  const selector = selectorOf(call, object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: typeof replicas === 'number' ? { replicas } : {},
    status: { replicas: typeof current === 'number' ? current : 0, ...(selector === undefined ? {} : { selector }) },
  };
}

function selectorOf(call: Call, object: KubeObject): string | undefined {
  const { custom } = call.resource;
  if (custom !== undefined) {
    const path = custom.scale?.labelSelectorPath;
    const value = path === undefined ? undefined : readPath(object, splitPath(path));
    return typeof value === 'string' ? value : undefined;
  }
  const selector = readPath(object, ['spec', 'selector']);
  if (!isRecord(selector)) return undefined;
  const labels = isRecord(selector['matchLabels'])
    ? selector['matchLabels']
    : isRecord(selector['matchExpressions'])
      ? {}
      : selector;
  const terms = Object.entries(labels).flatMap(([key, value]) =>
    typeof value === 'string' ? [`${key}=${value}`] : [],
  );
  return terms.sort().join(',');
}

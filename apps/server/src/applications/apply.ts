import { isSekishoError } from '@sekisho/base';
import type { KubeClient, ResourceType } from '@sekisho/client';
import {
  builtinSchema,
  canonicalJson,
  createThreeWayPatch,
  gvkOf,
  isBuiltinGroup,
  type KubeObject,
} from '@sekisho/kube';
import type { ApplyMode } from '@sekisho/sync';
import { withForeignItems } from './foreign-items.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export interface ApplyRequest {
  readonly client: KubeClient;
  readonly type: ResourceType;
  /** As wanted, with tracking. */
  readonly object: KubeObject;
  /** What is known to live; a stale one costs a round trip, never a wrong result. */
  readonly live: KubeObject | undefined;
  readonly mode: ApplyMode;
  /** Strict field validation (the Validate option). */
  readonly validate: boolean;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/**
 * Makes the cluster's object like `object` and returns what lives afterwards. Mode `apply` does what `kubectl apply`
 * does on the client: a three-way patch between the last applied configuration, the wanted and the live object, so that
 * fields which other writers added stay and fields which left the file go.
 *
 * @throws SekishoError KUBE_* as the API answers
 */
export async function applyObject(request: ApplyRequest): Promise<KubeObject> {
  const { client, type, object, live, mode, signal } = request;
  const options = {
    signal,
    dryRun: request.dryRun,
    fieldValidation: request.validate ? ('Strict' as const) : ('Ignore' as const),
  };
  switch (mode) {
    case 'serverSide':
      return client.apply(type, object, { ...options, force: true });
    case 'create':
      return client.create(type, object, options);
    case 'replace':
    case 'forceReplace':
      return replace(request, options);
    case 'apply': {
      if (object.metadata.name === undefined) return client.create(type, object, options);
      const modified = withLastApplied(object);
      if (live === undefined) {
        try {
          return await client.create(type, modified, options);
        } catch (error) {
          if (!isSekishoError(error, 'KUBE_ALREADY_EXISTS')) throw error;
          const found = await client.get(type, object.metadata.name, object.metadata.namespace, { signal });
          return patchLive(request, modified, found, options);
        }
      }
      try {
        return await patchLive(request, modified, live, options);
      } catch (error) {
        // Gone since the watch told of it.
        if (!isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
        return client.create(type, modified, options);
      }
    }
  }
}

type WriteOptions = Parameters<KubeClient['create']>[2];

async function patchLive(
  { client, type, object }: ApplyRequest,
  modified: KubeObject,
  live: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  const gvk = gvkOf(object);
  const schema = isBuiltinGroup(gvk.group) ? builtinSchema(gvk) : undefined;
  const kind = schema === undefined ? 'merge' : 'strategic';
  const { name = '', namespace } = object.metadata;
  const original = lastAppliedOf(live);
  const body = createThreeWayPatch(schema, original, modified, live);
  if (isEmpty(body)) return live;
  try {
    return await client.patch(type, name, namespace, { kind, body }, options);
  } catch (error) {
    // What others added to lists is kept as long as that gives an object that the API takes.
    if (schema === undefined || original === undefined || !isSekishoError(error, 'KUBE_INVALID')) throw error;
    const claimed = withForeignItems(schema, original, modified, live);
    if (claimed === undefined) throw error;
    const whole = createThreeWayPatch(schema, claimed, modified, live);
    try {
      return await client.patch(type, name, namespace, { kind, body: whole }, options);
    } catch {
      throw error;
    }
  }
}

/** `kubectl replace`: an update in place; by force, deletion and creation where the API refuses the update. */
async function replace(request: ApplyRequest, options: WriteOptions): Promise<KubeObject> {
  const { client, type, object, mode, signal } = request;
  const { name = '', namespace } = object.metadata;
  const live = await client.getIfExists(type, name, namespace, { signal });
  if (live === undefined) return client.create(type, object, options);
  const next: KubeObject = {
    ...object,
    metadata: { ...object.metadata, resourceVersion: live.metadata.resourceVersion ?? '' },
  };
  try {
    return await client.update(type, next, options);
  } catch (error) {
    if (mode !== 'forceReplace' || request.dryRun || !isSekishoError(error, 'KUBE_INVALID')) throw error;
    await client.delete(type, name, namespace, {
      propagationPolicy: 'Background',
      ...(live.metadata.uid === undefined ? {} : { preconditions: { uid: live.metadata.uid } }),
      signal,
    });
    return client.create(type, object, options);
  }
}

function withLastApplied(object: KubeObject): KubeObject {
  const { [LAST_APPLIED]: _, ...annotations } = object.metadata.annotations ?? {};
  const plain = { ...object, metadata: { ...object.metadata, annotations } };
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED]: `${canonicalJson(plain)}\n` } },
  };
}

/** The configuration that was applied last, by us or by kubectl; what can't be read counts as never applied. */
function lastAppliedOf(live: KubeObject): KubeObject | undefined {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as KubeObject;
  } catch {
    return undefined;
  }
}

function isEmpty(patch: unknown): boolean {
  return typeof patch === 'object' && patch !== null && Object.keys(patch).length === 0;
}

import { messageOf } from '@sekisho/base';
import { type ApiTransport, deepEqual, isBuiltinGroup, type KubeObject, resourcePath } from '@sekisho/kube';
import { collectionId } from '../api/registry.ts';
import { type ServerContext, timestamp } from '../api/server-context.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { CLEANUP_FINALIZER, type Definition, readDefinition } from './definition.ts';
import { servedVersions } from './served.ts';

export interface CrdController {
  close(): Promise<void>;
}

const CRDS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/**
 * Keeps the served resources equal to the stored CRDs. Serving changes in the same turn in which a CRD becomes visible;
 * conditions, and the removal of instances with their CRD, follow.
 */
export async function startCrdController(context: ServerContext, transport: ApiTransport): Promise<CrdController> {
  const { storage, registry, logger } = context;
  const collection = storage.collection(collectionId(CRDS.group, CRDS.resource));
  const definitions = new Map<string, Definition>();
  /** Those whose names are accepted: nobody else in the group may have them. */
  const holders = new Map<string, Definition>();
  let work: Promise<void> = Promise.resolve();
  let closed = false;

  const queue = (name: string): void => {
    work = work.then(async () => {
      if (closed) return;
      try {
        await reconcile(context, transport, definitions, holders, name);
      } catch (error) {
        if (!closed)
          logger.warn({ crd: name, error: messageOf(error) }, 'a custom resource definition could not be reconciled');
      }
    });
  };
  const serve = (stored: StoredObject): void => {
    const definition = readDefinition(stored.object);
    // A new status alone changes nothing that is served.
    if (definitions.get(stored.key)?.tag === definition.tag) {
      queue(stored.key);
      return;
    }
    definitions.set(stored.key, definition);
    if (holders.has(stored.key) || conflictOf(holders, definition) === undefined) {
      holders.set(stored.key, definition);
      registry.setCustom(stored.key, servedVersions(storage, definition));
    }
    queue(stored.key);
  };

  // Names that were accepted before the restart stay with their owners.
  const known = collection.range('');
  for (const stored of known)
    if (hasAcceptedNames(stored.object)) holders.set(stored.key, readDefinition(stored.object));
  for (const stored of known) serve(stored);
  let position = collection.history.end;
  const stop = collection.listen(() => {
    for (; position < collection.history.end; position += 1) {
      const event = collection.history.at(position);
      if (event === undefined) continue;
      const { key } = event.stored;
      if (event.type !== 'DELETED') {
        serve(event.stored);
        continue;
      }
      definitions.delete(key);
      holders.delete(key);
      registry.setCustom(key, []);
      // Names that it held may be free for another one now.
      for (const other of definitions.keys()) queue(other);
    }
  });
  await work;
  return {
    close: async () => {
      closed = true;
      stop();
      await work;
    },
  };
}

async function reconcile(
  context: ServerContext,
  transport: ApiTransport,
  definitions: ReadonlyMap<string, Definition>,
  holders: Map<string, Definition>,
  name: string,
): Promise<void> {
  const collection = context.storage.collection(collectionId(CRDS.group, CRDS.resource));
  const object = collection.get(name)?.object;
  const definition = definitions.get(name);
  if (object === undefined || definition === undefined) return;
  if (object.metadata.deletionTimestamp !== undefined) {
    if (object.metadata.finalizers?.includes(CLEANUP_FINALIZER) === true)
      await cleanUp(context, transport, object, definition);
    return;
  }
  const status = statusOf(context, object, definition, conflictOf(holders, definition));
  if (deepEqual(status, object['status'])) return;
  const accepted = status.conditions.some(
    (condition) => condition.type === 'Established' && condition.status === 'True',
  );
  if (accepted && !holders.has(name)) {
    holders.set(name, definition);
    context.registry.setCustom(name, servedVersions(context.storage, definition));
  }
  await put(transport, { ...object, status }, 'status');
}

/** Deletes every instance; the last finalizer goes when none is left. Instances with finalizers of their own are waited for. */
async function cleanUp(
  context: ServerContext,
  transport: ApiTransport,
  object: KubeObject,
  definition: Definition,
): Promise<void> {
  const instances = context.storage.collection(collectionId(definition.group, definition.names.plural));
  const version = definition.versions.find((one) => one.served)?.name;
  const type = { group: definition.group, version: version ?? '', resource: definition.names.plural };
  for (const stored of instances.range('')) {
    if (version === undefined || stored.object.metadata.deletionTimestamp !== undefined) continue;
    const { namespace, name } = stored.object.metadata;
    await transport.request({ method: 'DELETE', path: resourcePath(type, namespace, name) });
  }
  const finish = async (): Promise<void> => {
    const live = context.storage
      .collection(collectionId(CRDS.group, CRDS.resource))
      .head(object.metadata.name ?? '')?.object;
    if (live === undefined) return;
    const finalizers = (live.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CLEANUP_FINALIZER);
    await put(transport, { ...live, metadata: { ...live.metadata, finalizers } });
  };
  if (instances.size === 0) return finish();
  const stop = instances.listen(() => {
    if (instances.size > 0) return;
    stop();
    finish().catch((error: unknown) =>
      context.logger.warn(
        { crd: definition.crdName, error: messageOf(error) },
        'a custom resource definition could not be removed',
      ),
    );
  });
}

async function put(transport: ApiTransport, object: KubeObject, subresource?: string): Promise<void> {
  const path = resourcePath(CRDS, undefined, object.metadata.name, subresource);
  const answer = await transport.request({ method: 'PUT', path, body: object });
  // A conflict means that a newer state is on its way, which is looked at in its turn.
  if (answer.status >= 300 && answer.status !== 409 && answer.status !== 404)
    throw new Error(JSON.stringify(answer.body));
}

interface CrdStatus {
  readonly conditions: readonly Condition[];
  readonly acceptedNames: Record<string, unknown>;
  readonly storedVersions: readonly string[];
}

function statusOf(
  context: ServerContext,
  object: KubeObject,
  definition: Definition,
  conflict: { reason: string; message: string } | undefined,
): CrdStatus {
  const before = (object['status'] ?? {}) as Partial<CrdStatus>;
  const old = before.conditions ?? [];
  const now = timestamp(context.clock.now());
  const condition = (type: string, status: 'True' | 'False', reason: string, message: string): Condition => {
    const known = old.find((one) => one.type === type);
    const since = known?.status === status ? known.lastTransitionTime : now;
    return { lastTransitionTime: since, message, reason, status, type };
  };
  const wasEstablished = old.some((one) => one.type === 'Established' && one.status === 'True');
  const storage = definition.versions.find((version) => version.storage)?.name;
  const stored = before.storedVersions ?? [];
  const others = old.filter((one) => one.type !== 'NamesAccepted' && one.type !== 'Established');
  const names =
    conflict === undefined
      ? [
          condition('NamesAccepted', 'True', 'NoConflicts', 'no conflicts found'),
          condition('Established', 'True', 'InitialNamesAccepted', 'the initial names have been accepted'),
        ]
      : [
          condition('NamesAccepted', 'False', conflict.reason, conflict.message),
          wasEstablished
            ? condition('Established', 'True', 'InitialNamesAccepted', 'the initial names have been accepted')
            : condition('Established', 'False', 'NotAccepted', 'not all names are accepted'),
        ];
  return {
    ...before,
    conditions: [...names, ...others],
    acceptedNames:
      conflict === undefined ? acceptedNames(definition) : (before.acceptedNames ?? { plural: '', kind: '' }),
    storedVersions: storage === undefined || stored.includes(storage) ? stored : [...stored, storage],
  };
}

function acceptedNames({ names }: Definition): Record<string, unknown> {
  const { plural, singular, kind, listKind, shortNames, categories } = names;
  return {
    ...(categories.length === 0 ? {} : { categories }),
    kind,
    listKind,
    plural,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    singular,
  };
}

function hasAcceptedNames(object: KubeObject): boolean {
  const conditions = (object['status'] as Partial<CrdStatus> | undefined)?.conditions ?? [];
  return conditions.some((condition) => condition.type === 'NamesAccepted' && condition.status === 'True');
}

/** Names that another CRD of the group holds, or a group that is the API server's own. */
function conflictOf(
  holders: ReadonlyMap<string, Definition>,
  definition: Definition,
): { reason: string; message: string } | undefined {
  if (isBuiltinGroup(definition.group))
    return {
      reason: 'GroupConflict',
      message: `${JSON.stringify(definition.group)} is served by the API server itself`,
    };
  for (const other of holders.values()) {
    if (other.crdName === definition.crdName || other.group !== definition.group) continue;
    const taken = new Set([other.names.plural, other.names.singular, ...other.names.shortNames]);
    const kinds = new Set([other.names.kind, other.names.listKind]);
    for (const [reason, name, inUse] of [
      ['PluralConflict', definition.names.plural, taken],
      ['SingularConflict', definition.names.singular, taken],
      ['KindConflict', definition.names.kind, kinds],
      ['ListKindConflict', definition.names.listKind, kinds],
      ...definition.names.shortNames.map((short) => ['ShortNamesConflict', short, taken] as const),
    ] as const) {
      if (inUse.has(name)) return { reason, message: `${JSON.stringify(name)} is already in use` };
    }
  }
  return undefined;
}

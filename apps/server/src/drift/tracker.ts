import { type Clock, defined, type Logger, messageOf } from '@sekisho/base';
import { deepEqual, type KubeObject } from '@sekisho/kube';
import type { DriftRecord, Store } from '@sekisho/store';
import {
  type ApplicationComparison,
  type ApplicationCondition,
  type DriftPolicy,
  driftAction,
  driftOf,
  type FieldDrift,
  formatObjectKey,
  type IgnoredFields,
  objectId,
  type ResourceState,
} from '@sekisho/sync';
import type { Application } from '../applications/application.ts';
import { createTurns } from '../turns.ts';
import { createBaseline } from './baseline.ts';
import { defaultAction, heals, keptFields, policyOf } from './drift-healing.ts';
import { type DriftItem, describeDrift, shortened, type TrackedDrift } from './drift-item.ts';
import { asItem, beginning, idOf, itemOf, recordOf } from './drift-record.ts';
import { createDriftWriter } from './drift-writer.ts';

/** What a look at an application found, and what is to be done about it. */
export interface DriftLook {
  readonly conditions: readonly ApplicationCondition[];
  /** Whether a resource that differs is put back; undefined: as the Application's policy says. */
  heals(resource: ResourceState): boolean | undefined;
  /** Whether a resource drifted, in an Application that says what is done about drift. */
  isDrift(resource: ResourceState): boolean;
  /** The fields that healing leaves alone, because they are to be reported only. */
  keepLive(manifest: KubeObject, desired: KubeObject, live: KubeObject): IgnoredFields | undefined;
}

/** What changed at one look. */
export interface DriftChange {
  readonly key: string;
  /** Absent when it is gone. */
  readonly application?: KubeObject;
  readonly began: readonly DriftItem[];
  readonly ended: readonly DriftItem[];
}

/** Knows what drifts, since when and how often; fed by comparisons. */
export interface DriftTracker {
  look(application: Application, comparison: ApplicationComparison): Promise<DriftLook>;
  /** A sync has applied these manifests, as git declares them. */
  applied(key: string, objects: Iterable<KubeObject>): void;
  /** What drifts now. */
  items(key: string): DriftItem[];
  /** Fields that drift now, those that are too many to be kept one by one with them. */
  count(key: string): number;
  /** What drifted and does so no longer, newest first. @throws SekishoError STORE_* */
  healed(key: string, limit: number): Promise<DriftItem[]>;
  /** Everything that drifts now. */
  all(): Iterable<DriftItem>;
  onChange(listener: (change: DriftChange) => void): void;
  forget(key: string): void;
  close(): Promise<void>;
}

/** Fields that are kept one by one for an application; above that they are counted only. */
const MAX_FIELDS = 1_000;
const MAX_FIELDS_OF_OBJECT = 100;
const MAX_RESTORED = 50_000;
/** How long a look waits for what was known before a restart. */
const RESTORE_WAIT_MS = 5_000;
/** Fields that a condition names. */
const NAMED = 3;

interface DriftedObject {
  /** What the fields were found in; the same again need not be looked at. */
  readonly live: KubeObject | undefined;
  readonly changes: ResourceState['changes'];
  readonly policy: DriftPolicy;
  readonly fields: Map<string, TrackedDrift>;
  /** Fields beyond the limit. */
  readonly more: number;
  /** Git says something new of the object: only what drifted before is known to drift. */
  readonly isOutdated: boolean;
}

interface State {
  /** By object id. */
  objects: Map<string, DriftedObject>;
}

export function createDriftTracker(options: { store: Store; clock: Clock; logger: Logger }): DriftTracker {
  const { store, clock, logger } = options;
  const states = new Map<string, State>();
  /** Applications that were found in sync before it was known what drifted before the restart. */
  let clean: Set<string> | undefined = new Set();
  /** Applications that nobody had looked at before this start: nothing is known of them. */
  const fresh = new Set<string>();
  /** What drifted before the restart, by application, until its first look. */
  const restored = new Map<string, Map<string, DriftRecord>>();
  const listeners = new Set<(change: DriftChange) => void>();
  const baseline = createBaseline({ store, logger });
  const writer = createDriftWriter({ store, clock, logger, onCounts: noteCounts });
  const restoring = restore();

  async function restore(): Promise<void> {
    try {
      for (const record of await store.drift.open(MAX_RESTORED)) {
        const key = `${record.namespace}/${record.app}`;
        if (clean?.has(key) === true) {
          writer.put(idOf(key, record), { ...record, times: 0, healedAt: now() });
          continue;
        }
        let records = restored.get(key);
        if (records === undefined) {
          records = new Map();
          restored.set(key, records);
        }
        records.set(`${formatObjectKey(record.object)} ${record.path}`, record);
      }
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'what drifted before the start is not known');
    }
    clean = undefined;
    fresh.clear();
  }

  /** Asked while what drifted before the start is read. */
  function isNew({ key, object }: Application): boolean {
    if (object['status'] === undefined) fresh.add(key);
    return fresh.has(key);
  }

  function now(): string {
    return new Date(clock.now()).toISOString();
  }

  function noteCounts(counts: Parameters<Parameters<typeof createDriftWriter>[0]['onCounts']>[0]): void {
    for (const { namespace, app, object, path, times } of counts) {
      const tracked = states.get(`${namespace}/${app}`)?.objects.get(formatObjectKey(object))?.fields.get(path);
      if (tracked !== undefined && tracked.item.count !== times) tracked.item = { ...tracked.item, count: times };
    }
  }

  async function look(application: Application, comparison: ApplicationComparison): Promise<DriftLook> {
    const { key } = application;
    const { policy, conditions } = policyOf(application);
    const differing = comparison.resources.filter(
      ({ counts, status, desired, hook }) => counts && status === 'OutOfSync' && desired !== undefined && !hook,
    );
    if (comparison.sync !== 'Unknown') await update(application, policy, differing);
    const state = states.get(key);
    const hasPolicy = policy.default !== undefined || policy.rules.length > 0;
    return {
      conditions: [...conditions, ...conditionOf(state)],
      heals(resource) {
        const drifted = state?.objects.get(formatObjectKey(resource));
        // Healing must not roll out what is new.
        return heals(application, policy, drifted?.isOutdated === true ? undefined : drifted, resource);
      },
      isDrift: (resource) => hasPolicy && state?.objects.has(formatObjectKey(resource)) === true,
      keepLive: (manifest, desired, live) => keptFields(state?.objects.get(objectId(desired)), manifest, live),
    };
  }

  async function update(
    application: Application,
    policy: DriftPolicy,
    differing: readonly ResourceState[],
  ): Promise<void> {
    const { key } = application;
    const before = states.get(key);
    if (differing.length === 0 && before === undefined) {
      clean?.add(key);
      if (!restored.has(key)) return;
    } else if (clean !== undefined && !isNew(application)) await waited(restoring, RESTORE_WAIT_MS);
    const earlier = restored.get(key);
    const objects = new Map<string, DriftedObject>();
    const giveWay = createTurns();
    let left = MAX_FIELDS;
    for (const resource of differing) {
      await giveWay();
      const id = formatObjectKey(resource);
      const known = before?.objects.get(id);
      if (isSame(known, resource, policy)) {
        objects.set(id, known);
        left -= known.fields.size;
        continue;
      }
      const desired = resource.desired?.object;
      if (desired === undefined) continue;
      const isOutdated = !(await baseline.isUnchanged(application, desired, resource.live));
      if (isOutdated && known === undefined && earlier === undefined) continue;
      const context = { known, earlier, limit: Math.max(0, left), isOutdated };
      const found = trackObject(application, policy, resource, context);
      if (isOutdated && found.fields.size === 0) continue;
      objects.set(id, found);
      left -= found.fields.size;
    }
    restored.delete(key);
    finish(application, before, objects, earlier);
  }

  /** Takes over the new state, and tells of what began and what ended. */
  function finish(
    { key, object: application }: Application,
    before: State | undefined,
    objects: Map<string, DriftedObject>,
    earlier: ReadonlyMap<string, DriftRecord> | undefined,
  ): void {
    const began: DriftItem[] = [];
    const ended: DriftItem[] = [];
    const healedAt = now();
    for (const [id, object] of objects) {
      const known = before?.objects.get(id);
      if (known === object) continue;
      for (const [path, { item }] of object.fields) {
        const old = known?.fields.get(path)?.item;
        const isNew = old === undefined && earlier?.has(`${id} ${path}`) !== true;
        if (isNew) began.push(item);
        if (isNew || old === undefined || !deepEqual(old, item)) {
          writer.put(idOf(key, item), recordOf(item, isNew ? 1 : 0));
        }
      }
    }
    const isOver = (id: string, path: string) => objects.get(id)?.fields.has(path) !== true;
    for (const [id, object] of before?.objects ?? []) {
      for (const [path, { item }] of object.fields) if (isOver(id, path)) ended.push({ ...item, healedAt });
    }
    for (const record of earlier?.values() ?? []) {
      if (isOver(formatObjectKey(record.object), record.path)) ended.push({ ...itemOf(record), healedAt });
    }
    for (const item of ended) writer.put(idOf(key, item), recordOf(item, 0));
    if (objects.size > 0) states.set(key, { objects });
    else states.delete(key);
    if (began.length === 0 && ended.length === 0) return;
    for (const listener of listeners) listener({ key, application, began, ended });
  }

  function trackObject(
    application: Application,
    policy: DriftPolicy,
    resource: ResourceState,
    context: {
      known: DriftedObject | undefined;
      earlier: ReadonlyMap<string, DriftRecord> | undefined;
      limit: number;
      isOutdated: boolean;
    },
  ): DriftedObject {
    const { live, changes = [], places = [] } = resource;
    const { isOutdated } = context;
    const hasDrifted = ({ path }: FieldDrift) =>
      context.known?.fields.has(path) === true || context.earlier?.has(`${formatObjectKey(resource)} ${path}`) === true;
    const all = driftOf({ live, changes, places });
    const found = isOutdated ? all.filter(hasDrifted) : all;
    const fields = new Map<string, TrackedDrift>();
    for (const field of found.slice(0, Math.min(context.limit, MAX_FIELDS_OF_OBJECT))) {
      const before =
        context.known?.fields.get(field.path)?.item ??
        asItem(context.earlier?.get(`${formatObjectKey(resource)} ${field.path}`));
      fields.set(field.path, { at: field.at, item: toItem(application, policy, resource, field, before) });
    }
    return { live, changes: resource.changes, policy, fields, more: found.length - fields.size, isOutdated };
  }

  function toItem(
    application: Application,
    policy: DriftPolicy,
    resource: ResourceState,
    field: FieldDrift,
    before: DriftItem | undefined,
  ): DriftItem {
    const { namespace, name, spec } = application;
    const { group, kind } = resource;
    const object = { group, kind, namespace: resource.namespace, name: resource.name };
    const from = shortened(field.from);
    const to = shortened(field.to);
    return {
      application: { namespace, name, project: spec.project },
      object,
      path: field.path,
      ...defined({ from, to, manager: field.manager, operation: field.operation, subresource: field.subresource }),
      since: before?.since ?? beginning(field.changedAt, clock.now()),
      count: before?.count ?? 1,
      policy: driftAction(policy, object, field.path) ?? defaultAction(application),
    };
  }

  return {
    look,
    applied: (key, objects) => baseline.applied(key, objects),
    items: (key) => [...itemsOf(states.get(key))],
    count(key) {
      let count = 0;
      for (const { fields, more } of states.get(key)?.objects.values() ?? []) count += fields.size + more;
      return count;
    },
    async healed(key, limit) {
      const [namespace = '', app = ''] = key.split('/');
      return (await store.drift.healed({ namespace, app, limit })).map(itemOf);
    },
    *all() {
      for (const state of states.values()) yield* itemsOf(state);
    },
    onChange(listener) {
      listeners.add(listener);
    },
    forget(key) {
      const wasKnown = states.delete(key);
      restored.delete(key);
      baseline.forget(key);
      writer.forget(key);
      if (wasKnown) for (const listener of listeners) listener({ key, began: [], ended: [] });
    },
    close: () => writer.close(),
  };
}

function* itemsOf(state: State | undefined): Generator<DriftItem> {
  for (const { fields } of state?.objects.values() ?? []) for (const { item } of fields.values()) yield item;
}

/** Nothing that was looked at before has changed since. */
function isSame(
  known: DriftedObject | undefined,
  resource: ResourceState,
  policy: DriftPolicy,
): known is DriftedObject {
  return (
    known !== undefined &&
    known.live === resource.live &&
    deepEqual(known.policy, policy) &&
    deepEqual(known.changes, resource.changes)
  );
}

/** One condition for all, that says the same as long as the same drifts. */
function conditionOf(state: State | undefined): ApplicationCondition[] {
  if (state === undefined) return [];
  let fields = 0;
  const named: string[] = [];
  for (const object of state.objects.values()) {
    fields += object.fields.size + object.more;
    for (const { item } of object.fields.values()) if (named.length < NAMED) named.push(describeDrift(item));
  }
  const more = fields - named.length;
  const count = `${fields} ${fields === 1 ? 'field' : 'fields'} of ${state.objects.size} ${state.objects.size === 1 ? 'object' : 'objects'}`;
  const message = `${count} drifted from git: ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  return [{ type: 'DriftWarning', message }];
}

async function waited(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms).unref();
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

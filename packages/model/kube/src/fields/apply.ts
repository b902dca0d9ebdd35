import { SekishoError } from '@sekisho/base';
import { deepEqual } from '../equal.ts';
import { isJsonObject } from '../json.ts';
import { type KubeObject, parseApiVersion } from '../object.ts';
import type { Schema } from '../schema/schema.ts';
import type { FieldConflict } from './conflict.ts';
import { FieldSet } from './field-set.ts';
import { objectTypeOf } from './field-type.ts';
import { lastAppliedFields, renewLastApplied } from './last-applied.ts';
import {
  type Owner,
  type Owners,
  ownerId,
  readOwners,
  reconcileWithSchema,
  unownedFields,
  writeOwners,
} from './managed-fields.ts';
import { mergeApplied } from './merge.ts';
import { dropNulls } from './nulls.ts';
import {
  type ChangeContext,
  compareChange,
  conflictList,
  contestedFields,
  recordUpdate,
  withManagedFields,
  yieldFields,
} from './ownership.ts';
import { pruneFields } from './prune.ts';
import { type AppliedFields, readApplied } from './stated-fields.ts';

export interface ApplyRequest {
  /** Of the whole object; undefined: no schema is known, lists are atomic. */
  readonly schema: Schema | undefined;
  /** Undefined when the apply creates the object. */
  readonly live?: KubeObject | undefined;
  /** The complete intent of this manager. */
  readonly applied: KubeObject;
  /** Field manager; empty counts as `unknown`. */
  readonly manager: string;
  /** Take fields over from other managers instead of reporting conflicts. */
  readonly force: boolean;
  /** RFC 3339 in whole seconds, such as 2026-01-31T12:00:00Z. */
  readonly time: string;
  readonly subresource?: string | undefined;
  /** The version that the request was made in. */
  readonly apiVersion: string;
  /** Fields that this endpoint ignores, as name paths (`[['status']]` on the main resource): they are not owned by the change. */
  readonly resetFields?: readonly (readonly string[])[] | undefined;
}

export interface ApplyResult {
  /** With its new managedFields; `live` itself when nothing changed. With conflicts: `live` (or `applied`) as it was. */
  readonly object: KubeObject;
  /** Empty when the apply succeeded. In the API server's order: by manager, then by path. */
  readonly conflicts: readonly FieldConflict[];
}

const beforeFirstApply = 'before-first-apply';

/**
 * Server-side apply: lays `applied` over the live object, removes what this manager applied before and nobody else owns,
 * and records who owns what. Inputs are not changed; unchanged parts of `live` are shared with the result.
 *
 * The result is not defaulted or validated: that is the server's job. Explicit nulls remove a field where the schema does
 * not allow null.
 * @throws SekishoError APPLY_INVALID (`details.code` is the HTTP status to answer) | OBJECT_TOO_DEEP
 * @see structured-merge-diff and the field manager of kube-apiserver
 */
export function serverSideApply(request: ApplyRequest): ApplyResult {
  const { live, applied } = request;
  const context = changeContext(request);
  const { set, hasNull } = readValid(context, applied);
  const intent = { live, applied, stated: set.recursiveDifference(context.resetFields) };
  const owners = reconcileOwners(context, readLiveOwners(live));
  if (owners.size === 0 && live !== undefined) {
    recordUpdate({ ...context, manager: beforeFirstApply }, owners, emptyLike(live), live);
  }
  let outcome = applyOnce(context, intent, owners, request.force);
  if (outcome.conflicts.length > 0 && live !== undefined && request.manager === 'kubectl') {
    outcome = forgiveLastApplied(context, intent, owners, live, outcome);
  }
  if (outcome.conflicts.length > 0) return { object: live ?? applied, conflicts: outcome.conflicts };
  let { object } = outcome;
  if (hasNull) object = dropNulls(context.type, object) as KubeObject;
  if (request.manager === 'kubectl') object = renewLastApplied(object, applied);
  return { object: withManagedFields(object, writeOwners(outcome.owners)), conflicts: [] };
}

interface Intent {
  readonly live: KubeObject | undefined;
  readonly applied: KubeObject;
  /** The fields of `applied` that the request can change. */
  readonly stated: FieldSet;
}

interface Outcome {
  readonly object: KubeObject;
  readonly owners: Owners;
  readonly conflicts: readonly FieldConflict[];
}

function applyOnce(context: ChangeContext, intent: Intent, known: Owners, force: boolean): Outcome {
  const { type } = context;
  const { live, applied } = intent;
  const owners: Owners = new Map(known);
  const merged = live === undefined ? applied : mergeApplied(type, live, applied);

  const self = applyOwner(context);
  const selfId = ownerId(self);
  const last = owners.get(selfId);
  const owned = intent.stated.difference(unownedFields);
  const isSameSet = last?.set.equals(owned) === true;
  owners.set(selfId, { ...self, set: intent.stated });
  const object = isSameSet ? (merged as KubeObject) : (pruneFields(type, merged, owners, last?.set) as KubeObject);

  if (owners.size > 1 && object !== live) {
    const changes = compareChange(context, live ?? emptyLike(applied), object);
    const contested = contestedFields(owners, selfId, changes);
    if (!force && contested.size > 0) return { object, owners, conflicts: conflictList(owners, contested) };
    yieldFields(owners, selfId, contested, changes.removed);
  }
  if (owned.isEmpty) owners.delete(selfId);
  else if (last === undefined || !isSameSet) owners.set(selfId, { ...self, set: owned });
  else owners.set(selfId, renewOwner(self, last, live !== undefined && deepEqual(object, live)));
  return { object, owners, conflicts: [] };
}

/** The owner after an apply of the same fields as before: its time moves when the object changed. */
function renewOwner(self: Owner, last: Owner, isUnchanged: boolean): Owner {
  const renewed = { ...self, set: last.set, time: isUnchanged ? last.time : self.time };
  return last.apiVersion === self.apiVersion && last.entry !== undefined ? { ...renewed, entry: last.entry } : renewed;
}

/** kubectl may take over what its own client-side apply has set, as long as nobody changed it since. */
function forgiveLastApplied(
  context: ChangeContext,
  intent: Intent,
  owners: Owners,
  live: KubeObject,
  refused: Outcome,
): Outcome {
  const forgiven = lastAppliedFields(context, live);
  if (forgiven === undefined) return refused;
  const conflicts = refused.conflicts.filter((conflict) => !forgiven.has(conflict.path));
  return conflicts.length > 0 ? { ...refused, conflicts } : applyOnce(context, intent, owners, true);
}

function applyOwner(context: ChangeContext): Owner {
  const { manager, apiVersion, subresource, time } = context;
  return { manager, operation: 'Apply', apiVersion, subresource, time, set: FieldSet.empty };
}

export function changeContext(
  request: Pick<ApplyRequest, 'schema' | 'manager' | 'apiVersion' | 'subresource' | 'time' | 'resetFields'>,
): ChangeContext {
  const { resetFields } = request;
  return {
    type: objectTypeOf(request.schema),
    manager: request.manager === '' ? 'unknown' : request.manager,
    apiVersion: request.apiVersion,
    subresource: request.subresource ?? '',
    time: request.time,
    resetFields:
      resetFields === undefined
        ? FieldSet.empty
        : FieldSet.of(...resetFields.map((path) => path.map((name) => `f:${name}`))),
  };
}

/** What an object is before it exists: its type alone. */
export function emptyLike(object: KubeObject): unknown {
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: {} };
}

/** Ownership as the current schema sees it. */
export function reconcileOwners(context: ChangeContext, owners: Owners): Owners {
  for (const [id, owner] of owners) {
    const set = reconcileWithSchema(context.type, owner.set);
    if (set !== owner.set) owners.set(id, { ...owner, set });
  }
  return owners;
}

function readLiveOwners(live: KubeObject | undefined): Owners {
  try {
    return readOwners(live?.metadata?.managedFields);
  } catch (cause) {
    throw new SekishoError('APPLY_INVALID', 'The managedFields of the live object cannot be read', {
      hint: 'Reset them: kubectl patch … -p \'{"metadata":{"managedFields":[{}]}}\' --type=merge',
      details: { code: 500 },
      cause,
    });
  }
}

/** Reads the applied object, or refuses it. */
function readValid(context: ChangeContext, applied: KubeObject): AppliedFields {
  if (!isJsonObject(applied)) throw refuse('the applied configuration must be an object', 400);
  if (applied.apiVersion !== context.apiVersion) {
    throw refuse(
      `Incorrect version specified in apply patch. Specified patch version: ${String(applied.apiVersion)}, expected: ${context.apiVersion}`,
      400,
    );
  }
  if (applied.metadata?.managedFields !== undefined && applied.metadata.managedFields !== null) {
    throw refuse('metadata.managedFields must be nil', 400);
  }
  const fields = readApplied(context.type, applied);
  const { problems } = fields;
  if (problems.length > 0) {
    const list = problems.length === 1 ? String(problems[0]) : ['errors:', ...problems.map((p) => `  ${p}`)].join('\n');
    throw refuse(`failed to create typed patch object (${describeObject(applied)}): ${list}`, 500, problems);
  }
  return fields;
}

function refuse(message: string, code: number, problems?: readonly string[]): SekishoError {
  return new SekishoError('APPLY_INVALID', message, {
    hint: 'Correct the named fields of the applied object.',
    details: { code, ...(problems === undefined ? {} : { problems }) },
  });
}

function describeObject(object: KubeObject): string {
  const { group, version } = parseApiVersion(object.apiVersion);
  const name = object.metadata?.name ?? '';
  const gv = group === '' ? `/${version}` : `${group}/${version}`;
  return `${object.metadata?.namespace ?? ''}/${name}; ${gv}, Kind=${object.kind}`;
}

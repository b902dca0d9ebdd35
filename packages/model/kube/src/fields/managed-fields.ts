import { SekishoError } from '@sekisho/base';
import type { ManagedFieldsEntry } from '../object.ts';
import { FieldSet } from './field-set.ts';
import { type FieldType, type MapType, memberType } from './field-type.ts';
import type { PathElement } from './path-element.ts';
import { shared } from './shared-set.ts';

/** What one manager owns. Managers are told apart by name, operation, subresource and, for updates, API version. */
export interface Owner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly set: FieldSet;
  /** The entry this was read from; written back as it is when nothing changed. */
  readonly entry?: ManagedFieldsEntry;
}

/** Owners by identity ({@link ownerId}). */
export type Owners = Map<string, Owner>;

/** Updates by more managers than this are merged, oldest first, into one owner per API version. */
const maxUpdateManagers = 10;
const ancientManager = 'ancient-changes';

/** The identity of an owner. Its text also orders conflicts and old updates, as in the API server. */
export function ownerId(owner: Pick<Owner, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  const { manager, operation, apiVersion, subresource } = owner;
  return JSON.stringify({
    manager: manager === '' ? undefined : manager,
    operation,
    apiVersion: operation === 'Apply' ? undefined : apiVersion,
    subresource: subresource === '' ? undefined : subresource,
  });
}

/** @throws SekishoError FIELDS_INVALID */
export function readOwners(entries: readonly ManagedFieldsEntry[] | undefined): Owners {
  const owners: Owners = new Map();
  if (entries === undefined || entries === null) return owners;
  if (!Array.isArray(entries)) throw invalidEntry('metadata.managedFields is not a list');
  entries.forEach((entry: ManagedFieldsEntry, index) => {
    if (typeof entry !== 'object' || entry === null) throw invalidEntry(`entry ${index} is not an object`);
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
      throw invalidEntry('operation must be `Apply` or `Update`');
    }
    if (typeof entry.apiVersion !== 'string' || entry.apiVersion === '')
      throw invalidEntry('apiVersion must not be empty');
    if (entry.fieldsType !== 'FieldsV1')
      throw invalidEntry(`missing or invalid fieldsType in managed fields entry ${index}`);
    const owner: Owner = {
      manager: typeof entry.manager === 'string' ? entry.manager : '',
      operation: entry.operation,
      apiVersion: entry.apiVersion,
      subresource: entry.subresource ?? '',
      time: entry.time,
      set: entry.fieldsV1 === undefined ? FieldSet.empty : FieldSet.parse(entry.fieldsV1),
      entry,
    };
    owners.set(ownerId(owner), owner);
  });
  return owners;
}

function invalidEntry(problem: string): SekishoError {
  return new SekishoError('FIELDS_INVALID', `metadata.managedFields cannot be read: ${problem}`);
}

/** The entries in the API server's order: applies first, then by time, manager, version, subresource. */
export function writeOwners(owners: Owners): ManagedFieldsEntry[] {
  const list = [...owners.values()].map((owner) => ({ owner, seconds: unixSeconds(owner.time) }));
  list.sort(
    (a, b) =>
      compareText(a.owner.operation, b.owner.operation) || a.seconds - b.seconds || compareOwners(a.owner, b.owner),
  );
  return list.map(({ owner }) => writeOwner(owner));
}

function writeOwner(owner: Owner): ManagedFieldsEntry {
  const { entry } = owner;
  if (entry !== undefined && entry.time === owner.time && owner.set === FieldSet.parse(entry.fieldsV1)) return entry;
  return {
    manager: owner.manager,
    operation: owner.operation,
    apiVersion: owner.apiVersion,
    ...(owner.time === undefined ? {} : { time: owner.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: shared(owner.set).toFieldsV1(),
    ...(owner.subresource === '' ? {} : { subresource: owner.subresource }),
  };
}

function compareOwners(a: Owner, b: Owner): number {
  return (
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function unixSeconds(time: string | undefined): number {
  if (time === undefined) return 0;
  const milliseconds = Date.parse(time);
  return Number.isNaN(milliseconds) ? 0 : Math.floor(milliseconds / 1000);
}

/** Replaces what an owner owns; owners of nothing disappear. */
export function setOwned(owners: Owners, id: string, owner: Owner, set: FieldSet): void {
  if (set.isEmpty) owners.delete(id);
  else if (set !== owner.set) owners.set(id, { ...owner, set: owner.set.equals(set) ? owner.set : set });
}

/** Merges the oldest updates into one owner per API version while there are too many. */
export function capOwners(owners: Owners): void {
  const updates = [...owners].filter(([, owner]) => owner.operation === 'Update');
  let excess = updates.length - maxUpdateManagers;
  if (excess <= 0) return;
  updates.sort(([idA, a], [idB, b]) => unixSeconds(a.time) - unixSeconds(b.time) || compareText(idA, idB));
  const firstOfVersion = new Map<string, string>();
  for (const [id, owner] of updates) {
    if (excess <= 0) return;
    const { apiVersion } = owner;
    const first = firstOfVersion.get(apiVersion);
    if (first === undefined) {
      firstOfVersion.set(apiVersion, id);
      continue;
    }
    const bucket = { manager: ancientManager, operation: 'Update', apiVersion, subresource: '' } as const;
    const bucketId = ownerId(bucket);
    let known = owners.get(bucketId);
    if (known === undefined) {
      known = owners.get(first);
      owners.delete(first);
    }
    owners.delete(id);
    owners.set(bucketId, {
      ...bucket,
      time: owner.time,
      set: known === undefined ? owner.set : known.set.union(owner.set),
    });
    excess--;
  }
}

const metadataFields = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
];

/** Fields that nobody owns: identity and what the server keeps. */
export const unownedFields: FieldSet = FieldSet.of(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...metadataFields.map((name) => ['f:metadata', `f:${name}`]),
);

/**
 * Ownership after a schema change: where something became atomic since the set was recorded, the owner of parts owns the
 * whole. Returns the same set when nothing changed.
 * @see structured-merge-diff, ReconcileFieldSetWithSchema
 */
export function reconcileWithSchema(type: FieldType, set: FieldSet): FieldSet {
  if (fitting.get(set) === type) return set;
  const reconciled = reconcileNode(type, set, true);
  fitting.set(reconciled, type);
  return reconciled;
}

/** Sets that are known to fit a type; most live as long as the object they belong to. */
const fitting = new WeakMap<FieldSet, FieldType>();

function reconcileNode(type: FieldType, set: FieldSet, isRoot: boolean): FieldSet {
  if (set.children === undefined) return set;
  if (type.map !== undefined) {
    // Untyped maps are never atomic.
    if (type.map.element !== undefined && type.map.element === type) return set;
    if (type.map.atomic && !isRoot) return FieldSet.leaf;
    return reconcileChildren(set, (element) => typeOfMember(type.map as MapType, element));
  }
  const { list } = type;
  if (list === undefined) return set;
  if (!list.associative) return FieldSet.leaf;
  return reconcileChildren(set, () => list.element);
}

function typeOfMember(map: MapType, element: PathElement): FieldType | undefined {
  return element.startsWith('f:') ? memberType(map, element.slice(2)) : map.element;
}

function reconcileChildren(set: FieldSet, typeOf: (element: PathElement) => FieldType | undefined): FieldSet {
  if (set.children === undefined) return set;
  let children: Map<PathElement, FieldSet> | undefined;
  for (const [element, child] of set.children) {
    if (child.children === undefined) continue;
    const type = typeOf(element);
    const next = type === undefined ? child : reconcileNode(type, child, false);
    if (next === child) continue;
    children ??= new Map(set.children);
    children.set(element, next);
  }
  return children === undefined ? set : FieldSet.node(set.isMember, children);
}

import type { FieldSet, KubeObject, ManagedFieldsEntry } from '@sekisho/kube';
import type { FieldChange, FieldPath } from '../compare/field-change.ts';
import { fieldsOf } from '../ignore/owned-paths.ts';

/** One field that is not what git says, and who made it so. */
export interface FieldDrift {
  /** As in {@link FieldChange}; '' for the object as a whole. */
  readonly path: string;
  readonly at: FieldPath;
  /** What git says; absent: git says nothing of the field. Masked in Secrets. */
  readonly from?: unknown;
  /** What lives; absent: it was removed. */
  readonly to?: unknown;
  /** Field manager that owns what lives; absent: nobody can know (the field was removed, or nobody owns it). */
  readonly manager?: string;
  readonly operation?: ManagedFieldsEntry['operation'];
  readonly subresource?: string;
  /** When that manager last changed what it owns, RFC 3339: not before the field was changed. */
  readonly changedAt?: string;
}

/**
 * Says of each change who made it, by the `managedFields` of the live object. Whoever owns a field gave it its value: a
 * writer who changes a value takes the field from its owner. Who removed a field is not written down anywhere.
 *
 * @param input  changes: from live to desired, as a comparison tells them; places: where each of them is
 */
export function driftOf(input: {
  readonly live: KubeObject | undefined;
  readonly changes: readonly FieldChange[];
  readonly places: readonly FieldPath[];
}): FieldDrift[] {
  const { live, changes, places } = input;
  if (live === undefined) return [{ path: '', at: [], from: 'present' }];
  const entries = writersOf(live);
  return changes.map((change, index) => {
    const at = places[index] ?? [];
    const writer = change.kind === 'added' ? undefined : lastWriter(entries, at);
    return {
      path: change.path,
      at,
      // A comparison tells the way back to git; drift is the way away from it.
      ...(change.kind === 'removed' ? {} : { from: change.to }),
      ...(change.kind === 'added' ? {} : { to: change.from }),
      ...(writer === undefined ? {} : describe(writer)),
    };
  });
}

interface Writer {
  readonly entry: ManagedFieldsEntry;
  readonly fields: FieldSet;
}

function writersOf(live: KubeObject): Writer[] {
  const { managedFields } = live.metadata;
  if (!Array.isArray(managedFields)) return [];
  const writers: Writer[] = [];
  for (const entry of managedFields) {
    const fields = typeof entry?.manager === 'string' ? fieldsOf(entry) : undefined;
    if (fields !== undefined) writers.push({ entry, fields });
  }
  return writers;
}

/** The latest of those who own the field; when only parts below it are owned, the latest of their owners. */
function lastWriter(writers: readonly Writer[], at: FieldPath): Writer | undefined {
  const own = writers.map((writer) => ({ writer, closeness: closenessOf(writer.fields, at) }));
  const best = Math.max(0, ...own.map(({ closeness }) => closeness));
  if (best === 0) return undefined;
  const [latest] = own
    .filter(({ closeness }) => closeness === best)
    .map(({ writer }) => writer)
    .sort((a, b) => timeOf(b) - timeOf(a));
  return latest;
}

/** 2: owns the field, or a value that it is part of; 1: owns something below it; 0: nothing of it. */
function closenessOf(fields: FieldSet, at: FieldPath): 0 | 1 | 2 {
  let node = fields;
  for (const element of at) {
    // A leaf above the place is a value that is owned as a whole (an atomic list or map).
    if (node.isMember && node.children === undefined) return 2;
    node = node.child(element);
    if (node.isEmpty) return 0;
  }
  if (node.isMember && node.children === undefined) return 2;
  return node.children === undefined ? 0 : 1;
}

function timeOf({ entry }: Writer): number {
  const time = Date.parse(entry.time ?? '');
  return Number.isFinite(time) ? time : 0;
}

function describe({ entry }: Writer): Pick<FieldDrift, 'manager' | 'operation' | 'subresource' | 'changedAt'> {
  return {
    manager: entry.manager,
    operation: entry.operation,
    ...(entry.subresource === undefined || entry.subresource === '' ? {} : { subresource: entry.subresource }),
    ...(entry.time === undefined ? {} : { changedAt: entry.time }),
  };
}

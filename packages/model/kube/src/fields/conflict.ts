import type { FieldSet } from './field-set.ts';
import { type Owner, ownerId } from './managed-fields.ts';
import { formatPath, type PathElement } from './path-element.ts';

/** A field that an apply would change although somebody else owns it. */
export interface FieldConflict {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource?: string;
  /** As printed: `.spec.containers[name="web"].image`. */
  readonly field: string;
  /** The same, step by step. */
  readonly path: readonly PathElement[];
}

/** One cause in the details of the Status that a refused apply answers with. */
export interface ConflictCause {
  readonly reason: 'FieldManagerConflict';
  readonly message: string;
  readonly field: string;
}

/** The conflicts over the fields of `set`, all owned by `owner`. */
export function conflictsOver(owner: Owner, set: FieldSet): FieldConflict[] {
  const { manager, operation, apiVersion, subresource } = owner;
  return set.paths().map((path) => ({
    manager,
    operation,
    apiVersion,
    ...(subresource === '' ? {} : { subresource }),
    field: formatPath(path),
    path,
  }));
}

/**
 * The message of the API server: on one line for a single conflict, else a list by manager.
 * `Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas`
 */
export function formatConflicts(conflicts: readonly FieldConflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${printManager(first)}: ${first.field}`;
  }
  const byManager = new Map<string, FieldConflict[]>();
  for (const conflict of conflicts) {
    const id = ownerId({ ...conflict, subresource: conflict.subresource ?? '' });
    byManager.set(id, [...(byManager.get(id) ?? []), conflict]);
  }
  const lines: string[] = [];
  for (const id of [...byManager.keys()].sort()) {
    const group = byManager.get(id) ?? [];
    lines.push(`conflicts with ${group[0] === undefined ? '' : printManager(group[0])}:`);
    for (const conflict of group) lines.push(`- ${conflict.field}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

/** `details.causes` of the Status (409, reason Conflict). */
export function conflictCauses(conflicts: readonly FieldConflict[]): ConflictCause[] {
  return conflicts.map((conflict) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${printManager(conflict)}`,
    field: conflict.field,
  }));
}

function printManager(conflict: FieldConflict): string {
  let text = JSON.stringify(conflict.manager);
  if (conflict.subresource !== undefined) text += ` with subresource ${JSON.stringify(conflict.subresource)}`;
  return conflict.operation === 'Update' ? `${text} using ${conflict.apiVersion}` : text;
}

import type { Diagnostic } from '@sekisho/base';
import { deepEqual, type KubeObject } from '@sekisho/kube';
import { faultList, gatekeeperKind, type PolicyDocument } from '../document.ts';
import type { Source } from '../match.ts';
import { applyAtPath, MutationFault } from './apply-path.ts';
import { findConflicts } from './conflicts.ts';
import { type MutationContext, type Mutator, readMutator } from './mutator.ts';

/** Mutators that can run together. */
export interface Mutators {
  /** In the order in which they run; those in conflict are left out. */
  readonly mutators: readonly Mutator[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface MutateContext extends MutationContext {
  readonly namespace?: KubeObject | undefined;
  /** Default `Original`. */
  readonly source?: Source;
  /** CREATE or UPDATE; undefined: whatever a mutator is for. */
  readonly operation?: string | undefined;
}

export interface MutationResult {
  /** The same instance when nothing changed. */
  readonly object: KubeObject;
  /** Mutators that changed it, by id. */
  readonly changedBy: readonly string[];
  /** Why it could not be mutated; the object is then the given one. */
  readonly error?: string;
}

/** Reads all mutators among some objects. Codes: GATEKEEPER_MUTATOR_INVALID, GATEKEEPER_MUTATOR_CONFLICT. */
export function compileMutators(documents: readonly PolicyDocument[]): Mutators {
  const diagnostics: Diagnostic[] = [];
  const byId = new Map<string, Mutator>();
  for (const document of documents) {
    if (gatekeeperKind(document.object) !== 'mutator') continue;
    const mutator = readMutator(document, diagnostics);
    if (mutator !== undefined) byId.set(mutator.id, mutator);
  }
  const all = [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const conflicts = findConflicts(all);
  for (const { id, document } of all) {
    const others = conflicts.get(id);
    if (others === undefined) continue;
    faultList(document, 'GATEKEEPER_MUTATOR_CONFLICT', diagnostics).add(
      ['spec', 'location'],
      `takes the objects to have another shape than ${others.join(', ')}; none of them is applied`,
    );
  }
  return { mutators: all.filter(({ id }) => !conflicts.has(id)), diagnostics };
}

/** Applies mutators, again and again until none changes anything any more: at most one round more than there are mutators. */
export function mutateObject({ mutators }: Mutators, object: KubeObject, context: MutateContext = {}): MutationResult {
  const changedBy = new Set<string>();
  let current = object;
  for (let round = 0; round <= mutators.length; round++) {
    const before = current;
    for (const mutator of mutators) {
      const result = applyMutator(mutator, current, context);
      if (typeof result === 'string') return { object, changedBy: [], error: `${mutator.id}: ${result}` };
      if (result !== current) changedBy.add(mutator.id);
      current = result;
    }
    if (current === before || deepEqual(current, before))
      return deepEqual(current, object) ? { object, changedBy: [] } : { object: current, changedBy: [...changedBy] };
  }
  const names = [...changedBy].join(', ');
  return { object, changedBy: [], error: `mutation is not converging: ${names} change what another one has set` };
}

/** The object, or why the mutator can't be applied. */
function applyMutator(mutator: Mutator, object: KubeObject, context: MutateContext): KubeObject | string {
  const { namespace, source, operation } = context;
  if (mutator.applyTo !== undefined && !mutator.applyTo.includes(object, operation)) return object;
  const outcome = mutator.matches({ object, namespace, ...(source === undefined ? {} : { source }) });
  if (typeof outcome === 'object') return outcome.error;
  if (!outcome) return object;
  try {
    const set = (existing: unknown): unknown => mutator.valueFor(existing, object, context);
    return applyAtPath(object, mutator.path, mutator.tests, set) as KubeObject;
  } catch (error) {
    if (error instanceof MutationFault) return error.message;
    throw error;
  }
}

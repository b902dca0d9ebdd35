import { type Condition, withCondition } from '../kinds/condition.ts';

/** What is left of one kind in a namespace that is going away. */
export interface Remaining {
  /** `pods`, `widgets.example.com` */
  readonly resource: string;
  readonly count: number;
  readonly finalizers: ReadonlyMap<string, number>;
}

export interface NamespaceProgress {
  readonly remaining: readonly Remaining[];
  /** Failures to list or delete, one message each. */
  readonly failures: readonly string[];
}

/** The conditions by which a namespace that does not go away says why. */
export function terminationConditions(
  current: readonly Condition[] | undefined,
  { remaining, failures }: NamespaceProgress,
  time: string,
): readonly Condition[] {
  let conditions = current ?? [];
  const set = (type: string, problem: string | undefined, bad: string, good: string, fine: string): void => {
    const next =
      problem === undefined
        ? ({ type, status: 'False', reason: good, message: fine } as const)
        : ({ type, status: 'True', reason: bad, message: problem } as const);
    conditions = withCondition(conditions, next, time);
  };
  const content = remaining.map(({ resource, count }) => `${resource} has ${count} resource instances`);
  const held = new Map<string, number>();
  for (const { finalizers } of remaining) {
    for (const [name, count] of finalizers) held.set(name, (held.get(name) ?? 0) + count);
  }
  const holding = [...held].map(([name, count]) => `${name} in ${count} resource instances`);
  set(
    'NamespaceDeletionContentFailure',
    failures.length === 0
      ? undefined
      : `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`,
    'ContentDeletionFailed',
    'ContentDeleted',
    'All content successfully deleted, may be waiting on finalization',
  );
  set(
    'NamespaceContentRemaining',
    content.length === 0 ? undefined : `Some resources are remaining: ${content.join(', ')}`,
    'SomeResourcesRemain',
    'ContentRemoved',
    'All content successfully removed',
  );
  set(
    'NamespaceFinalizersRemaining',
    holding.length === 0 ? undefined : `Some content in the namespace has finalizers remaining: ${holding.join(', ')}`,
    'SomeFinalizersRemain',
    'ContentHasNoFinalizers',
    'All content-preserving finalizers finished',
  );
  return conditions;
}

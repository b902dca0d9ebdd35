/** `metav1.Condition` and its older relatives. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly lastUpdateTime?: string;
  readonly lastProbeTime?: string | null;
  readonly observedGeneration?: number;
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isConditionTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

export function withoutCondition(conditions: readonly Condition[] | undefined, type: string): readonly Condition[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

/**
 * `conditions` with `next` in place of the one of the same type. Keeps the transition time while the status stays, and
 * returns the same array when status, reason and message are what they were.
 */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  next: Omit<Condition, 'lastTransitionTime'>,
  time: string,
): readonly Condition[] {
  const list = conditions ?? [];
  const current = findCondition(list, next.type);
  if (current?.status === next.status && current.reason === next.reason && current.message === next.message) {
    return list;
  }
  const lastTransitionTime = current?.status === next.status ? (current.lastTransitionTime ?? time) : time;
  const condition: Condition = { ...next, lastTransitionTime };
  return current === undefined
    ? [...list, condition]
    : list.map((existing) => (existing.type === next.type ? condition : existing));
}

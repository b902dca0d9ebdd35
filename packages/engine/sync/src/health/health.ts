/** Best to worst: Healthy, Suspended, Progressing, Missing, Degraded, Unknown. */
export type HealthStatus = 'Healthy' | 'Suspended' | 'Progressing' | 'Missing' | 'Degraded' | 'Unknown';

export interface Health {
  readonly status: HealthStatus;
  readonly message?: string;
}

const order: readonly HealthStatus[] = ['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown'];

/** Whether `candidate` is strictly worse than `current`. */
export function isWorseHealth(current: HealthStatus, candidate: HealthStatus): boolean {
  return order.indexOf(candidate) > order.indexOf(current);
}

/** The worse of two; the first when they are equal. */
export function worseHealth(a: HealthStatus, b: HealthStatus): HealthStatus {
  return isWorseHealth(a, b) ? b : a;
}

/** A {@link Health}; an empty message is left out. */
export function health(status: HealthStatus, message = ''): Health {
  return message === '' ? { status } : { status, message };
}

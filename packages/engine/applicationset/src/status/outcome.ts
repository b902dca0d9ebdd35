import type { Generated } from '../generate-types.ts';
import type { ApplicationSetPlan } from '../plan/plan-types.ts';
import type { ReconcileOutcome } from './status-types.ts';

/** How generating ended, for the status: the first fault, and how many more there are. */
export function outcomeOf(
  { failure, diagnostics }: Pick<Generated, 'failure' | 'diagnostics'>,
  { invalid }: Pick<ApplicationSetPlan, 'invalid'> = { invalid: [] },
): ReconcileOutcome {
  if (failure !== undefined)
    return { type: 'Failed', reason: failure, message: first(diagnostics.map(({ message }) => message)) };
  if (invalid.length > 0) {
    const message = first(invalid.map((application) => application.message));
    return { type: 'Failed', reason: 'ApplicationValidationError', message };
  }
  return { type: 'UpToDate' };
}

function first([message = '', ...others]: readonly string[]): string {
  return others.length === 0 ? message : `${message} (and ${others.length} more)`;
}

import { SekishoError } from '@sekisho/base';
import type { ThreadFaults } from '@sekisho/thread-pool';

export const TIMEOUT = 'POLICY_WORKER_TIMEOUT';
export const MEMORY = 'POLICY_WORKER_MEMORY';

export const FAULTS: ThreadFaults = {
  timeout: (ms) =>
    new SekishoError(TIMEOUT, `Policies gave no answer in ${ms} ms.`, {
      hint: 'Look for loops over large collections inside of each other in the policy that is named.',
    }),
  memory: () =>
    new SekishoError(MEMORY, 'Policies need more memory than their thread may have.', {
      hint: 'Look for values that grow with every round in the policy that is named.',
    }),
  failed: (cause) =>
    new SekishoError('POLICY_WORKER_FAILED', 'The thread that asks policies ended.', { cause, retryable: true }),
  busy: (maxWaiting) =>
    new SekishoError('POLICY_WORKER_BUSY', `More than ${maxWaiting} questions to policies wait already.`, {
      retryable: true,
    }),
  closed: () => new SekishoError('POLICY_WORKER_CLOSED', 'Policies are not asked any more: the process ends.'),
};

import { SekishoError } from '@sekisho/base';
import type { ThreadFaults } from '@sekisho/thread-pool';

export const FAULTS: ThreadFaults = {
  timeout: (ms) =>
    new SekishoError('REGO_WORKER_TIMEOUT', `The policy was not evaluated in ${ms} ms.`, {
      hint: 'Look for loops over large collections inside of each other, or give it more time.',
    }),
  memory: () =>
    new SekishoError('REGO_WORKER_MEMORY', 'The policy needs more memory than its thread may have.', {
      hint: 'Look for values that grow with every round, or give the pool more memory.',
    }),
  failed: (cause) =>
    new SekishoError('REGO_WORKER_FAILED', 'The thread that evaluates policies ended.', { cause, retryable: true }),
  busy: (maxWaiting) =>
    new SekishoError('REGO_WORKER_BUSY', `More than ${maxWaiting} evaluations wait already.`, { retryable: true }),
  closed: () => new SekishoError('REGO_WORKER_CLOSED', 'The pool of threads was closed.'),
};

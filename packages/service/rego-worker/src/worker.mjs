// A thread that compiles and evaluates policies, one job at a time. Plain JavaScript, so that it runs unbuilt as well.
import { randomBytes } from 'node:crypto';
import { JobRunner } from '@sekisho/rego';
import { serveThread } from '@sekisho/thread-pool';

let isCancelled = () => false;
const runner = new JobRunner({ randomBytes, isCancelled: () => isCancelled() });

serveThread((/** @type {{ jobs: readonly import('@sekisho/rego').Job[] }} */ { jobs }, context) => {
  isCancelled = () => context.isCancelled();
  let answer;
  for (const job of jobs) {
    answer = runner.run(job);
    if (answer.kind !== 'faults' && answer.kind !== 'error') continue;
    return job.kind === 'load' ? { answer, refused: job.name } : { answer };
  }
  return { answer };
});

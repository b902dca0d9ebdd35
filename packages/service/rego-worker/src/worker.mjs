// A thread that compiles and evaluates policies, one job at a time. Plain JavaScript, so that it runs unbuilt as well.
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { JobRunner } from '@sekisho/rego';

/** Number of the job that nobody waits for any more. */
const cancelled = new Int32Array(/** @type {SharedArrayBuffer} */ (workerData.cancelled));
let running = 0;
const runner = new JobRunner({
  randomBytes,
  isCancelled: () => Atomics.load(cancelled, 0) === running,
});

parentPort?.on('message', ({ id, jobs }) => {
  running = id;
  let answer;
  let refused;
  for (const job of jobs) {
    answer = runner.run(job);
    if (answer.kind !== 'faults' && answer.kind !== 'error') continue;
    if (job.kind === 'load') refused = job.name;
    break;
  }
  parentPort?.postMessage({ id, answer, refused });
});
parentPort?.postMessage({ id: 0 });

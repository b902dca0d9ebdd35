import { Worker } from 'node:worker_threads';
import { NAMESPACE, type Workload } from './workload.ts';

/** What the real program prints, and how long it took here. */
export interface Outcome {
  readonly text: string;
  readonly ms: number;
}

/** Renders each once, one after the other, in a thread that starts with nothing compiled. @throws Error where there is a fault */
export function renderEach(workloads: readonly Workload[], signal: AbortSignal): Promise<readonly Outcome[]> {
  const worker = new Worker(new URL('./engine-thread.mjs', import.meta.url), {
    workerData: { workloads, namespace: NAMESPACE },
    execArgv: [],
  });
  const stop = () => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  return new Promise<readonly Outcome[]>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread that renders ended')));
  }).finally(() => signal.removeEventListener('abort', stop));
}

// Runs jq expressions of users, one job at a time, in a thread that can be ended when one of them never ends.
import { parentPort } from 'node:worker_threads';
import { loadJq } from 'jq-wasm';

const jq = await loadJq();
parentPort?.postMessage({ ready: true });
parentPort?.on('message', ({ id, expression, views }) => {
  // The end of the line keeps a comment in the expression from swallowing what follows.
  const program = `[.[] | try [path(${expression}\n)] catch {error: tostring}]`;
  parentPort?.postMessage({ id, ...run(views, program) });
});

/** @param {string} views @param {string} program */
function run(views, program) {
  try {
    const { stdout, stderr, exitCode } = jq.raw(views, program, ['-c']);
    return { stdout, stderr, exitCode };
  } catch {
    // Out of memory: this instance answers nothing any more.
    return { aborted: true };
  }
}

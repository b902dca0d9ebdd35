// Runs jq expressions of users, one job at a time, in a thread that can be ended when one of them never ends.
import { parentPort } from 'node:worker_threads';
import { loadJq } from 'jq-wasm';

/** Of one object. */
const MAX_PATHS = 10_000;
/** What an answer may have: whoever asks has no time for more. */
const MAX_CHARS = 1024 * 1024;

const jq = await loadJq();
parentPort?.postMessage({ ready: true });
parentPort?.on('message', ({ id, expression, views }) => {
  // The end of the line keeps a comment in the expression from swallowing what follows.
  const program = `[.[] | try [limit(${MAX_PATHS + 1}; path(${expression}\n))] catch null]`;
  parentPort?.postMessage({ id, ...run(views, program) });
});

/** @param {string} views @param {string} program */
function run(views, program) {
  try {
    const { stdout, stderr, exitCode } = jq.raw(views, program, ['-c']);
    // jq's own words name no value of an object when a program does not compile.
    if (exitCode === 3) return { invalid: stderr };
    if (stdout.length > MAX_CHARS) return { tooLarge: true };
    const results = parse(stdout);
    // `halt`, say: it compiles, and answers something else than asked.
    if (!Array.isArray(results)) return { invalid: 'it is no path expression' };
    if (results.some((paths) => paths?.length > MAX_PATHS)) return { tooLarge: true };
    return { results: results.map((paths) => (Array.isArray(paths) ? paths.filter(isPath) : [])) };
  } catch {
    // Out of memory: this instance answers nothing any more.
    return { aborted: true };
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {unknown} value */
function isPath(value) {
  return (
    Array.isArray(value) &&
    value.every((step) => typeof step === 'string' || typeof step === 'number' || (typeof step === 'object' && step))
  );
}

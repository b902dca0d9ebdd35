// What a job of the tests does, by its name.
import { SekishoError } from '@sekisho/base';
import { serveThread } from '@sekisho/thread-pool';

/** @type {unknown[]} */
const learnt = [];

/** @type {Record<string, (job: any, context: import('../serve.ts').ThreadContext) => unknown>} */
const JOBS = {
  echo: ({ value }) => value,
  ask: ({ count }, context) => Promise.all(Array.from({ length: count }, (_, n) => context.ask(n))),
  askNow: ({ question, timeoutMs = 10_000 }, context) => context.askNow(question, timeoutMs),
  refuse: () => {
    throw new SekishoError('TEST_REFUSED', 'no', { hint: 'yes', details: { at: 1 } });
  },
  crash: () => {
    throw new TypeError('unexpected');
  },
  exit: () => process.exit(3),
  spin: (_, context) => {
    while (!context.isCancelled());
  },
  deaf: () => {
    for (;;);
  },
  wait: (_, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
  grow: () => {
    const held = [];
    for (;;) held.push(new Array(1000).fill(held.length));
  },
  learnt: () => learnt,
  uncloneable: () => () => undefined,
};

serveThread(
  (/** @type {{ kind: string }} */ job, context) => JOBS[job.kind]?.(job, context),
  (/** @type {unknown} */ part) => {
    if (part === 'bad') throw new Error('what is this?');
    learnt.push(part);
  },
);

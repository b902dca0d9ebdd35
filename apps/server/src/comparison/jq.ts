import { Worker } from 'node:worker_threads';
import { isSekishoError, SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { JsonPath } from '@sekisho/sync';

/** Answers which paths a jq expression names in objects. Expressions are users' own: they may be wrong, or never end. */
export interface Jq {
  /**
   * `path(expression)` for each object, in their order. An object in which the expression fails (`null` is iterated, say)
   * has none.
   *
   * @throws SekishoError JQ_INVALID (does not compile) | JQ_TIMEOUT | JQ_TOO_LARGE (memory, or fields) | JQ_FAILED (the thread ended)
   */
  paths(expression: string, objects: readonly KubeObject[]): Promise<(readonly JsonPath[])[]>;
  close(): Promise<void>;
}

/** Argo CD's limit. */
const DEADLINE_MS = 1_000;
/** For starting a thread and compiling jq in it, on a busy machine. */
const START_MS = 30_000;
const IDLE_MS = 30_000;
/** Text that one job is given: many small objects share the cost of compiling an expression, large ones go alone. */
const JOB_BYTES = 256 * 1024;

interface Answer {
  readonly id?: number;
  readonly ready?: true;
  readonly aborted?: true;
  readonly tooLarge?: true;
  readonly invalid?: string;
  readonly results?: readonly (readonly JsonPath[])[];
}

/** @param options  deadlineMs: per job, default 1000; a job is some objects, or one large one */
export function createJq(options: { deadlineMs?: number } = {}): Jq {
  const { deadlineMs = DEADLINE_MS } = options;
  let worker: Promise<Worker> | undefined;
  let idle: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let lastId = 0;
  let closed = false;

  async function start(): Promise<Worker> {
    const started = new Worker(new URL('./jq-worker.mjs', import.meta.url), {
      execArgv: [],
      env: {},
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 128 },
    });
    started.unref();
    await answerOf(started, (answer) => answer.ready === true, START_MS, 'jq did not start');
    return started;
  }

  async function stop(): Promise<void> {
    clearTimeout(idle);
    const ending = worker;
    worker = undefined;
    await (await ending?.catch(() => undefined))?.terminate();
  }

  async function run(expression: string, views: string): Promise<readonly (readonly JsonPath[])[]> {
    if (closed) throw new SekishoError('JQ_FAILED', 'the server is stopping');
    clearTimeout(idle);
    worker ??= start();
    const id = ++lastId;
    try {
      const running = await worker;
      const answered = answerOf(
        running,
        (answer) => answer.id === id,
        deadlineMs,
        `it did not end in ${deadlineMs} ms`,
      );
      running.postMessage({ id, expression, views });
      const answer = await answered;
      idle = setTimeout(() => void stop(), IDLE_MS).unref();
      return readAnswer(answer);
    } catch (error) {
      if (!isSekishoError(error, 'JQ_INVALID')) await stop();
      throw error;
    }
  }

  return {
    async paths(expression, objects) {
      const found: (readonly JsonPath[])[] = [];
      for (const views of inJobs(objects)) {
        // One after the other: a thread does one thing at a time, and each job has its own deadline.
        const job = turn.then(() => run(expression, views));
        turn = job.catch(() => {});
        found.push(...(await job));
      }
      return found;
    },
    async close() {
      closed = true;
      await stop();
    },
  };
}

/** The next answer that is meant. A message that has come by the deadline counts, even if nobody had time to look. */
function answerOf(worker: Worker, isMeant: (answer: Answer) => boolean, ms: number, late: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(fail, new SekishoError('JQ_TIMEOUT', late)), ms);
    const onMessage = (answer: Answer) => {
      if (!isMeant(answer)) return;
      end();
      resolve(answer);
    };
    const onEnd = (cause: unknown) =>
      fail(new SekishoError('JQ_FAILED', 'its thread ended', { cause, retryable: true }));
    function fail(error: SekishoError): void {
      end();
      reject(error);
    }
    function end(): void {
      clearTimeout(timer);
      worker.off('message', onMessage);
      worker.off('error', onEnd);
      worker.off('exit', onEnd);
    }
    worker.on('message', onMessage);
    worker.on('error', onEnd);
    worker.on('exit', onEnd);
  });
}

function* inJobs(objects: readonly KubeObject[]): Generator<string> {
  let texts: string[] = [];
  let bytes = 0;
  for (const object of objects) {
    const text = JSON.stringify(object);
    if (texts.length > 0 && bytes + text.length > JOB_BYTES) {
      yield `[${texts.join(',')}]`;
      texts = [];
      bytes = 0;
    }
    texts.push(text);
    bytes += text.length;
  }
  if (texts.length > 0) yield `[${texts.join(',')}]`;
}

function readAnswer({ aborted, tooLarge, invalid, results }: Answer): readonly (readonly JsonPath[])[] {
  if (aborted === true) throw new SekishoError('JQ_TOO_LARGE', 'it asks for more memory than it may have');
  if (tooLarge === true) throw new SekishoError('JQ_TOO_LARGE', 'it names more than 10,000 fields of an object');
  if (results !== undefined) return results;
  throw new SekishoError('JQ_INVALID', firstLine((invalid ?? '').replace(/^jq: (error: )?/, '')));
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.slice(0, 200) ?? '';
}

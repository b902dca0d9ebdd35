import { spawn } from 'node:child_process';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { SekishoError } from '@sekisho/base';
import { lockFolder } from '@sekisho/folder-lock';
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';

interface Answer {
  readonly id: number;
  readonly rows?: unknown[];
  readonly affectedRows?: number;
  readonly error?: { readonly message: string; readonly code?: string; readonly detail?: string };
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

const openingId = 0;
const heapMb = 96;
/** Queries here leave little behind; V8's own choice is 48 MB, which it does use before it collects. */
const youngHeapMb = 3;
const makeTimeoutMs = 120_000;
/**
 * The optimizing compiler of WebAssembly takes 80 MB and two seconds of processor time for PostgreSQL's code; queries of this
 * size need only the quick one. V8 has the choice for a whole process; nothing else in ours computes in WebAssembly.
 */
const compilerFlag = '--liftoff-only';
const program = new URL('./pglite-worker.mjs', import.meta.url);

/**
 * The embedded database in a thread of its own, as a pool of one connection.
 * @throws SekishoError STORE_LOCKED | STORE_NOT_DURABLE | STORE_UNAVAILABLE
 */
export async function openPglite(dataDir: string): Promise<PostgresPool> {
  const folder = join(dataDir, 'store');
  const lock = await lockFolder(folder, {
    code: 'STORE_LOCKED',
    message: `another process uses the database in ${folder}`,
  });
  try {
    await makeOnce(folder);
  } catch (error) {
    await lock.release();
    throw error;
  }
  const waiting = new Map<number, Waiting>();
  let lastId = openingId;
  let ended: SekishoError | undefined;

  setFlagsFromString(compilerFlag);
  const worker = new Worker(program, {
    workerData: { folder },
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngHeapMb },
  });
  const stop = (error: SekishoError) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on('message', (answer: Answer) => {
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.error === undefined) asked?.resolve(answer);
    else asked?.reject(Object.assign(new Error(answer.error.message), { code: answer.error.code }));
  });
  worker.on('error', (cause) => stop(unavailable('the embedded database failed', cause)));
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      stop(unavailable('the embedded database ended', undefined));
      void lock.release().then(resolve);
    });
  });
  const wait = (id: number, ask?: () => void) =>
    new Promise<Answer>((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      waiting.set(id, { resolve, reject });
      ask?.();
    });

  try {
    await wait(openingId);
  } catch (error) {
    await worker.terminate();
    const { code, message } = error as { code?: string; message: string };
    if (code === 'STORE_NOT_DURABLE') throw new SekishoError(code, message, { cause: error });
    throw unavailable(`the embedded database in ${folder} does not open: ${message}`, error);
  }
  // An idle database keeps no process alive.
  worker.unref();

  const query = async <R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> => {
    lastId += 1;
    const id = lastId;
    worker.ref();
    try {
      const answer = await wait(id, () => worker.postMessage({ id, sql, parameters: [...parameters] }));
      const rows = (answer.rows ?? []) as R[];
      const command = commandOf(sql);
      return { command, rowCount: command === 'SELECT' ? rows.length : (answer.affectedRows ?? 0), rows };
    } finally {
      if (waiting.size === 0) worker.unref();
    }
  };

  // One connection: whoever has it (a transaction, say) is alone.
  let turn: Promise<void> = Promise.resolve();
  return {
    async connect() {
      const before = turn;
      let release = () => {};
      turn = new Promise((resolve) => {
        release = resolve;
      });
      await before;
      // Kysely's client also knows cursors, which are not used here.
      const client: PostgresPoolClient = { query: query as PostgresPoolClient['query'], release };
      return client;
    },
    async end() {
      if (ended === undefined) {
        lastId += 1;
        const id = lastId;
        worker.ref();
        await wait(id, () => worker.postMessage({ id, close: true })).catch(() => {});
      }
      await exited;
    },
  };
}

/** Makes the database in a process of its own, unless there is one. What a killed process left unfinished goes. */
async function makeOnce(folder: string): Promise<void> {
  const made = await stat(join(folder, 'pgdata')).then(
    () => true,
    () => false,
  );
  if (made) return;
  for (const name of await readdir(folder)) {
    if (name.endsWith('.new')) await rm(join(folder, name), { recursive: true, force: true });
  }
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [compilerFlag, fileURLToPath(program), folder], {
      env: {},
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: makeTimeoutMs,
    });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-2000);
    });
    child.once('error', (cause) => reject(unavailable('the embedded database cannot be made', cause)));
    child.once('close', (code) => {
      if (code === 0) return resolve();
      const durable = !text.includes('STORE_NOT_DURABLE');
      const message = `the embedded database in ${folder} cannot be made: ${text.trim().split('\n').slice(-3).join(' ')}`;
      reject(durable ? unavailable(message, undefined) : new SekishoError('STORE_NOT_DURABLE', message));
    });
  });
}

function commandOf(sql: string): PostgresQueryResult<unknown>['command'] {
  const word = /^\s*([a-z]+)/i.exec(sql)?.[1]?.toUpperCase();
  return word === 'INSERT' || word === 'UPDATE' || word === 'DELETE' || word === 'MERGE' ? word : 'SELECT';
}

function unavailable(message: string, cause: unknown): SekishoError {
  return new SekishoError('STORE_UNAVAILABLE', message, { retryable: true, cause });
}

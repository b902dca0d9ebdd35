// The embedded database's thread. Plain JavaScript, so that it runs unbuilt as well.
// PGlite computes synchronously, hence a thread of its own. Run as a program (`node pglite-worker.mjs FOLDER`) it makes the
// database, which takes seconds and 100 MB more: they go with the process.

import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** @typedef {{ id: number, sql: string, parameters: unknown[] } | { id: number, close: true }} Question */
/** @typedef {{ node: { mode: number }, nfd?: number }} Stream */
/** @typedef {{ realPath(node: unknown): string, stream_ops: { fsync?: (stream: Stream) => number } }} NodeFsModule */

let fsyncs = 0;

/** PGlite's file system has no fsync: PostgreSQL believes that a commit is on disk when it is not. This one has. */
class DurableNodeFS extends NodeFS {
  /**
   * @override
   * @param {import('@electric-sql/pglite').PGlite} pg
   * @param {Parameters<NodeFS['init']>[1]} options
   */
  async init(pg, options) {
    const { emscriptenOpts } = await super.init(pg, options);
    const preRun = /** @type {((module: { NODEFS: NodeFsModule }) => void)[]} */ (emscriptenOpts.preRun ?? []);
    preRun.push(({ NODEFS }) => {
      NODEFS.stream_ops.fsync = (stream) => {
        fsyncs += 1;
        if (stream.nfd !== undefined) fsyncSync(stream.nfd);
        else syncPath(NODEFS.realPath(stream.node));
        return 0;
      };
    });
    return { emscriptenOpts };
  }
}

/** @param {string} path a file or folder */
function syncPath(path) {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** @param {string} path */
function syncTree(path) {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) syncTree(child);
    else if (entry.isFile()) syncPath(child);
  }
  syncPath(path);
}

/** @param {string} data */
async function open(data) {
  const startParams = PGlite.defaultStartParams.filter((parameter) => parameter !== '-F');
  const settings = {
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    wal_sync_method: 'fsync',
    shared_buffers: '16MB',
    work_mem: '2MB',
    maintenance_work_mem: '8MB',
    temp_buffers: '1MB',
    max_wal_size: '64MB',
    min_wal_size: '32MB',
  };
  for (const [name, value] of Object.entries(settings)) startParams.push('-c', `${name}=${value}`);
  const database = await PGlite.create({ fs: new DurableNodeFS(data), startParams });
  await checkDurable(database);
  return database;
}

/**
 * Makes the database beside its place and moves it there when it is complete and on disk, so that what lies there is whole
 * whenever a process is killed, and of two that make it at once one wins.
 * @param {string} folder
 */
async function make(folder) {
  const made = join(folder, `${process.pid}.new`);
  const place = join(folder, 'pgdata');
  rmSync(made, { recursive: true, force: true });
  const database = await open(made);
  await database.exec('CHECKPOINT');
  await database.close();
  syncTree(made);
  try {
    renameSync(made, place);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(place)) throw error;
  }
  syncPath(folder);
}

/** @param {PGlite} database */
async function checkDurable(database) {
  await database.exec('CREATE TABLE IF NOT EXISTS public.sekisho_opened (id int PRIMARY KEY, at timestamptz NOT NULL)');
  const before = fsyncs;
  await database.exec(
    'INSERT INTO public.sekisho_opened VALUES (1, now()) ON CONFLICT (id) DO UPDATE SET at = EXCLUDED.at',
  );
  if (fsyncs === before) {
    throw Object.assign(new Error('a commit of the embedded database did not reach the disk'), {
      code: 'STORE_NOT_DURABLE',
    });
  }
}

/** @param {unknown} error */
function plainError(error) {
  const { message, code, detail, constraint } = /** @type {Record<string, string | undefined>} */ (error);
  return { message: message ?? String(error), code, detail, constraint };
}

/**
 * @param {import('node:worker_threads').MessagePort} port
 * @param {string} folder
 */
function serve(port, folder) {
  const opening = open(join(folder, 'pgdata'));
  opening.then(
    () => port.postMessage({ id: 0 }),
    (error) => port.postMessage({ id: 0, error: plainError(error) }),
  );
  let turn = Promise.resolve();
  port.on('message', (/** @type {Question} */ question) => {
    turn = turn.then(() => answer(port, opening, question));
  });
}

/**
 * @param {import('node:worker_threads').MessagePort} port
 * @param {Promise<PGlite>} opening
 * @param {Question} question
 */
async function answer(port, opening, question) {
  try {
    const database = await opening;
    if ('close' in question) {
      await database.close();
      port.postMessage({ id: question.id });
      port.close();
      return;
    }
    const { rows, affectedRows } = await database.query(question.sql, question.parameters);
    port.postMessage({ id: question.id, rows, affectedRows });
  } catch (error) {
    port.postMessage({ id: question.id, error: plainError(error) });
    if ('close' in question) port.close();
  }
}

if (parentPort !== null) serve(parentPort, workerData.folder);
else await make(process.argv[2] ?? '');

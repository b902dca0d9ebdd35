// The embedded database's thread. Plain JavaScript, so that it runs unbuilt as well.
// PGlite computes synchronously (the first start takes seconds), hence a thread of its own.

import { closeSync, existsSync, fsyncSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** @typedef {{ id: number, sql: string, parameters: unknown[] } | { id: number, close: true }} Question */
/** @typedef {{ node: { mode: number }, nfd?: number }} Stream */
/** @typedef {{ realPath(node: unknown): string, stream_ops: { fsync?: (stream: Stream) => number } }} NodeFsModule */

const folder = /** @type {string} */ (workerData.folder);
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

async function open() {
  // A folder without this file was being made when the process was killed. Nothing was acknowledged yet.
  const marker = join(folder, 'initialised');
  const data = join(folder, 'pgdata');
  if (!existsSync(marker)) rmSync(data, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
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
  if (!existsSync(marker)) {
    await database.exec('CHECKPOINT');
    syncTree(data);
    writeFileSync(marker, '');
    syncPath(marker);
    syncPath(folder);
  }
  return database;
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

const port = parentPort;
if (port === null) throw new Error('this file is a worker');
const opening = open();
opening.then(
  () => port.postMessage({ id: 0 }),
  (error) => port.postMessage({ id: 0, error: plainError(error) }),
);

let turn = Promise.resolve();
port.on('message', (/** @type {Question} */ question) => {
  turn = turn.then(async () => {
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
  });
});

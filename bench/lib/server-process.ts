import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, createHttpTransport, type KubeClient, loadKubeconfig } from '@sekisho/client';

/** A server in a process of its own, on a new data folder: what a user starts, seen from outside. */
export interface ServerProcess {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
  readonly kube: KubeClient;
  /** A clone of a new embedded repository with these files on main. */
  clone(name: string, files: Readonly<Record<string, string>>): Promise<Clone>;
  /** One Prometheus series. */
  metric(name: string): Promise<number>;
  memory(): { rssMiB: number; peakMiB: number };
  /** Processor time so far, seconds. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

export interface Clone {
  readonly folder: string;
  git(...args: string[]): string;
}

export async function startServerProcess(root: string, flags: readonly string[] = []): Promise<ServerProcess> {
  const work = mkdtempSync(join(tmpdir(), 'sekisho-bench-'));
  const data = join(work, 'data');
  const child = spawn(
    process.execPath,
    [
      // For profiles: BENCH_NODE_FLAGS=--cpu-prof
      ...(process.env['BENCH_NODE_FLAGS']?.split(' ') ?? []),
      join(root, 'apps/cli/bin/sekisho.js'),
      'up',
      '--data',
      data,
      '--port',
      '0',
      '--kube-port',
      '0',
      '--no-demo',
      ...flags,
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  await welcome(child);
  const entry = JSON.parse(readFileSync(join(data, 'client.json'), 'utf8')) as { server: string; token: string };
  const transport = createHttpTransport(await loadKubeconfig({ path: join(data, 'kubeconfig') }));
  const headers = { authorization: `Bearer ${entry.token}` };
  const pid = child.pid ?? 0;

  return {
    pid,
    url: entry.server,
    token: entry.token,
    kube: createClient(transport, { fieldManager: 'bench', userAgent: 'bench' }),
    async clone(name, files) {
      const answer = await fetch(new URL('/api/v1/repositories', entry.server), {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ url: `embedded:${name}` }),
      });
      if (!answer.ok) throw new Error(`repository ${name}: ${await answer.text()}`);
      const folder = join(work, name);
      const git = (...args: string[]) =>
        execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', env: gitEnvironment() });
      execFileSync('git', ['init', '-q', '-b', 'main', folder], { env: gitEnvironment() });
      const address = new URL(`/git/${name}.git`, entry.server);
      address.username = 'bench';
      address.password = entry.token;
      git('remote', 'add', 'origin', address.href);
      await writeFiles(folder, files);
      git('add', '-A');
      git('commit', '-q', '-m', 'start');
      git('push', '-q', '-u', 'origin', 'main');
      return { folder, git };
    },
    async metric(name) {
      const text = await (await fetch(new URL('/metrics', entry.server), { headers })).text();
      const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
      return Number(line?.split(' ').at(-1) ?? Number.NaN);
    },
    memory() {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const mib = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
      return { rssMiB: mib('VmRSS'), peakMiB: mib('VmHWM') };
    },
    cpuSeconds() {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    async stop() {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await exited;
      await transport.close();
      rmSync(work, { recursive: true, force: true });
    },
  };
}

export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const { mkdir, writeFile } = await import('node:fs/promises');
  const { dirname } = await import('node:path');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

function gitEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Bench',
    GIT_AUTHOR_EMAIL: 'bench@localhost',
    GIT_COMMITTER_NAME: 'Bench',
    GIT_COMMITTER_EMAIL: 'bench@localhost',
  };
}

function welcome(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ctrl-C stops it.')) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${output}`)));
  });
}

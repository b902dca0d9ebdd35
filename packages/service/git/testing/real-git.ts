import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { silentLogger } from '@sekisho/base';
import { createGit } from '../src/git.ts';
import type { Git, GitOptions } from '../src/types.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real git client, away from the user's configuration. */
export async function realGit(cwd: string, args: string[], env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      'git',
      ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', '-c', 'init.defaultBranch=main', ...args],
      {
        cwd,
        maxBuffer: 64 * 1024 * 1024,
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: '/nonexistent',
          GIT_CONFIG_GLOBAL: '/dev/null',
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_TERMINAL_PROMPT: '0',
          LC_ALL: 'C',
          ...env,
        },
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

/** Like {@link realGit}; a status other than 0 is an error. */
export async function mustGit(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await realGit(cwd, args);
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

export async function writeFiles(root: string, files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

/** Writes, commits and pushes (when `origin` exists); returns the commit. */
export async function commitAll(
  root: string,
  files: Record<string, string | Uint8Array>,
  message = 'change',
): Promise<string> {
  await writeFiles(root, files);
  await mustGit(root, 'add', '-A');
  await mustGit(root, 'commit', '-q', '--allow-empty', '-m', message);
  return mustGit(root, 'rev-parse', 'HEAD');
}

export interface GitServer {
  readonly git: Git;
  readonly dir: string;
  readonly server: Server;
  readonly origin: string;
  /** Address of an embedded repository, as a client sees it. */
  url(name: string): string;
  /** A new clone (or an empty folder with `origin` set). */
  work(name: string): Promise<string>;
  close(): Promise<void>;
}

/** A data folder, its git service and an HTTP server in front of it; `password`, when given, is asked for. */
export async function startGitServer(
  options: Partial<GitOptions> & { password?: string; write?: boolean } = {},
): Promise<GitServer> {
  const { password, write = true, ...rest } = options;
  const dir = await mkdtemp(join(tmpdir(), 'sekisho-git-'));
  const git = await createGit({ dataDir: join(dir, 'data'), logger: silentLogger, ...rest });
  const expected = password === undefined ? undefined : `Basic ${Buffer.from(`git:${password}`).toString('base64')}`;
  const server = createServer((request, response) => {
    if (expected !== undefined && request.headers.authorization !== expected) {
      request.resume();
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    void git.embedded.handle(request, response, { user: 'ann', write });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let clones = 0;
  const url = (name: string) => `${origin}${git.embedded.urlPath(name)}`;
  return {
    git,
    dir,
    server,
    origin,
    url,
    async work(name) {
      clones += 1;
      const folder = join(dir, `work-${clones}`);
      await mustGit(dir, 'clone', '-q', url(name), folder);
      await mustGit(folder, 'symbolic-ref', 'HEAD', 'refs/heads/main');
      await realGit(folder, ['reset', '-q', '--hard', 'origin/main']);
      await mustGit(folder, 'config', 'branch.main.remote', 'origin');
      await mustGit(folder, 'config', 'branch.main.merge', 'refs/heads/main');
      return folder;
    },
    async close() {
      await git.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

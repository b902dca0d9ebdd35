import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type Logger, systemClock } from '@sekisho/base';
import { afterEach, describe, expect, test } from 'vitest';
import { commitAll, type GitServer, mustGit, startGitServer } from '../testing/real-git.ts';
import { createPolling } from './polling.ts';
import type { RefreshResult, RemoteLook } from './types.ts';

const token = 'tok-3n/v3r&shown';
let servers: GitServer[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

async function start(options: Parameters<typeof startGitServer>[0] = {}): Promise<GitServer> {
  const server = await startGitServer(options);
  servers.push(server);
  return server;
}

/** Collects everything that is logged. */
function recordingLogger(): Logger & { text(): string } {
  const lines: string[] = [];
  const log = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug: log, info: log, warn: log, error: log, child: () => logger, text: () => lines.join('\n') };
  return logger;
}

/** A remote with a token, and a service that mirrors it. */
async function remoteAndMirror() {
  const remote = await start({ password: token });
  await remote.git.embedded.create('config');
  const author = { name: 'Ann', email: 'ann@example.org' };
  const commit = (files: Record<string, string | null>, branch = 'main') =>
    remote.git.embedded.commit('config', { branch, files, message: 'change', author });
  const logger = recordingLogger();
  const looks: RemoteLook[] = [];
  const local = await start({ allowLoopback: true, logger, onLook: (look) => void looks.push(look) });
  return { remote, local, commit, logger, looks, url: remote.url('config') };
}

describe('a mirror', () => {
  test('is fetched by the first question, then only by refresh, with what changed', async () => {
    const { remote, local, commit, url } = await remoteAndMirror();
    const first = await commit({ 'apps/a.yaml': 'a: 1\n' });
    const repository = await local.git.open(url, { password: token });
    expect(await local.git.open(url)).toBe(repository);
    expect((await repository.resolve('HEAD')).commit).toBe(first);
    expect(Buffer.from(await repository.tree(first).read('apps/a.yaml', { maxBytes: 9 })).toString()).toBe('a: 1\n');
    expect(await repository.refresh()).toEqual({ changed: false, refs: [] });
    const second = await commit({ 'apps/a.yaml': 'a: 2\n' });
    expect((await repository.resolve('main')).commit).toBe(first);
    expect(await repository.refresh()).toEqual({
      changed: true,
      refs: [{ ref: 'refs/heads/main', old: first, new: second }],
    });
    expect((await repository.resolve('main')).commit).toBe(second);
    expect(await repository.log({ revision: 'main', path: 'apps', max: 10 })).toMatchObject([
      { commit: second, authorName: 'Ann', message: 'change' },
      { commit: first },
    ]);
    await commit({ x: 'x' }, 'other');
    await mustGit(remote.git.embedded.path('config'), 'tag', 'v1.2.0', first);
    await repository.refresh();
    expect((await repository.resolve('1.x')).commit).toBe(first);
    await mustGit(remote.git.embedded.path('config'), 'update-ref', '-d', 'refs/heads/other');
    expect((await repository.refresh()).refs).toMatchObject([{ ref: 'refs/heads/other', new: '' }]);
  });

  test('reports rewritten history', async () => {
    const { remote, local, commit, url, logger } = await remoteAndMirror();
    const first = await commit({ a: '1' });
    await commit({ a: '2' });
    const repository = await local.git.open(url, { password: token });
    await repository.refresh();
    await mustGit(remote.git.embedded.path('config'), 'update-ref', 'refs/heads/main', first);
    expect(await repository.refresh()).toMatchObject({ changed: true, refs: [{ new: first, rewritten: true }] });
    expect(logger.text()).toContain('GIT_HISTORY_REWRITTEN');
  });

  test('keeps the last content when the repository vanishes, and says so', async () => {
    const { remote, local, commit, url, looks } = await remoteAndMirror();
    const first = await commit({ a: '1' });
    const repository = await local.git.open(url, { password: token });
    await repository.refresh();
    const path = remote.git.embedded.path('config');
    await rename(path, `${path}.gone`);
    await expect(repository.refresh()).rejects.toMatchObject({ code: 'GIT_NOT_FOUND' });
    expect((await repository.resolve('main')).commit).toBe(first);
    expect(await repository.tree(first).list('')).toHaveLength(1);
    await rename(`${path}.gone`, path);
    expect((await repository.refresh()).changed).toBe(false);
    remote.server.closeAllConnections();
    await new Promise((resolve) => remote.server.close(resolve));
    await expect(repository.refresh()).rejects.toMatchObject({ code: 'GIT_UNREACHABLE', retryable: true });
    expect(looks.map((look) => look.result)).toEqual(['changed', 'failed', 'unchanged', 'failed']);
    expect(new Set(looks.map((look) => look.url))).toEqual(new Set([url]));
  });

  test('refuses a wrong token with a clear error, shows it nowhere, and takes the right one later', async () => {
    const { local, commit, url, logger } = await remoteAndMirror();
    await commit({ a: '1' });
    const wrong = 'wr0ng&tok/en';
    for (const credentials of [undefined, { username: 'ann', password: wrong }, { password: wrong }]) {
      const repository = await local.git.open(url, credentials);
      const error = await repository.resolve('main').catch((reason) => reason);
      expect(error).toMatchObject({ code: 'GIT_AUTH', retryable: false });
      for (const secret of [wrong, encodeURIComponent(wrong)]) {
        expect(JSON.stringify([error.message, error.hint, error.details, String(error.cause)])).not.toContain(secret);
        expect(logger.text()).not.toContain(secret);
      }
    }
    const withToken = url.replace('http://', `http://git:${encodeURIComponent(token)}@`);
    const repository = await local.git.open(withToken);
    expect(repository.url).toBe(url);
    await repository.resolve('main');
    const mirrors = join(local.dir, 'data', 'mirrors');
    for (const name of await readdir(mirrors)) {
      const config = await readFile(join(mirrors, name, 'config'), 'utf8');
      expect(config).not.toContain(token);
    }
    expect(await readdir(join(local.dir, 'data', 'git-home'))).toEqual(['.gitconfig', 'askpass']);
  });

  test('shares one fetch among callers, and a caller may stop waiting', async () => {
    const { local, commit, url } = await remoteAndMirror();
    await commit({ a: '1' });
    const repository = await local.git.open(url, { password: token });
    const controller = new AbortController();
    const results = Promise.all([repository.refresh(), repository.refresh()]);
    const aborted = repository.refresh({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    const [one, two] = await results;
    expect(one).toBe(two);
    await expect(repository.refresh({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  });

  test('mirrors an empty repository, a detached HEAD and sha256', async () => {
    const { remote, local, url, commit } = await remoteAndMirror();
    const empty = await local.git.open(url, { password: token });
    await expect(empty.resolve('HEAD')).rejects.toMatchObject({ code: 'GIT_REVISION_UNKNOWN' });
    const first = await commit({ a: '1' });
    await commit({ a: '2' });
    await mustGit(remote.git.embedded.path('config'), 'update-ref', '--no-deref', 'HEAD', first);
    await empty.refresh();
    expect((await empty.resolve('HEAD')).commit).toBe(first);

    await remote.git.embedded.create('wide', { objectFormat: 'sha256' });
    const author = { name: 'Ann', email: 'ann@example.org' };
    const request = { branch: 'main', files: { 'd/a': '1', b: '2' }, message: 'm', author };
    const wide = await remote.git.embedded.commit('wide', request);
    expect(wide).toHaveLength(64);
    const repository = await local.git.open(remote.url('wide'), { password: token });
    expect((await repository.resolve(wide.slice(0, 10))).commit).toBe(wide);
    expect((await repository.tree(wide).list(''))?.map(({ name, type }) => [name, type])).toEqual([
      ['b', 'file'],
      ['d', 'directory'],
    ]);
    expect(await repository.tree(wide).idOf('d/a')).toHaveLength(64);
  });

  test('follows no redirect', async () => {
    const local = await start({ allowLoopback: true });
    local.server.removeAllListeners('request');
    local.server.on('request', (_, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
    );
    const repository = await local.git.open(`${local.origin}/x.git`);
    await expect(repository.refresh()).rejects.toMatchObject({ code: 'GIT_REDIRECTED' });
  });

  test('opens files only when allowed', async () => {
    const local = await start({ allowFile: true });
    await mustGit(local.dir, 'init', '-q', 'plain');
    const commit = await commitAll(join(local.dir, 'plain'), { a: '1' });
    const repository = await local.git.open(`file://${join(local.dir, 'plain')}`);
    expect((await repository.resolve('HEAD')).commit).toBe(commit);
  });
});

describe('polling', () => {
  test('looks while somebody listens, with jitter, and goes on after an error', async () => {
    const timers: { ms: number; run: () => void; cancelled: boolean }[] = [];
    const clock: Clock = {
      now: systemClock.now,
      after(ms, run) {
        const timer = { ms, run, cancelled: false };
        timers.push(timer);
        return () => {
          timer.cancelled = true;
        };
      },
    };
    let looks = 0;
    const polling = createPolling(
      async (): Promise<RefreshResult> => {
        looks += 1;
        if (looks === 1) throw new Error('away');
        const result = { changed: true, refs: [] };
        polling.tell(result);
        return result;
      },
      clock,
      () => 0.5,
    );
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    const errors: unknown[] = [];
    const changes: RefreshResult[] = [];
    const stop = polling.subscribe(
      { intervalMs: 1000, jitterMs: 100, onError: (error) => errors.push(error) },
      (result) => changes.push(result),
    );
    expect(timers.at(-1)?.ms).toBe(1050);
    timers.at(-1)?.run();
    await settle();
    expect(errors).toHaveLength(1);
    timers.at(-1)?.run();
    await settle();
    expect(changes).toHaveLength(1);
    stop();
    expect(timers.at(-1)?.cancelled).toBe(true);
    const count = timers.length;
    await settle();
    expect(timers).toHaveLength(count);
  });
});

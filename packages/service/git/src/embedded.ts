import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { messageOf, SekishoError } from '@sekisho/base';
import { type BranchWriter, commitToBranch } from './branch-commit.ts';
import { type Content, type ContentContext, openContent } from './content.ts';
import { commitFiles } from './fast-import.ts';
import { runBackend } from './http-backend.ts';
import { protectBranches, protectedBranches } from './protection.ts';
import { isRefName } from './refs.ts';
import { sweepStaleFiles } from './sweep.ts';
import type { EmbeddedRepositories, PushEvent, RefreshResult, Repository } from './types.ts';

export interface EmbeddedOptions extends ContentContext {
  readonly dataDir: string;
  /** Transfers at the same time; more wait. Default 16. */
  readonly maxTransfers?: number;
  readonly idleTimeoutMs?: number;
}

export interface Embedded {
  readonly repositories: EmbeddedRepositories;
  open(name: string): Promise<Repository>;
  onPush(listener: (event: PushEvent) => void): () => void;
  close(): Promise<void>;
}

interface Opened {
  readonly content: Content;
  readonly repository: Repository;
  /** All references as last announced. */
  refs: Map<string, string>;
  /** Announcements happen one after the other. */
  turn: Promise<void>;
  commits: Promise<unknown>;
  pushes: number;
  maintenance: Promise<void> | undefined;
}

/** After so many pushes git is asked to look whether there is something to tidy. */
const pushesPerMaintenance = 50;

const namePattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$/;

function isName(name: string): boolean {
  return namePattern.test(name) && !name.includes('..') && !/\.(git|lock)$/i.test(name);
}

export async function createEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { command, logger, clock } = options;
  const root = join(options.dataDir, 'git');
  await mkdir(root, { recursive: true, mode: 0o700 });
  for (const name of await readdir(root)) if (name.endsWith('.tmp')) await rm(join(root, name), { recursive: true });
  const cancelSweep = await sweepStaleFiles(root, clock);

  const listeners = new Set<(event: PushEvent) => void>();
  const opened = new Map<string, Promise<Opened>>();
  const transfers = createGate(options.maxTransfers ?? 16);
  const path = (name: string) => {
    if (!isName(name)) {
      throw new SekishoError('GIT_NAME_INVALID', `${JSON.stringify(name.slice(0, 120))} cannot name a repository`, {
        hint: 'Use letters, digits, `.`, `_` and `-`; begin and end with a letter or digit; at most 100.',
      });
    }
    return join(root, `${name}.git`);
  };
  const exists = async (name: string) =>
    isName(name) &&
    (await stat(join(path(name), 'HEAD')).then(
      () => true,
      () => false,
    ));

  async function requireRepository(name: string): Promise<void> {
    if (!(await exists(name))) throw new SekishoError('GIT_NOT_FOUND', `there is no embedded repository ${name}`);
  }

  async function load(name: string): Promise<Opened> {
    await requireRepository(name);
    const url = `embedded:${name}`;
    const content = openContent(path(name), url, options);
    const repository: Repository = {
      url,
      resolve: async (revision, { signal } = {}) => {
        signal?.throwIfAborted();
        return content.resolve(revision);
      },
      // Somebody may have moved, restored or written to the folder by hand: what is remembered is read anew.
      async refresh(): Promise<RefreshResult> {
        await content.whileWriting(() => requireRepository(name));
        return { changed: false, refs: [] };
      },
      tree: content.tree,
      log: content.log,
      signedCommit: content.signedCommit,
      async commit(request) {
        const repository = await get(name);
        const work = repository.commits.then(() =>
          commitToBranch(content, command, writerOf(content), request, { now: () => clock.now() }),
        );
        repository.commits = work.catch(() => {});
        const made = await work;
        if (made !== undefined) await announce(name, repository);
        return made;
      },
      startPolling(_, onChange) {
        const listener = (event: PushEvent) => {
          if (event.name === name) onChange({ changed: true, refs: event.refs });
        };
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const refs = await content.refs.list('refs/');
    return {
      content,
      repository,
      refs,
      turn: Promise.resolve(),
      commits: Promise.resolve(),
      pushes: 0,
      maintenance: undefined,
    };
  }

  function writerOf(content: Content): BranchWriter {
    const { gitDir } = content;
    return {
      async prepare() {},
      async move(branch, commit, old) {
        if (old !== '' && (await protectedBranches(command, gitDir)).includes(branch)) {
          throw new SekishoError('GIT_PROTECTED', `the branch ${branch} is protected`, {
            hint: 'Make the change on another branch.',
          });
        }
        const expected = old === '' ? '0'.repeat(commit.length) : old;
        const { code, stderr } = await content.whileWriting(() =>
          command.run(['update-ref', '-m', 'sekisho', `refs/heads/${branch}`, commit, expected], { gitDir }),
        );
        if (code === 0) return true;
        if (/cannot lock ref/.test(stderr)) return false;
        throw new SekishoError('GIT_COMMIT_FAILED', `the branch was not moved: ${stderr.trim().slice(-500)}`);
      },
    };
  }

  function get(name: string): Promise<Opened> {
    let found = opened.get(name);
    if (found === undefined) {
      found = load(name);
      opened.set(name, found);
      found.catch(() => opened.delete(name));
    }
    return found;
  }

  /** Looks what moved and tells it. Of pushes that end at the same moment the first tells all. */
  function announce(name: string, repository: Opened, by?: string): Promise<void> {
    repository.turn = repository.turn.then(async () => {
      const { content } = repository;
      const after = await content.refs.list('refs/');
      const refs = await content.changes(repository.refs, after);
      repository.refs = after;
      if (refs.length === 0) return;
      for (const { ref, old, rewritten } of refs) {
        if (rewritten === true) logger.warn({ repository: name, ref, old }, 'history was rewritten by a push');
      }
      const event: PushEvent = { url: `embedded:${name}`, name, refs, ...(by === undefined ? {} : { by }) };
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          logger.error({ repository: name, error: messageOf(error) }, 'a push listener failed');
        }
      }
      repository.pushes += 1;
      if (repository.pushes % pushesPerMaintenance === 0) tidy(name, repository);
    });
    const { turn } = repository;
    repository.turn = turn.catch(() => {});
    return turn;
  }

  function tidy(name: string, repository: Opened): void {
    repository.maintenance ??= command
      .run(['-c', 'gc.auto=2000', '-c', 'gc.autoPackLimit=40', 'gc', '--auto', '--quiet'], {
        gitDir: repository.content.gitDir,
        timeoutMs: 30 * 60_000,
        signal: closing.signal,
      })
      .then(({ code, stderr }) => {
        if (code !== 0) logger.warn({ repository: name, reason: stderr.slice(-500) }, 'git gc failed');
      })
      .catch((error) => logger.debug({ repository: name, error: messageOf(error) }, 'git gc was ended'))
      .finally(() => {
        repository.maintenance = undefined;
      });
  }

  const closing = new AbortController();

  const repositories: EmbeddedRepositories = {
    async create(name, { objectFormat = 'sha1' } = {}) {
      const dir = path(name);
      if (await exists(name)) throw new SekishoError('GIT_ALREADY_EXISTS', `the repository ${name} exists already`);
      const temporary = join(root, `${name}-${randomBytes(4).toString('hex')}.tmp`);
      const { code, stderr } = await command.run([
        'init',
        '--bare',
        '--quiet',
        '--template=',
        `--object-format=${objectFormat}`,
        '--initial-branch=main',
        temporary,
      ]);
      if (code !== 0) throw new SekishoError('GIT_FAILED', `git init failed: ${stderr.trim().slice(-500)}`);
      await appendFile(join(temporary, 'config'), '[http]\n\treceivepack = true\n[gc]\n\tauto = 0\n');
      await rename(temporary, dir).catch(async (cause) => {
        await rm(temporary, { recursive: true, force: true });
        throw new SekishoError('GIT_ALREADY_EXISTS', `the repository ${name} exists already`, { cause });
      });
    },
    async list() {
      const names = (await readdir(root)).filter((name) => name.endsWith('.git')).map((name) => name.slice(0, -4));
      return names.filter(isName).sort();
    },
    exists,
    urlPath: (name) => `/git/${name}.git`,
    path,
    async commit(name, request) {
      if (!isRefName(request.branch)) {
        throw new SekishoError('GIT_NAME_INVALID', `${JSON.stringify(request.branch)} cannot name a branch`);
      }
      const repository = await get(name);
      const commit = repository.commits.then(() =>
        repository.content.whileWriting(() => commitFiles(repository.content, command, request)),
      );
      repository.commits = commit.catch(() => {});
      const id = await commit;
      await announce(name, repository);
      return id;
    },
    async protect(name, branches) {
      for (const branch of branches) {
        if (!isRefName(branch)) {
          throw new SekishoError('GIT_NAME_INVALID', `${JSON.stringify(branch)} cannot name a branch`);
        }
      }
      await requireRepository(name);
      await protectBranches(command, path(name), branches);
    },
    async protectedBranches(name) {
      await requireRepository(name);
      return protectedBranches(command, path(name));
    },
    handle: (request, response, access) => handle(request, response, access),
  };

  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    access: { user: string; write: boolean },
  ): Promise<void> {
    const refuse = (status: number, message: string) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
      response.end(`${message}\n`);
    };
    const target = parseTarget(request);
    if (target === undefined) return refuse(404, 'Not found: this server speaks git smart HTTP only.');
    if (!(await exists(target.name))) return refuse(404, 'Repository not found.');
    const push = target.service === 'git-receive-pack';
    if (push && !access.write) return refuse(403, 'You may not push to this repository.');
    const leave = await transfers.enter();
    try {
      // A client that left while it waited needs no process.
      if (response.destroyed) return;
      const repository = push && request.method === 'POST' ? await get(target.name) : undefined;
      const transfer = () =>
        runBackend(
          request,
          response,
          { root, path: `/${target.name}.git/${target.action}`, query: target.query, user: access.user },
          {
            command,
            logger,
            signal: closing.signal,
            idleTimeoutMs: options.idleTimeoutMs ?? 120_000,
            ...(repository === undefined ? {} : { onExit: () => announce(target.name, repository, access.user) }),
          },
        );
      await (repository === undefined ? transfer() : repository.content.whileWriting(transfer));
    } catch (error) {
      logger.error({ repository: target.name, error: messageOf(error) }, 'git request failed');
      if (!response.headersSent) refuse(500, 'The git server failed.');
      else response.destroy();
    } finally {
      leave();
    }
  }

  return {
    repositories,
    open: async (name) => (await get(name)).repository,
    onPush(listener) {
      // A wrapper, so that one function can listen twice.
      const entry = (event: PushEvent) => listener(event);
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
    async close() {
      cancelSweep();
      closing.abort(new SekishoError('GIT_CLOSED', 'the git service was closed'));
      listeners.clear();
      const all = await Promise.allSettled(opened.values());
      opened.clear();
      for (const found of all) {
        if (found.status !== 'fulfilled') continue;
        await found.value.maintenance;
        await found.value.content.close();
      }
    },
  };
}

const services = ['git-upload-pack', 'git-receive-pack'];

/** The three requests of the smart protocol; anything else (the dumb protocol's files) is not served. */
function parseTarget(
  request: IncomingMessage,
): { name: string; action: string; service: string; query: string } | undefined {
  const [pathname = '', query = ''] = (request.url ?? '').split('?', 2);
  const match = /^\/git\/([^/]+)\.git\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(pathname);
  const [, name, action] = match ?? [];
  if (name === undefined || action === undefined || !isName(name)) return undefined;
  if (action === 'info/refs') {
    const service = new URLSearchParams(query).get('service') ?? '';
    if (request.method !== 'GET' || !services.includes(service)) return undefined;
    return { name, action, service, query: `service=${service}` };
  }
  return request.method === 'POST' ? { name, action, service: action, query: '' } : undefined;
}

/** At most `max` inside at a time; the others wait in order. */
function createGate(max: number): { enter(): Promise<() => void> } {
  let inside = 0;
  const waiting: (() => void)[] = [];
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) inside -= 1;
    else next();
  };
  return {
    async enter() {
      if (inside < max) inside += 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      let left = false;
      return () => {
        if (!left) leave();
        left = true;
      };
    },
  };
}

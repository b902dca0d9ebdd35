import { createHash } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSekishoError, messageOf, redact, SekishoError } from '@sekisho/base';
import { type AddressRules, checkHost, type RemoteAddress } from './address.ts';
import { type BranchWriter, commitToBranch } from './branch-commit.ts';
import { type ContentContext, openContent } from './content.ts';
import { createAccess, type RemoteAccess } from './credentials.ts';
import { usesProxy } from './environment.ts';
import { remoteFailure } from './failure.ts';
import { createPolling } from './polling.ts';
import { pushRefusal } from './push.ts';
import { isRefName } from './refs.ts';
import type { GitCredentials, RefreshResult, RemoteLook, Repository } from './types.ts';

export interface MirrorOptions extends ContentContext {
  readonly dataDir: string;
  readonly rules: AddressRules;
  readonly listTimeoutMs: number;
  readonly fetchTimeoutMs: number;
  readonly onLook?: ((look: RemoteLook) => void) | undefined;
}

export interface Mirror {
  readonly repository: Repository;
  setCredentials(credentials: GitCredentials | undefined): void;
  close(): Promise<void>;
}

const maxListBytes = 64 * 1024 * 1024;
const fetchesPerMaintenance = 50;
/** Where a detached HEAD of the remote is kept. */
const detachedHead = 'refs/sekisho/HEAD';

/** Name of the folder of an address's mirror. */
export function mirrorName(url: string): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 32);
}

/** What the remote has: references by full name, and where HEAD points. */
interface Listing {
  readonly refs: ReadonlyMap<string, string>;
  readonly head: { readonly ref?: string; readonly id: string } | undefined;
}

/**
 * A bare copy of a remote's branches and tags. What was fetched stays readable whatever happens to the remote.
 * Each look first lists the remote's references, one small request, and fetches only when something moved.
 */
export function createMirror(
  address: RemoteAddress,
  given: GitCredentials | undefined,
  options: MirrorOptions,
): Mirror {
  const { command, logger, clock } = options;
  const gitDir = join(options.dataDir, 'mirrors', `${mirrorName(address.url)}.git`);
  const content = openContent(gitDir, address.url, options);
  const closing = new AbortController();
  let credentials = given;
  let fetched: boolean | undefined;
  let running: Promise<RefreshResult> | undefined;
  let fetches = 0;
  const polling = createPolling(() => refresh(), clock);

  const marker = join(gitDir, 'sekisho-fetched');
  const exists = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    );

  async function prepare(objectFormat: string): Promise<void> {
    if (await exists(join(gitDir, 'HEAD'))) return;
    await mkdir(join(options.dataDir, 'mirrors'), { recursive: true, mode: 0o700 });
    const temporary = `${gitDir.slice(0, -'.git'.length)}.tmp`;
    await rm(temporary, { recursive: true, force: true });
    const { code, stderr } = await command.run([
      'init',
      '--bare',
      '--quiet',
      '--template=',
      `--object-format=${objectFormat}`,
      temporary,
    ]);
    if (code !== 0) throw new SekishoError('GIT_FAILED', `git init failed: ${stderr.trim().slice(-500)}`);
    await rename(temporary, gitDir);
  }

  async function remote(access: RemoteAccess, args: readonly string[], timeoutMs: number, inside: boolean) {
    const result = await command
      .run([...access.args, ...args], {
        ...(inside ? { gitDir } : {}),
        env: access.env,
        signal: closing.signal,
        timeoutMs,
        maxOutputBytes: maxListBytes,
      })
      .catch((error: unknown) => {
        throw isSekishoError(error, 'GIT_TIMEOUT') ? stalled(args[0] ?? '', timeoutMs) : error;
      });
    if (result.code !== 0) throw remoteFailure(result.stderr, address.url, access.secrets);
    return result;
  }

  function stalled(subcommand: string, timeoutMs: number): SekishoError {
    const what = subcommand === 'fetch' ? 'all of its content' : 'the list of its branches';
    return new SekishoError(
      'GIT_TIMEOUT',
      `${address.url}: the server did not send ${what} within ${timeoutMs / 1000} s`,
      {
        hint: 'It is asked again later. See whether the server, or a firewall in between, holds connections.',
        retryable: true,
      },
    );
  }

  async function openAccess(): Promise<RemoteAccess> {
    // Behind a proxy the proxy looks names up, and keeps or breaks the rules.
    const checked = usesProxy() && address.protocol !== 'ssh' ? [] : await checkHost(address, options.rules);
    return createAccess(address, credentials, checked, command);
  }

  const writer: BranchWriter = {
    async prepare() {
      await refresh();
    },
    async move(branch, commit, old) {
      const ref = `refs/heads/${branch}`;
      const access = await openAccess();
      try {
        const { code, stderr } = await command
          .run(
            [
              ...access.args,
              'push',
              '--porcelain',
              `--force-with-lease=${ref}:${old}`,
              '--',
              address.url,
              `${commit}:${ref}`,
            ],
            {
              gitDir,
              env: access.env,
              signal: closing.signal,
              timeoutMs: options.fetchTimeoutMs,
            },
          )
          .then(({ code, stdout, stderr }) => ({ code, stderr: `${stdout.toString('utf8')}\n${stderr}` }));
        if (code !== 0) {
          const refusal = pushRefusal(stderr, address.url, access.secrets);
          if (refusal.raced) return false;
          throw refusal.error;
        }
      } finally {
        await access.dispose();
      }
      // The push is done; that the mirror does not know of it yet is mended by the next look.
      await refresh().catch(() => {});
      return true;
    },
  };
  /** Pushes happen one after the other. */
  let pushes: Promise<unknown> = Promise.resolve();

  async function update(): Promise<RefreshResult> {
    const access = await openAccess();
    try {
      const listing = await list(access);
      const [anyId] = listing.refs.values();
      await prepare(anyId?.length === 64 ? 'sha256' : 'sha1');
      const before = await content.refs.list('refs/');
      await content.whileWriting(async () => {
        if (!isSame(before, listing)) await fetch(access, listing);
        await pointHead(listing);
      });
      const after = await content.refs.list('refs/');
      const refs = (await content.changes(before, after)).filter(({ ref }) => !ref.startsWith('refs/sekisho/'));
      for (const { ref, old, rewritten } of refs) {
        if (rewritten === true)
          logger.warn({ url: address.url, ref, old, code: 'GIT_HISTORY_REWRITTEN' }, 'history was rewritten');
      }
      if (fetched !== true) await writeFile(marker, '');
      fetched = true;
      const result = { changed: refs.length > 0, refs };
      if (result.changed) polling.tell(result);
      return result;
    } finally {
      await access.dispose();
    }
  }

  async function observed(look: () => Promise<RefreshResult>): Promise<RefreshResult> {
    const { onLook } = options;
    if (onLook === undefined) return look();
    const { url } = address;
    const begin = clock.now();
    let result: RemoteLook['result'] = 'failed';
    try {
      const done = await look();
      result = done.changed ? 'changed' : 'unchanged';
      return done;
    } finally {
      // What is cut off because the service closes is nobody's failure.
      if (!closing.signal.aborted) onLook({ url, result, ms: Math.max(0, clock.now() - begin) });
    }
  }

  async function list(access: RemoteAccess): Promise<Listing> {
    const { stdout } = await remote(
      access,
      ['ls-remote', '--symref', '--quiet', '--', address.url, 'HEAD', 'refs/heads/*', 'refs/tags/*'],
      options.listTimeoutMs,
      false,
    );
    return parseListing(stdout.toString('utf8'));
  }

  async function fetch(access: RemoteAccess, listing: Listing): Promise<void> {
    const specs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
    if (listing.head !== undefined && listing.head.ref === undefined) specs.push(`+HEAD:${detachedHead}`);
    await remote(
      access,
      [
        'fetch',
        '--prune',
        '--force',
        '--no-tags',
        '--no-write-fetch-head',
        '--no-recurse-submodules',
        '--no-auto-maintenance',
        '--quiet',
        '--',
        address.url,
        ...specs,
      ],
      options.fetchTimeoutMs,
      true,
    );
    fetches += 1;
    if (fetches % fetchesPerMaintenance === 0) await tidy();
  }

  async function tidy(): Promise<void> {
    const { code, stderr } = await command.run(
      ['-c', 'gc.auto=2000', '-c', 'gc.autoPackLimit=40', 'gc', '--auto', '--quiet'],
      {
        gitDir,
        timeoutMs: 30 * 60_000,
        signal: closing.signal,
      },
    );
    if (code !== 0) logger.warn({ url: address.url, reason: stderr.slice(-500) }, 'git gc failed');
  }

  async function pointHead({ head }: Listing): Promise<void> {
    if (head === undefined) return;
    const target = head.ref ?? detachedHead;
    const text = `ref: ${target}\n`;
    if (!isRefName(target) || !target.startsWith('refs/')) return;
    const temporary = join(gitDir, 'HEAD.new');
    await writeFile(temporary, text);
    await rename(temporary, join(gitDir, 'HEAD'));
  }

  function refresh({ signal }: { signal?: AbortSignal } = {}): Promise<RefreshResult> {
    if (closing.signal.aborted) return Promise.reject(closing.signal.reason);
    running ??= observed(update)
      .catch((error) => {
        const secrets =
          credentials !== undefined && 'password' in credentials && credentials.password ? [credentials.password] : [];
        logger.debug({ url: address.url, error: redact(messageOf(error), secrets) }, 'mirror was not refreshed');
        throw error;
      })
      .finally(() => {
        running = undefined;
      });
    return abortable(running, signal);
  }

  const repository: Repository = {
    url: address.url,
    async resolve(revision, { signal } = {}) {
      fetched ??= await exists(marker);
      if (!fetched) await refresh(signal === undefined ? {} : { signal });
      signal?.throwIfAborted();
      return content.resolve(revision);
    },
    refresh,
    tree: content.tree,
    signedCommit: content.signedCommit,
    async log(request) {
      await repository.resolve(request.revision, request.signal === undefined ? {} : { signal: request.signal });
      return content.log(request);
    },
    commit(request) {
      const work = pushes.then(() => commitToBranch(content, command, writer, request, { now: () => clock.now() }));
      pushes = work.catch(() => {});
      return abortable(work, request.signal);
    },
    startPolling: polling.subscribe,
  };
  return {
    repository,
    setCredentials(next) {
      credentials = next;
    },
    async close() {
      polling.stop();
      closing.abort(new SekishoError('GIT_CLOSED', 'the git service was closed'));
      await running?.catch(() => {});
      await content.close();
    },
  };
}

/** `ref: NAME\tHEAD` and `ID\tNAME` lines. Peeled tags (`^{}`) are left out. */
export function parseListing(text: string): Listing {
  const refs = new Map<string, string>();
  let headRef: string | undefined;
  let headId: string | undefined;
  for (const line of text.split('\n')) {
    const [left = '', name = ''] = line.split('\t', 2);
    if (left.startsWith('ref: ') && name === 'HEAD') headRef = left.slice('ref: '.length);
    else if (name === 'HEAD') headId = left;
    else if (/^refs\/(heads|tags)\//.test(name) && isRefName(name)) refs.set(name, left);
  }
  if (headId === undefined) return { refs, head: undefined };
  return { refs, head: { id: headId, ...(headRef === undefined ? {} : { ref: headRef }) } };
}

function isSame(mirrored: ReadonlyMap<string, string>, { refs, head }: Listing): boolean {
  const detached = head !== undefined && head.ref === undefined ? head.id : undefined;
  if (detached !== undefined && mirrored.get(detachedHead) !== detached) return false;
  let count = 0;
  for (const [ref, id] of mirrored) {
    if (!/^refs\/(heads|tags)\//.test(ref)) continue;
    count += 1;
    if (refs.get(ref) !== id) return false;
  }
  return count === refs.size;
}

/** The caller stops waiting when its signal aborts; the work goes on for the others. */
function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

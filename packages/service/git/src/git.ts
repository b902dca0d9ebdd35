import { mkdir } from 'node:fs/promises';
import { createLru, SekishoError, systemClock } from '@sekisho/base';
import { parseAddress } from './address.ts';
import { createCommand } from './command.ts';
import type { ContentContext } from './content.ts';
import { createEmbedded } from './embedded.ts';
import { prepareHome, writeConfig } from './environment.ts';
import { createMirror, type Mirror } from './mirror.ts';
import type { ParsedTree } from './tree-object.ts';
import type { Git, GitOptions } from './types.ts';

const defaultMaxPushBytes = 1024 * 1024 * 1024;
const defaultTreeCacheBytes = 32 * 1024 * 1024;
const defaultListTimeoutMs = 60_000;
const defaultFetchTimeoutMs = 15 * 60_000;
const defaultReaderIdleMs = 60_000;

/**
 * Starts the git service of one data folder. The folder must belong to this process alone.
 * @throws SekishoError GIT_MISSING | GIT_TOO_OLD
 */
export async function createGit(options: GitOptions): Promise<Git> {
  const { dataDir, logger, clock = systemClock } = options;
  await mkdir(dataDir, { recursive: true });
  const home = await prepareHome(dataDir);
  const command = await createCommand(options.gitPath ?? 'git', home);
  await writeConfig(home, {
    maxPushBytes: options.maxPushBytes ?? defaultMaxPushBytes,
    hasFsync: command.atLeast(2, 36),
  });
  const context: ContentContext = {
    command,
    logger,
    clock,
    readerIdleMs: options.readerIdleMs ?? defaultReaderIdleMs,
    treeCache: createLru<string, ParsedTree>({
      maxWeight: options.treeCacheBytes ?? defaultTreeCacheBytes,
      weigh: (tree) => tree.bytes,
    }),
  };
  const rules = { allowLoopback: options.allowLoopback ?? false, allowFile: options.allowFile ?? false };
  const embedded = await createEmbedded({ ...context, dataDir });
  const mirrors = new Map<string, Mirror>();
  let closed = false;

  return {
    version: command.version,
    embedded: embedded.repositories,
    async open(url, credentials) {
      if (closed) throw new SekishoError('GIT_CLOSED', 'the git service was closed');
      if (url.startsWith('embedded:')) return embedded.open(url.slice('embedded:'.length));
      const address = parseAddress(url, rules);
      let mirror = mirrors.get(address.url);
      const own = credentials ?? address.credentials;
      if (mirror === undefined) {
        mirror = createMirror(address, own, {
          ...context,
          dataDir,
          rules,
          listTimeoutMs: options.listTimeoutMs ?? defaultListTimeoutMs,
          fetchTimeoutMs: options.fetchTimeoutMs ?? defaultFetchTimeoutMs,
          onLook: options.onLook,
        });
        mirrors.set(address.url, mirror);
      } else if (own !== undefined || credentials === null) mirror.setCredentials(own);
      return mirror.repository;
    },
    onPush: embedded.onPush,
    async close() {
      closed = true;
      await Promise.all([embedded.close(), ...[...mirrors.values()].map((mirror) => mirror.close())]);
    },
  };
}

import { join } from 'node:path';
import { type Logger, messageOf, redactUrl, systemClock } from '@sekisho/base';
import { createInformer, type KubeClient, type ResourceType } from '@sekisho/client';
import { createGit, type Git } from '@sekisho/git';
import { createRepositoryCredentials } from '../applications/repository-credentials.ts';
import { fetchFiles } from '../policies/policy-sources/fetch-files.ts';
import { createKeptFiles } from '../policies/policy-sources/kept-files.ts';
import type { PolicySourcesOptions } from '../policies/policy-sources/policy-sources.ts';

const SECRETS: ResourceType = { group: '', version: 'v1', resource: 'secrets', kind: 'Secret', namespaced: true };
const POLL_MS = 120_000;
const SECRET_TYPE = 'argocd.argoproj.io/secret-type';

/** Where a webhook has the files of PolicySources from: no more is started than they need. */
export function openPolicyFiles(options: {
  readonly client: KubeClient;
  readonly controlNamespace: string;
  /** Holds mirrors of repositories, and what was fetched last. */
  readonly dataDir: string;
  readonly allowLocalGit: boolean;
  readonly logger: Logger;
}): Pick<PolicySourcesOptions, 'fetch' | 'kept' | 'onRepositoryChange'> & { close(): Promise<void> } {
  const { client, controlNamespace, dataDir, allowLocalGit: allowLoopback, logger } = options;
  const listeners = new Set<(repoURL: string) => void>();
  const followed = new Map<string, () => void>();
  /** Why the last look at a repository failed. */
  const troubles = new Map<string, string>();
  const secrets = createInformer({
    client,
    type: SECRETS,
    namespace: controlNamespace,
    labelSelector: SECRET_TYPE,
    logger,
  });
  const credentials = createRepositoryCredentials({ client, controlNamespace, secrets: () => secrets.list() });
  let git: Promise<Git> | undefined;

  function tell(repoURL: string): void {
    for (const listener of listeners) listener(repoURL);
  }

  function note(repoURL: string, trouble: string | undefined): void {
    const isNews = troubles.get(repoURL) !== trouble;
    if (trouble === undefined) troubles.delete(repoURL);
    else troubles.set(repoURL, trouble);
    if (isNews) tell(repoURL);
  }

  const sources = {
    async repository(repoURL: string) {
      git ??= createGit({ dataDir: join(dataDir, 'git'), allowLoopback, clock: systemClock, logger });
      const repository = await (await git).open(repoURL, (await credentials.for(repoURL)) ?? null);
      if (!followed.has(repoURL)) {
        const onError = (error: unknown) => {
          logger.warn({ repo: redactUrl(repoURL), error: messageOf(error) }, 'a repository could not be polled');
          note(repoURL, messageOf(error));
        };
        const onSuccess = () => note(repoURL, undefined);
        const polling = { intervalMs: POLL_MS, jitterMs: POLL_MS / 2, onError, onSuccess };
        const stop = repository.startPolling(polling, () => tell(repoURL));
        followed.set(repoURL, stop);
      }
      return repository;
    },
    trouble: ({ repoURL }: { readonly repoURL: string }) => troubles.get(repoURL),
  };

  return {
    async fetch(place, known, signal) {
      // Nobody needs credentials before there is a place that may ask for them.
      secrets.start();
      await secrets.synced(signal);
      return fetchFiles(place, known, { sources, credentials, allowLoopback }, signal);
    },
    kept: createKeptFiles(join(dataDir, 'policies'), logger),
    onRepositoryChange: (listener) => void listeners.add(listener),
    async close() {
      for (const stop of followed.values()) stop();
      await Promise.all([secrets.close(), (await git?.catch(() => undefined))?.close()]);
    },
  };
}

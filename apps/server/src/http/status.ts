import { messageOf, sleep } from '@sekisho/base';
import type { Store } from '@sekisho/store';
import type { ApplicationController } from '../applications/controller.ts';
import { version } from '../version.ts';
import type { Routes } from './server.ts';

/** One look at the whole: for `sekisho status`. */
export function statusRoutes(options: {
  applications: ApplicationController;
  store: Store;
  startedAt: number;
}): Routes {
  const { applications, store, startedAt } = options;
  return (api) => {
    api.get('/api/v1/version', { config: { permission: 'public' } }, () => ({ version }));
    api.get('/api/v1/status', { config: { permission: 'signed-in' } }, async () => ({
      version,
      uptimeSeconds: Math.round((Date.now() - startedAt) / 1000),
      applications: applications.summary(),
      store: { backend: store.backend, ...(await problemOf(store)) },
    }));
  };
}

const STORE_ANSWER_MS = 5_000;

/** Why the store does not answer, if it does not. */
async function problemOf(store: Store): Promise<{ problem?: string }> {
  const late = new AbortController();
  const limit = sleep(STORE_ANSWER_MS, { signal: late.signal }).then(
    () => `no answer within ${STORE_ANSWER_MS / 1000} s`,
  );
  limit.catch(() => {});
  const answer = store.ping().then(() => undefined, messageOf);
  const problem = await Promise.race([answer, limit]);
  late.abort();
  return problem === undefined ? {} : { problem };
}

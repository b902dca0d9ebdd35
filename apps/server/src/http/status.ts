import { messageOf, sleep } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { Store } from '@sekisho/store';
import { z } from 'zod';
import type { ApplicationController } from '../applications/controller.ts';
import { version } from '../version.ts';
import { visibleTo } from './application-list.ts';
import type { AccessControl, Actor } from './route.ts';
import type { Routes } from './server.ts';

const counts = z.record(z.string(), z.number().int());
const VERSION = { tag: 'server', summary: 'The version', response: z.object({ version: z.string() }) };
const STATUS = {
  tag: 'server',
  summary: 'One look at the whole',
  response: z
    .object({
      version: z.string(),
      uptimeSeconds: z.number(),
      applications: z.object({
        total: z.number().int(),
        bySync: counts,
        byHealth: counts,
        needAttention: z
          .array(
            z.object({
              namespace: z.string(),
              name: z.string(),
              sync: z.string(),
              health: z.string(),
              message: z.string(),
            }),
          )
          .meta({ description: 'Those that are not Synced and Healthy, at most 100.' }),
      }),
      store: z.object({
        backend: z.string(),
        problem: z.string().exactOptional().meta({ description: 'Why the database does not answer, if it does not.' }),
      }),
    })
    .meta({ id: 'ServerStatus' }),
};

/** One look at the whole: for `sekisho status`. */
export function statusRoutes(options: {
  applications: ApplicationController;
  store: Store;
  access: AccessControl;
  controlNamespace: string;
  startedAt: number;
}): Routes {
  const { applications, store, startedAt } = options;
  return (api) => {
    api.get('/api/v1/version', { config: { permission: 'public', api: VERSION } }, () => ({ version }));
    api.get('/api/v1/status', { config: { permission: 'signed-in', api: STATUS } }, async ({ actor }) => ({
      version,
      uptimeSeconds: Math.round((Date.now() - startedAt) / 1000),
      applications: applications.summary(isVisibleTo(actor, options)),
      store: { backend: store.backend, ...(await problemOf(store)) },
    }));
  };
}

function isVisibleTo(
  actor: Actor,
  { access, controlNamespace }: { access: AccessControl; controlNamespace: string },
): (application: KubeObject) => boolean {
  const isVisible = visibleTo(actor, { access, controlNamespace });
  return ({ metadata: { namespace = '', name = '' }, ['spec']: spec }) =>
    isVisible({ project: (spec as { project?: string } | undefined)?.project ?? '', namespace, name });
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

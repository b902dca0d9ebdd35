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
      store: { backend: store.backend },
    }));
  };
}

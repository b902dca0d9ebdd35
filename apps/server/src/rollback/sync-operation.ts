import type { Application } from '../applications/application.ts';
import { OPERATION_ID } from '../applications/operation-id.ts';
import type { RollbackState } from './rollback-state.ts';

/** The sync that brings the cluster to where git is now; where a pull request waits to be merged, to the good release itself. */
export function syncOperation(application: Application, state: RollbackState): unknown {
  const { syncTo = [] } = state;
  const { syncOptions } = application.spec.syncPolicy;
  return {
    initiatedBy: { username: state.initiatedBy.username },
    info: [
      { name: OPERATION_ID, value: state.id },
      { name: 'Reason', value: state.reason },
    ],
    retry: { limit: 5 },
    sync: {
      ...(application.hasSeveralSources ? { revisions: syncTo } : { revision: syncTo[0] }),
      ...(state.prune ? { prune: true } : {}),
      ...(syncOptions.length === 0 ? {} : { syncOptions }),
      syncStrategy: { hook: {} },
    },
  };
}

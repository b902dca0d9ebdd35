import type { Clock, Logger } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import type { Store } from '@sekisho/store';
import { type ApplicationIndex, createApplicationIndex } from '../application-rows/application-index.ts';
import { createCommitNotes } from '../application-rows/commit-notes.ts';
import type { CommitNote } from '../application-rows/row.ts';
import type { ApplicationController } from '../applications/controller.ts';
import type { HealthRuleBook } from '../applications/health-rules.ts';
import type { Sources } from '../applications/sources.ts';
import type { Audit } from '../audit/audit.ts';
import { noticeOf } from '../drift/announcer.ts';
import type { Drift } from '../drift/drift.ts';
import { publishApplicationEvents } from '../events/application-events.ts';
import type { EventBus } from '../events/bus.ts';
import { countsOf } from '../gate/gate-look.ts';
import type { PolicyGate } from '../gate/policy-gate.ts';
import type { Notifications } from '../notifications/notifications.ts';
import type { PolicyBook } from '../policies/policy-book.ts';
import type { ProjectRules } from '../projects/project-rules.ts';
import { applicationActionRoutes } from './application-actions.ts';
import { applicationDetailRoutes } from './application-detail.ts';
import { applicationListRoutes } from './application-list.ts';
import { applicationLogRoutes } from './application-logs.ts';
import { applicationOperationRoutes } from './application-operations.ts';
import { applicationVerdictRoutes } from './application-verdicts.ts';
import { applicationWriteRoutes } from './application-writes.ts';
import { applicationRoutes } from './applications.ts';
import { driftRoutes, newestFirst } from './drift.ts';
import { type EventStreamCount, eventRoutes } from './events.ts';
import { overviewRoutes } from './overview.ts';
import type { AccessControl } from './route.ts';
import type { Routes } from './server.ts';

export interface ApplicationApiOptions {
  readonly applications: ApplicationController;
  readonly projects: ProjectRules;
  readonly sources: Sources;
  readonly store: Store;
  readonly health: HealthRuleBook;
  /** Of the cluster that holds the Applications. */
  readonly client: KubeClient;
  readonly access: AccessControl;
  readonly audit: Audit;
  readonly bus: EventBus;
  readonly drift: Drift;
  readonly gate: Pick<PolicyGate, 'last' | 'onLook'>;
  readonly policies: Pick<PolicyBook, 'info' | 'worker'>;
  /** Counts callers that follow events. */
  readonly streams: EventStreamCount;
  readonly controlNamespace: string;
  readonly notifications: Pick<Notifications, 'counts' | 'deliveries'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Everything about applications that goes over HTTP: their rows and events, kept current, and the routes. */
export interface ApplicationApi {
  readonly index: ApplicationIndex;
  readonly routes: readonly Routes[];
  close(): Promise<void>;
}

export function createApplicationApi(options: ApplicationApiOptions): ApplicationApi {
  const { applications, sources, bus, clock, drift, gate } = options;
  const commits = createCommitNotes({
    lookup: (repo, revision, signal) => describeCommit(sources, repo, revision, signal),
    logger: options.logger,
  });
  const index = createApplicationIndex({
    commits,
    driftOf: (key) => drift.count(key),
    gateOf: (key) => countsOf(gate.last(key)),
  });
  const events = publishApplicationEvents({ index, bus, clock });
  applications.onChange(({ key, object }) => index.update(key, object));
  gate.onLook((key) => index.touch(key));
  drift.onChange(({ key }) => index.touch(key));
  drift.onAnnounce((announcement) => {
    const notice = noticeOf(announcement);
    if (notice !== undefined) bus.publish({ type: 'drift', data: notice, visible: notice.application });
  });
  const { notifications, ...rest } = options;
  const all = { ...rest, index };
  return {
    index,
    routes: [
      applicationListRoutes(all),
      applicationDetailRoutes({ ...all, notifications }),
      applicationLogRoutes(all),
      applicationOperationRoutes(all),
      applicationActionRoutes(all),
      applicationWriteRoutes(all),
      applicationRoutes(all),
      applicationVerdictRoutes(all),
      driftRoutes(all),
      overviewRoutes({ ...all, drift: () => [...drift.all()].sort(newestFirst), notifications: notifications.counts }),
      eventRoutes(all),
    ],
    async close() {
      events.close();
      await commits.close();
    },
  };
}

/** Charts and the like have versions that no commit explains. */
async function describeCommit(
  sources: Sources,
  repo: string,
  revision: string,
  signal: AbortSignal,
): Promise<CommitNote | undefined> {
  if (!/^[0-9a-f]{40,64}$/.test(revision)) return undefined;
  const { authorName, authorEmail, message, authorDate } = await sources.commit(repo, revision, signal);
  return { author: `${authorName} <${authorEmail}>`, message, committedAt: authorDate };
}

import { systemClock } from '@sekisho/base';
import { createAccess } from '../access/access.ts';
import { openSettingsBook } from '../access/settings-book.ts';
import { createSingleSignOn } from '../access/single-sign-on.ts';
import { verifyAudit } from '../audit/verify.ts';
import { accountRoutes } from '../http/accounts.ts';
import { createApplicationApi } from '../http/application-api.ts';
import { applicationSetRoutes } from '../http/application-sets.ts';
import { auditRoutes } from '../http/audit.ts';
import { consoleRoutes } from '../http/console.ts';
import { hookRoutes } from '../http/hooks.ts';
import { notificationRoutes } from '../http/notifications.ts';
import { policyRoutes } from '../http/policies.ts';
import { projectRoutes } from '../http/projects.ts';
import { repositoryRoutes } from '../http/repositories.ts';
import { rollbackRoutes } from '../http/rollback.ts';
import { startHttpServer } from '../http/server.ts';
import { sessionRoutes } from '../http/session.ts';
import { statusRoutes } from '../http/status.ts';
import { violationRoutes } from '../http/violations.ts';
import { createVerdictLines } from '../policy-audit/verdict-lines.ts';
import { finalizeProjects } from '../projects/project-deletion.ts';
import type { Control } from './control.ts';
import type { Foundation } from './foundation.ts';
import type { Stage } from './stage.ts';

/** The HTTP API with the console, and who may call it. It answers as soon as it is open, and is ready when `ready` says so. */
export async function openDoor(
  { config, logger, onClose }: Stage,
  { store, cluster, client, git, metrics, secretsOf }: Foundation,
  control: Control,
  ready: () => boolean,
) {
  const { controlNamespace } = config;
  const { bus, audit, auditHeads, sources, projectBook, projects, health, drift, applications } = control;
  const { applicationSets, notifications, policies, gate, policyAudit, webhooks } = control;
  const settings = await openSettingsBook({
    client,
    controlNamespace,
    projects: () => projectBook.list().map(({ name, project }) => ({ name, roles: project?.roles ?? [] })),
    logger: logger.child({ part: 'access' }),
  });
  onClose(() => settings.close());
  projectBook.onChange(() => settings.refresh());
  const access = createAccess({
    adminToken: cluster.adminToken,
    credentials: store.credentials,
    settings,
    audit,
    clock: systemClock,
    logger: logger.child({ part: 'access' }),
  });
  onClose(() => access.close());
  const applicationApi = createApplicationApi({
    applications,
    projects,
    sources,
    store,
    health,
    client,
    access,
    audit,
    bus,
    drift,
    gate,
    policies,
    streams: metrics.eventStreams,
    notifications,
    controlNamespace,
    clock: systemClock,
    logger: logger.child({ part: 'api' }),
  });
  onClose(() => applicationApi.close());
  const projectEnds = finalizeProjects({
    book: projectBook,
    client,
    isUsed: (name) => [...applicationApi.index.rows()].some(({ project }) => project === name),
    onApplicationChange: (listener) =>
      applicationApi.index.onChange(({ row, previous }) => {
        if (row?.project !== previous?.project) listener();
      }),
    logger: logger.child({ part: 'projects' }),
  });
  onClose(() => projectEnds.close());

  const http = await startHttpServer({
    host: config.host,
    port: config.port,
    ...(config.trustedProxies === undefined ? {} : { trustedProxies: config.trustedProxies }),
    access,
    audit,
    git,
    metrics: metrics.registry,
    ready,
    routes: [
      statusRoutes({ applications, store, access, controlNamespace, startedAt: Date.now() }),
      ...applicationApi.routes,
      projectRoutes({
        book: projectBook,
        rules: projects,
        index: applicationApi.index,
        client,
        access,
        audit,
        clock: systemClock,
        controlNamespace,
      }),
      applicationSetRoutes({ sets: applicationSets, client, access, audit, controlNamespace }),
      rollbackRoutes({ applications, controlNamespace }),
      auditRoutes({
        log: store.audit,
        verify: async (signal) =>
          verifyAudit({
            log: store.audit,
            heads: await auditHeads.read(),
            commitOf: async (repoURL, revision, until) => {
              const { authorName, authorEmail, message } = await sources.commit(repoURL, revision, until);
              return { author: `${authorName} <${authorEmail}>`, message };
            },
            signal,
          }),
      }),
      notificationRoutes({ notifications, audit }),
      policyRoutes({ book: policies, clock: systemClock }),
      violationRoutes({
        audit: policyAudit,
        linesOf: createVerdictLines({ applications, sources }),
        access,
        controlNamespace,
        now: () => systemClock.now(),
      }),
      hookRoutes(webhooks),
      sessionRoutes({
        access,
        sso: createSingleSignOn({ signIn: access.signIn, clock: systemClock }),
        audit,
        ownUrl: () => http.url,
      }),
      accountRoutes({ access, audit, now: () => systemClock.now() }),
      repositoryRoutes({ git, client, access, audit, secrets: secretsOf('repository'), controlNamespace }),
      consoleRoutes(),
    ],
    logger: logger.child({ part: 'http' }),
  });
  onClose(() => http.close());

  return { access, http };
}

import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSekishoError, type Logger, systemClock } from '@sekisho/base';
import { createClient, createInformer, type Informer, type KubeClient } from '@sekisho/client';
import { openCluster } from '@sekisho/cluster';
import { startControllers } from '@sekisho/controllers';
import { lockFolder } from '@sekisho/folder-lock';
import { createForge } from '@sekisho/forge';
import { createGit } from '@sekisho/git';
import type { KubeObject } from '@sekisho/kube';
import { openStore } from '@sekisho/store';
import { createAccess } from './access/access.ts';
import { openSettingsBook } from './access/settings-book.ts';
import { createSingleSignOn } from './access/single-sign-on.ts';
import { createApplicationController } from './applications/controller.ts';
import { applicationDefinitions } from './applications/crd.ts';
import { createDestinations } from './applications/destinations.ts';
import { openHealthRuleBook } from './applications/health-rules.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES, SECRETS } from './applications/kinds.ts';
import { createRepositoryCredentials } from './applications/repository-credentials.ts';
import { createSources } from './applications/sources.ts';
import { createAuditHeads } from './audit/heads.ts';
import { openAuditJournal } from './audit/journal.ts';
import { recordPush } from './audit/push-entry.ts';
import { createAuditRecorder } from './audit/recorder.ts';
import { verifyAudit } from './audit/verify.ts';
import { openComparer } from './comparison/comparer.ts';
import type { ServerConfig } from './config.ts';
import { DEMO_REPOSITORY, makeDemo } from './demo/first-run.ts';
import { openDrift } from './drift/drift.ts';
import { createEventBus, firstEventId } from './events/bus.ts';
import { accountRoutes } from './http/accounts.ts';
import { createApplicationApi } from './http/application-api.ts';
import { auditRoutes } from './http/audit.ts';
import { consoleRoutes } from './http/console.ts';
import { hookRoutes } from './http/hooks.ts';
import { notificationRoutes } from './http/notifications.ts';
import type { KnownRoute } from './http/openapi.ts';
import { projectRoutes } from './http/projects.ts';
import { repositoryRoutes } from './http/repositories.ts';
import { rollbackRoutes } from './http/rollback.ts';
import { startHttpServer } from './http/server.ts';
import { sessionRoutes } from './http/session.ts';
import { statusRoutes } from './http/status.ts';
import { createMetrics } from './metrics.ts';
import { openNotifications } from './notifications/notifications.ts';
import { openProjectBook } from './projects/project-book.ts';
import { finalizeProjects } from './projects/project-deletion.ts';
import { createProjectRules } from './projects/project-rules.ts';
import { createCommitSignatures } from './signatures/commit-signatures.ts';
import { openSignerBook } from './signatures/signer-book.ts';
import { observeApplications } from './telemetry/application-metrics.ts';
import { followDeployments } from './telemetry/deployments.ts';
import { observeParts } from './telemetry/part-metrics.ts';
import { reportDeployment } from './telemetry/report-deployment.ts';
import { createTimeline } from './telemetry/timeline.ts';
import { openTracing } from './telemetry/tracing.ts';
import { readWebhookSecrets } from './webhooks/secrets.ts';
import { createWebhooks } from './webhooks/webhooks.ts';

export interface Server {
  /** Sekisho's own API and git. */
  readonly url: string;
  readonly token: string;
  /** A token for one sign-in at the console within a day. */
  readonly startToken: string;
  /** Every route of the API, with who may call it. */
  readonly routes: readonly KnownRoute[];
  /** The embedded Kubernetes API. */
  readonly kubeUrl: string;
  readonly kubeconfigPath: string;
  /** Address to clone the example repository from, with its token; absent without the example. */
  readonly cloneUrl?: string;
  /** Fulfilled when every application is Synced and Healthy; rejected when the signal aborts. */
  settled(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Tells what is being started; for progress on a terminal. */
export type StartProgress = (step: string) => void;

/**
 * Starts everything in this process: cluster, controllers, git, store, reconciler, HTTP. What was started is stopped
 * again when a later step fails.
 *
 * @throws SekishoError DATA_FOLDER_IN_USE | FOLDER_UNUSABLE | PORT_IN_USE | PORT_UNUSABLE | GIT_TOO_OLD | …
 */
export async function startServer(
  config: ServerConfig,
  { logger, progress = () => {} }: { logger: Logger; progress?: StartProgress },
): Promise<Server> {
  const closers: (() => Promise<void> | void)[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return await start(config, logger, progress, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function start(
  config: ServerConfig,
  logger: Logger,
  progress: StartProgress,
  closers: (() => Promise<void> | void)[],
  closeAll: () => Promise<void>,
): Promise<Server> {
  const { dataDir, controlNamespace } = config;
  const lock = await lockFolder(dataDir, {
    code: 'DATA_FOLDER_IN_USE',
    message: `Another Sekisho already runs on the data folder ${dataDir}.`,
    hint: 'Stop it first (Ctrl-C in its terminal), or start this one with another --data folder.',
  });
  closers.push(() => lock.release());

  progress('store');
  const store = await openStore(
    config.storeUrl === undefined
      ? { dataDir, logger: logger.child({ part: 'store' }) }
      : { url: config.storeUrl, logger: logger.child({ part: 'store' }) },
  );
  closers.push(() => store.close());

  progress('cluster');
  const cluster = await openCluster({ dataDir: join(dataDir, 'cluster'), logger: logger.child({ part: 'cluster' }) });
  closers.push(() => cluster.close());
  const { url: kubeUrl } = await cluster.listen({ host: config.host, port: config.kubePort });
  const kubeconfigPath = join(dataDir, 'kubeconfig');
  await writePrivate(kubeconfigPath, cluster.kubeconfig({ name: 'sekisho', url: kubeUrl }));

  const admin = (component: string) =>
    createClient(cluster.transport({ user: `system:${component}`, groups: ['system:masters'] }), {
      fieldManager: component,
      userAgent: component,
    });
  const client = admin('sekisho');
  await prepareControlPlane(client, controlNamespace);

  progress('controllers');
  const controllers = await startControllers({
    client: admin('kube-controller-manager'),
    caPem: cluster.caPem,
    logger: logger.child({ part: 'controllers' }),
  });
  closers.push(() => controllers.close());

  progress('git');
  const metrics = createMetrics();
  const git = await createGit({
    dataDir,
    onLook: metrics.gitLook,
    logger: logger.child({ part: 'git' }),
    allowLoopback: config.allowLocalGit,
  });
  closers.push(() => git.close());

  const secrets = watchSecrets(client, controlNamespace, logger);
  closers.push(() => secrets.close());
  await secrets.synced();
  const secretsOf =
    (...types: string[]) =>
    (): readonly KubeObject[] =>
      secrets.list(controlNamespace).filter((s) => types.includes(s.metadata.labels?.[SECRET_TYPE] ?? ''));

  const bus = createEventBus({ firstId: firstEventId(systemClock.now()) });
  const auditHeads = createAuditHeads(client, controlNamespace);
  const audit = createAuditRecorder({
    log: store.audit,
    journal: await openAuditJournal(join(dataDir, 'audit.journal')),
    keepHead: auditHeads.keep,
    onEntries: (entries) => {
      for (const data of entries) {
        metrics.auditEntry(data);
        const about = data.object.type === 'application' ? { about: data.object } : {};
        bus.publish({ type: 'audit', data, ...about, requires: { resource: 'audit', object: '*' } });
      }
    },
    clock: systemClock,
    logger: logger.child({ part: 'audit' }),
  });
  closers.push(() => audit.close());
  closers.push(git.onPush((event) => recordPush(audit, event)));
  const destinations = createDestinations({
    embedded: cluster.transport({ user: 'system:sekisho', groups: ['system:masters'] }),
    kubeconfig: config.kubeconfig,
    clusterSecrets: secretsOf('cluster'),
    clock: systemClock,
    logger: logger.child({ part: 'destinations' }),
  });
  closers.push(() => destinations.close());
  const credentials = createRepositoryCredentials({
    client,
    controlNamespace,
    secrets: secretsOf('repository', 'repo-creds'),
  });
  const sources = createSources({
    git,
    ownUrl: () => http.url,
    credentials,
    onRender: metrics.render,
    logger: logger.child({ part: 'sources' }),
  });
  closers.push(() => sources.close());

  progress('applications');
  const projectBook = await openProjectBook({
    client,
    controlNamespace,
    clock: systemClock,
    logger: logger.child({ part: 'projects' }),
  });
  closers.push(() => projectBook.close());
  const projects = createProjectRules({ book: projectBook, destinations, clock: systemClock });
  const health = await openHealthRuleBook({ client, controlNamespace, logger: logger.child({ part: 'health' }) });
  closers.push(() => health.close());
  const comparer = await openComparer({
    client,
    controlNamespace,
    health,
    clock: systemClock,
    logger: logger.child({ part: 'comparison' }),
  });
  closers.push(() => comparer.close());
  const drift = openDrift({
    store,
    client,
    metrics: metrics.registry,
    clock: systemClock,
    logger: logger.child({ part: 'drift' }),
  });
  closers.push(() => drift.close());
  const signers = await openSignerBook({ client, controlNamespace, logger: logger.child({ part: 'signatures' }) });
  closers.push(() => signers.close());
  const tracing = await openTracing(process.env, {
    onSpans: (count, result) => metrics.spans.inc({ result }, count),
    logger: logger.child({ part: 'tracing' }),
  });
  if (tracing !== undefined) closers.push(() => tracing.close());
  const timeline = tracing === undefined ? undefined : createTimeline(() => systemClock.now());
  const applications = await createApplicationController({
    timeline,
    client,
    drift,
    projects,
    health,
    comparer,
    destinations,
    sources,
    store,
    metrics,
    audit,
    clock: systemClock,
    controlNamespace,
    waveDelayMs: config.waveDelayMs,
    forges: async (repoURL) => {
      const options = await credentials.forge(repoURL);
      return options === undefined ? undefined : createForge(options);
    },
    signatures: createCommitSignatures({
      book: projectBook,
      keys: signers,
      sources,
      controlNamespace,
      logger: logger.child({ part: 'signatures' }),
    }),
    ownUrl: () => http.url,
    logger: logger.child({ part: 'applications' }),
  });

  observeApplications(metrics.registry, applications);
  const parts = observeParts(metrics.registry, {
    ping: () => store.ping(),
    clusters: () => destinations.connections(),
    auditWaiting: () => audit.waiting,
  });
  closers.push(() => parts.close());
  const notifications = await openNotifications({
    store,
    client,
    controlNamespace,
    applicationOf: (key) => applications.object(key),
    driftOf: (key) => drift.items(key),
    commitOf: (repoURL, revision, signal) => sources.commit(repoURL, revision, signal),
    ownUrl: () => http.url,
    bus,
    metrics: metrics.registry,
    clock: systemClock,
    logger: logger.child({ part: 'notifications' }),
  });
  closers.push(() => notifications.close());
  applications.onChange(notifications.observe);

  const deployments = followDeployments({
    timeline,
    now: () => systemClock.now(),
    onEnd: (deployment) =>
      reportDeployment(deployment, { metrics, tracing, logger: logger.child({ part: 'deployments' }) }),
  });
  sources.onChange(deployments.noteNews);
  applications.onChange(deployments.observe);

  const webhooks = createWebhooks({
    secrets: () => readWebhookSecrets(client, controlNamespace),
    sources,
    audit,
    onPush: deployments.noteWebhook,
    onResult: (sender, result) => metrics.webhooks.inc({ sender, result }),
    now: () => systemClock.now(),
    logger: logger.child({ part: 'webhooks' }),
  });
  closers.push(() => webhooks.close());

  const settings = await openSettingsBook({
    client,
    controlNamespace,
    projects: () => projectBook.list().map(({ name, project }) => ({ name, roles: project?.roles ?? [] })),
    logger: logger.child({ part: 'access' }),
  });
  closers.push(() => settings.close());
  projectBook.onChange(() => settings.refresh());
  const access = createAccess({
    adminToken: cluster.adminToken,
    credentials: store.credentials,
    settings,
    audit,
    clock: systemClock,
    logger: logger.child({ part: 'access' }),
  });
  closers.push(() => access.close());
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
    streams: metrics.eventStreams,
    notifications,
    controlNamespace,
    clock: systemClock,
    logger: logger.child({ part: 'api' }),
  });
  closers.push(() => applicationApi.close());
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
  closers.push(() => projectEnds.close());

  let ready = false;
  const http = await startHttpServer({
    host: config.host,
    port: config.port,
    ...(config.trustedProxies === undefined ? {} : { trustedProxies: config.trustedProxies }),
    access,
    audit,
    git,
    metrics: metrics.registry,
    ready: () => ready,
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
  closers.push(() => http.close());
  // Closed before the door: a running sync ends at a clean point while requests are still answered.
  closers.push(() => applications.close());

  await controllers.ready();
  const hasDemo = config.demo && (await makeDemo({ git, client, controlNamespace }));
  applications.start();
  await writePrivate(
    join(dataDir, 'client.json'),
    JSON.stringify(clientConfig(http.url, cluster.adminToken, kubeconfigPath)),
  );
  ready = true;

  return {
    url: http.url,
    token: cluster.adminToken,
    startToken: access.createStartToken(),
    routes: http.routes,
    kubeUrl,
    kubeconfigPath,
    ...(hasDemo ? { cloneUrl: cloneUrl(http.url, cluster.adminToken, DEMO_REPOSITORY) } : {}),
    settled: (signal) => applications.settled(signal),
    close: closeAll,
  };
}

const SECRET_TYPE = 'argocd.argoproj.io/secret-type';

async function prepareControlPlane(client: KubeClient, namespace: string): Promise<void> {
  await createIfMissing(() =>
    client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }),
  );
  for (const definition of applicationDefinitions) {
    await client.apply(CUSTOM_RESOURCE_DEFINITIONS, definition, { force: true });
  }
}

async function createIfMissing(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!isSekishoError(error, 'KUBE_ALREADY_EXISTS')) throw error;
  }
}

function watchSecrets(client: KubeClient, namespace: string, logger: Logger): Informer {
  const informer = createInformer({ client, type: SECRETS, namespace, labelSelector: SECRET_TYPE, logger });
  informer.start();
  return informer;
}

/** What the command line needs to find this server: only the owner of the data folder may read it. */
function clientConfig(server: string, token: string, kubeconfig: string) {
  return { server, token, kubeconfig };
}

async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  await chmod(path, 0o600);
}

function cloneUrl(url: string, token: string, repository: string): string {
  const address = new URL(`/git/${repository}.git`, url);
  address.username = 'sekisho';
  address.password = token;
  return address.href;
}

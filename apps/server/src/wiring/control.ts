import { join } from 'node:path';
import { systemClock } from '@sekisho/base';
import { createForge } from '@sekisho/forge';
import { createRenderPool } from '@sekisho/render-pool';
import { createInstallationSopsKeys } from '@sekisho/sops-keys';
import { createChartRepositories } from '../applications/chart-repositories.ts';
import { createApplicationController } from '../applications/controller.ts';
import { createDestinations } from '../applications/destinations.ts';
import { openHealthRuleBook } from '../applications/health-rules.ts';
import { createRepositoryCredentials } from '../applications/repository-credentials.ts';
import { createSources } from '../applications/sources.ts';
import { createApplicationSetController } from '../applicationsets/controller.ts';
import { isProviderOf } from '../applicationsets/forge-events.ts';
import { createAuditHeads } from '../audit/heads.ts';
import { openAuditJournal } from '../audit/journal.ts';
import { recordPush } from '../audit/push-entry.ts';
import { createAuditRecorder } from '../audit/recorder.ts';
import { openComparer } from '../comparison/comparer.ts';
import { openDrift } from '../drift/drift.ts';
import { createEventBus, firstEventId } from '../events/bus.ts';
import { openNotifications } from '../notifications/notifications.ts';
import { openProjectBook } from '../projects/project-book.ts';
import { createProjectRules } from '../projects/project-rules.ts';
import { createCommitSignatures } from '../signatures/commit-signatures.ts';
import { openSignerBook } from '../signatures/signer-book.ts';
import { createSourceSecrets } from '../source-secrets/source-secrets.ts';
import { observeApplications } from '../telemetry/application-metrics.ts';
import { followDeployments } from '../telemetry/deployments.ts';
import { observeParts } from '../telemetry/part-metrics.ts';
import { reportDeployment } from '../telemetry/report-deployment.ts';
import { createTimeline } from '../telemetry/timeline.ts';
import { openTracing } from '../telemetry/tracing.ts';
import { readWebhookSecrets } from '../webhooks/secrets.ts';
import { createWebhooks } from '../webhooks/webhooks.ts';
import type { Foundation } from './foundation.ts';
import { openGates, openPolicyGate } from './gates.ts';
import { openAuditOfPolicies } from './policy-audit.ts';
import { readOrCreateSecret } from './private-file.ts';
import type { Stage } from './stage.ts';

export type Control = Awaited<ReturnType<typeof openControl>>;

/** What keeps applications equal to git, and everything that hangs on it. Nothing is worked on before `applications.start()`. */
export async function openControl(stage: Stage, foundation: Foundation, ownUrl: () => string) {
  const { config, logger, progress, onClose } = stage;
  const { store, cluster, client, git, metrics, secretsOf, onSecretChange } = foundation;
  const { dataDir, controlNamespace } = config;
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
  onClose(() => audit.close());
  onClose(git.onPush((event) => recordPush(audit, event)));
  const destinations = createDestinations({
    embedded: cluster.transport({ user: 'system:sekisho', groups: ['system:masters'] }),
    kubeconfig: config.kubeconfig,
    clusterSecrets: secretsOf('cluster'),
    clock: systemClock,
    logger: logger.child({ part: 'destinations' }),
  });
  onClose(() => destinations.close());
  const credentials = createRepositoryCredentials({
    client,
    controlNamespace,
    secrets: secretsOf('repository', 'repo-creds'),
  });
  const charts = createChartRepositories({
    cacheFolder: join(dataDir, 'cache'),
    credentials,
    allowLoopback: config.allowLocalGit,
    logger: logger.child({ part: 'charts' }),
  });
  onClose(() => charts.close());
  const sourceSecrets = createSourceSecrets({
    client,
    keys: await createInstallationSopsKeys(process.env),
    logger: logger.child({ part: 'source-secrets' }),
  });
  onClose(() => sourceSecrets.close());
  const renders = createRenderPool({
    cacheFolder: join(dataDir, 'cache', 'renders'),
    onRender: metrics.render,
    logger: logger.child({ part: 'renders' }),
  });
  onClose(() => renders.close());
  const seed = await readOrCreateSecret(join(dataDir, 'render.seed'));
  const sources = createSources({
    git,
    secrets: sourceSecrets,
    charts,
    ownUrl,
    credentials,
    seed,
    renders,
    logger: logger.child({ part: 'sources' }),
  });
  onClose(() => sources.close());
  const { policies } = openGates(stage, foundation, { sources, credentials, audit });

  progress('applications');
  const projectBook = await openProjectBook({
    client,
    controlNamespace,
    clock: systemClock,
    logger: logger.child({ part: 'projects' }),
  });
  onClose(() => projectBook.close());
  const projects = createProjectRules({ book: projectBook, destinations, clock: systemClock });
  const health = await openHealthRuleBook({ client, controlNamespace, logger: logger.child({ part: 'health' }) });
  onClose(() => health.close());
  const comparer = await openComparer({
    client,
    controlNamespace,
    health,
    clock: systemClock,
    logger: logger.child({ part: 'comparison' }),
  });
  onClose(() => comparer.close());
  const drift = openDrift({
    store,
    client,
    metrics: metrics.registry,
    clock: systemClock,
    logger: logger.child({ part: 'drift' }),
  });
  onClose(() => drift.close());
  const signers = await openSignerBook({ client, controlNamespace, logger: logger.child({ part: 'signatures' }) });
  onClose(() => signers.close());
  const tracing = await openTracing(process.env, {
    onSpans: (count, result) => metrics.spans.inc({ result }, count),
    logger: logger.child({ part: 'tracing' }),
  });
  if (tracing !== undefined) onClose(() => tracing.close());
  const timeline = tracing === undefined ? undefined : createTimeline(() => systemClock.now());
  const gate = openPolicyGate(stage, { policies, metrics: metrics.registry });
  const applications = await createApplicationController({
    gate,
    policies,
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
    sourceSecrets,
    ownUrl,
    logger: logger.child({ part: 'applications' }),
  });

  const applicationSets = createApplicationSetController({
    seed,
    client,
    sources,
    destinations,
    projects,
    clusterSecrets: secretsOf('cluster'),
    onClusterChange: (listener) => onClose(onSecretChange('cluster', listener)),
    metrics,
    audit,
    clock: systemClock,
    controlNamespace,
    logger: logger.child({ part: 'applicationsets' }),
  });

  const policyAudit = openAuditOfPolicies(stage, foundation, { policies, destinations, applications, bus });

  observeApplications(metrics.registry, applications);
  const parts = observeParts(metrics.registry, {
    ping: () => store.ping(),
    clusters: () => destinations.connections(),
    auditWaiting: () => audit.waiting,
  });
  onClose(() => parts.close());
  const notifications = await openNotifications({
    store,
    client,
    controlNamespace,
    applicationOf: (key) => applications.object(key),
    driftOf: (key) => drift.items(key),
    commitOf: (repoURL, revision, signal) => sources.commit(repoURL, revision, signal),
    ownUrl,
    bus,
    metrics: metrics.registry,
    clock: systemClock,
    logger: logger.child({ part: 'notifications' }),
  });
  onClose(() => notifications.close());
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
    onEvent: (sender) => applicationSets.noteForge((provider) => isProviderOf(provider, sender)),
    onResult: (sender, result) => metrics.webhooks.inc({ sender, result }),
    now: () => systemClock.now(),
    logger: logger.child({ part: 'webhooks' }),
  });
  onClose(() => webhooks.close());

  return {
    bus,
    audit,
    auditHeads,
    sources,
    policies,
    gate,
    policyAudit,
    projectBook,
    projects,
    health,
    drift,
    applications,
    applicationSets,
    notifications,
    webhooks,
  };
}

import { join } from 'node:path';
import { isSekishoError, type Logger, systemClock } from '@sekisho/base';
import { createClient, createInformer, type Informer, type KubeClient } from '@sekisho/client';
import { openCluster } from '@sekisho/cluster';
import { startControllers } from '@sekisho/controllers';
import { lockFolder } from '@sekisho/folder-lock';
import { createGit } from '@sekisho/git';
import type { KubeObject } from '@sekisho/kube';
import { openStore } from '@sekisho/store';
import { applicationDefinitions } from '../applications/crd.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES, SECRETS } from '../applications/kinds.ts';
import { applicationSetDefinition } from '../applicationsets/crd.ts';
import { createMetrics } from '../metrics.ts';
import { createAdmissionGate } from '../policies/admission/admission-gate.ts';
import { gatekeeperDefinitions } from '../policies/definitions/gatekeeper.ts';
import { policyDefinitions } from '../policies/definitions/sekisho.ts';
import { writePrivate } from './private-file.ts';
import type { Stage } from './stage.ts';

export type Foundation = Awaited<ReturnType<typeof startFoundation>>;

const SECRET_TYPE = 'argocd.argoproj.io/secret-type';

/** The data folder's lock, store, embedded cluster with its controllers, git, and the Secrets of the control namespace. */
export async function startFoundation({ config, logger, progress, onClose }: Stage) {
  const { dataDir, controlNamespace } = config;
  const lock = await lockFolder(dataDir, {
    code: 'DATA_FOLDER_IN_USE',
    message: `Another Sekisho already runs on the data folder ${dataDir}.`,
    hint: 'Stop it first (Ctrl-C in its terminal), or start this one with another --data folder.',
  });
  onClose(() => lock.release());

  progress('store');
  const store = await openStore(
    config.storeUrl === undefined
      ? { dataDir, logger: logger.child({ part: 'store' }) }
      : { url: config.storeUrl, logger: logger.child({ part: 'store' }) },
  );
  onClose(() => store.close());

  progress('cluster');
  const cluster = await openCluster({ dataDir: join(dataDir, 'cluster'), logger: logger.child({ part: 'cluster' }) });
  onClose(() => cluster.close());
  const admin = (component: string) =>
    createClient(cluster.transport({ user: `system:${component}`, groups: ['system:masters'] }), {
      fieldManager: component,
      userAgent: component,
    });
  const client = admin('sekisho');
  // As the API server itself, which asks no webhooks: one that does not answer must not keep the server from starting.
  await prepareControlPlane(createClient(cluster.transport(), { fieldManager: 'sekisho' }), controlNamespace);
  // Before anybody else can write: policies count from the first write on.
  const admissionGate = createAdmissionGate({
    controlNamespace,
    clock: systemClock,
    logger: logger.child({ part: 'admission' }),
  });
  cluster.setAdmission(admissionGate);
  const { url: kubeUrl } = await cluster.listen({ host: config.host, port: config.kubePort });
  const kubeconfigPath = join(dataDir, 'kubeconfig');
  await writePrivate(kubeconfigPath, cluster.kubeconfig({ name: 'sekisho', url: kubeUrl }));

  progress('controllers');
  const controllers = await startControllers({
    client: admin('kube-controller-manager'),
    caPem: cluster.caPem,
    logger: logger.child({ part: 'controllers' }),
  });
  onClose(() => controllers.close());

  progress('git');
  const metrics = createMetrics();
  const git = await createGit({
    dataDir,
    onLook: metrics.gitLook,
    logger: logger.child({ part: 'git' }),
    allowLoopback: config.allowLocalGit,
  });
  onClose(() => git.close());

  const secrets = watchSecrets(client, controlNamespace, logger);
  onClose(() => secrets.close());
  await secrets.synced();
  const secretsOf =
    (...types: string[]) =>
    (): readonly KubeObject[] =>
      secrets.list(controlNamespace).filter((s) => types.includes(s.metadata.labels?.[SECRET_TYPE] ?? ''));

  const onSecretChange = (type: string, listener: () => void) =>
    secrets.on(({ object }) => {
      if (object.metadata.labels?.[SECRET_TYPE] === type) listener();
    });

  return {
    store,
    cluster,
    admissionGate,
    kubeUrl,
    kubeconfigPath,
    client,
    controllers,
    git,
    metrics,
    secretsOf,
    onSecretChange,
  };
}

async function prepareControlPlane(client: KubeClient, namespace: string): Promise<void> {
  await createIfMissing(() =>
    client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }),
  );
  const definitions = [
    ...applicationDefinitions,
    applicationSetDefinition,
    ...gatekeeperDefinitions,
    ...policyDefinitions,
  ];
  await Promise.all(
    definitions.map((definition) => client.apply(CUSTOM_RESOURCE_DEFINITIONS, definition, { force: true })),
  );
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

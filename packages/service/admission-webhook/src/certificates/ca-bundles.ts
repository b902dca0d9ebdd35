import { type Clock, type Logger, systemClock } from '@sekisho/base';
import { createInformer, createWorkQueue, type Informer, type KubeClient, type ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import type { SecretCertificates } from './secret-certificates.ts';

export interface CaBundlesOptions {
  readonly client: KubeClient;
  /** Of a ValidatingWebhookConfiguration, a MutatingWebhookConfiguration, or both. */
  readonly name: string;
  readonly certificates: Pick<SecretCertificates, 'caBundle' | 'onChange'>;
  readonly clock?: Clock;
  readonly logger: Logger;
}

const GROUP = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false } as const;
const CONFIGURATIONS: readonly ResourceType[] = [
  { ...GROUP, resource: 'validatingwebhookconfigurations', kind: 'ValidatingWebhookConfiguration' },
  { ...GROUP, resource: 'mutatingwebhookconfigurations', kind: 'MutatingWebhookConfiguration' },
];

/**
 * Keeps the `caBundle` of all webhooks of the configurations by one name equal to the authorities of the certificates:
 * after each rotation, and when somebody applies a configuration without it.
 */
export function keepCaBundles(options: CaBundlesOptions): { close(): Promise<void> } {
  const { client, name, certificates, clock = systemClock, logger } = options;
  const informers = new Map<string, { readonly type: ResourceType; readonly informer: Informer }>();

  const queue = createWorkQueue({
    name: 'caBundles',
    concurrency: 1,
    clock,
    logger,
    backoff: { minMs: 200, maxMs: 30_000 },
    async reconcile(resource, signal) {
      const { type, informer } = informers.get(resource) ?? {};
      const bundle = certificates.caBundle();
      const configuration = informer?.get(name);
      if (type === undefined || configuration === undefined || bundle === undefined) return;
      const operations = changesFor(configuration, Buffer.from(bundle).toString('base64'));
      if (operations.length === 0) return;
      await client.patch(type, name, undefined, { kind: 'json', body: operations }, { signal });
      logger.info({ kind: type.kind, name }, 'the caBundle of a webhook configuration was set');
    },
  });

  const addAll = (): void => {
    for (const resource of informers.keys()) queue.add(resource);
  };
  for (const type of CONFIGURATIONS) {
    const fieldSelector = `metadata.name=${name}`;
    const informer = createInformer({ client, type, fieldSelector, logger });
    informers.set(type.resource, { type, informer });
    informer.on(() => queue.add(type.resource));
    informer.start();
  }
  certificates.onChange(addAll);
  return {
    async close() {
      await Promise.all([queue.close(), ...[...informers.values()].map(({ informer }) => informer.close())]);
    },
  };
}

/** A JSON Patch that fails when the webhooks are not the ones it was made for. */
function changesFor(configuration: KubeObject, caBundle: string): Record<string, unknown>[] {
  const webhooks = (Array.isArray(configuration['webhooks']) ? configuration['webhooks'] : []) as {
    readonly name?: string;
    readonly clientConfig?: { readonly caBundle?: string };
  }[];
  return webhooks.flatMap(({ name, clientConfig }, i) =>
    clientConfig === undefined || clientConfig.caBundle === caBundle
      ? []
      : [
          { op: 'test', path: `/webhooks/${i}/name`, value: name },
          { op: 'add', path: `/webhooks/${i}/clientConfig/caBundle`, value: caBundle },
        ],
  );
}

import { type Logger, silentLogger } from '@sekisho/base';
import { createInformer, type KubeClient, type ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { startTestCluster, type TestCluster } from '@sekisho/testkit';
import type { Condition } from '../kinds/condition.ts';
import type { Pod } from '../kinds/pod.ts';
import { EVENTS, PODS } from '../kinds/resources.ts';

const PATIENCE_MS = 20_000;

export interface Harness {
  readonly client: KubeClient;
  readonly cluster: TestCluster['cluster'];
  /** Warnings and errors that the controllers logged: a healthy run has none. */
  readonly complaints: readonly string[];
  /** Creates objects in order; each into its namespace, or `default`. */
  create(type: ResourceType, ...objects: Partial<KubeObject>[]): Promise<KubeObject>;
  /** The object as soon as `holds`. */
  waitFor(
    type: ResourceType,
    name: string,
    holds: (object: KubeObject) => boolean,
    namespace?: string,
  ): Promise<KubeObject>;
  waitGone(type: ResourceType, name: string, namespace?: string): Promise<void>;
  /** All objects of a kind in a namespace as soon as `holds` of the whole list. */
  waitForAll(type: ResourceType, holds: (objects: KubeObject[]) => boolean, namespace?: string): Promise<KubeObject[]>;
  pods(namespace?: string): Promise<Pod[]>;
  events(involved: string): Promise<string[]>;
  close(): Promise<void>;
}

/** An embedded cluster with all controllers, and waits that follow its watches. */
export async function startHarness(): Promise<Harness> {
  const complaints: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (fields, message) => void complaints.push(`${message} ${JSON.stringify(fields)}`),
    error: (fields, message) => void complaints.push(`${message} ${JSON.stringify(fields)}`),
    child: () => logger,
  };
  const server = await startTestCluster({ controllers: true, startupMs: 2, jobMs: 10, logger });
  const { client } = server;

  async function follow<T>(
    type: ResourceType,
    scope: { namespace?: string; fieldSelector?: string },
    look: (objects: KubeObject[]) => T | undefined,
  ): Promise<T> {
    const informer = createInformer({ client, type, logger: silentLogger, ...scope });
    try {
      return await new Promise<T>((resolve, reject) => {
        const check = (): void => {
          if (!informer.hasSynced) return;
          const result = look(informer.list());
          if (result !== undefined) resolve(result);
        };
        const timeout = AbortSignal.timeout(PATIENCE_MS);
        timeout.addEventListener('abort', () => {
          const last = JSON.stringify(
            informer.list(),
            (key, value) => (key === 'managedFields' ? undefined : value),
            1,
          );
          reject(new Error(`still waiting for ${type.kind}; last seen: ${last}\n${complaints.join('\n')}`));
        });
        informer.on(check);
        informer.start();
        informer.synced().then(check, reject);
      });
    } finally {
      await informer.close();
    }
  }

  const scopeOf = (type: ResourceType, name: string, namespace: string) => ({
    ...(type.namespaced ? { namespace } : {}),
    fieldSelector: `metadata.name=${name}`,
  });

  return {
    client,
    cluster: server.cluster,
    complaints,
    async create(type, ...objects) {
      let last: KubeObject | undefined;
      for (const object of objects) {
        const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`;
        const metadata = type.namespaced ? { namespace: 'default', ...object.metadata } : { ...object.metadata };
        last = await client.create(type, { ...object, apiVersion, kind: type.kind, metadata });
      }
      if (last === undefined) throw new Error('nothing to create');
      return last;
    },
    waitFor: (type, name, holds, namespace = 'default') =>
      follow(type, scopeOf(type, name, namespace), ([object]) =>
        object !== undefined && holds(object) ? object : undefined,
      ),
    waitGone: (type, name, namespace = 'default') =>
      follow(type, scopeOf(type, name, namespace), ([object]) => (object === undefined ? true : undefined)).then(
        () => {},
      ),
    waitForAll: (type, holds, namespace = 'default') =>
      follow(type, type.namespaced ? { namespace } : {}, (objects) => (holds(objects) ? objects : undefined)),
    pods: async (namespace = 'default') => (await client.list(PODS, { namespace })).items as Pod[],
    async events(involved) {
      const { items } = await client.list(EVENTS);
      return items
        .filter((event) => (event['involvedObject'] as { name?: string }).name === involved)
        .map((event) => `${event['reason']}: ${event['message']}`);
    },
    close: () => server.close(),
  };
}

interface Status {
  readonly conditions?: readonly Condition[];
  readonly [field: string]: unknown;
}

export function statusOf(object: KubeObject): Status {
  return (object['status'] ?? {}) as Status;
}

/** `True MinimumReplicasAvailable` */
export function condition(object: KubeObject, type: string): string | undefined {
  const found = statusOf(object).conditions?.find((one) => one.type === type);
  return found === undefined ? undefined : `${found.status} ${found.reason}`;
}

export function template(labels: Record<string, string>, spec: Record<string, unknown> = {}): Record<string, unknown> {
  const containers = [{ name: 'main', image: 'nginx:1.27', ports: [{ name: 'http', containerPort: 80 }] }];
  return { metadata: { labels }, spec: { containers, ...spec } };
}

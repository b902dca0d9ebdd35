import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '@sekisho/base';
import { createClient, type KubeClient } from '@sekisho/client';
import { type Cluster, type ClusterOptions, openCluster } from '@sekisho/cluster';
import { startControllers } from '@sekisho/controllers';
import { tempDir } from '@sekisho/testkit';

/** A cluster with controllers that can be stopped and started again at the same address. */
export interface SecondCluster {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  /** A file with one context, `second`. */
  readonly kubeconfig: string;
  /** In this process; of the current life. */
  kube(): KubeClient;
  start(): Promise<void>;
  stop(): Promise<void>;
  remove(): Promise<void>;
}

/** @param options.serviceUrl  where webhooks behind a Service are reached */
export async function createSecondCluster(options: Pick<ClusterOptions, 'serviceUrl'> = {}): Promise<SecondCluster> {
  const folder = await tempDir('sekisho-second-');
  const kubeconfig = join(folder.path, 'kubeconfig');
  let port = 0;
  let life: { cluster: Cluster; close(): Promise<void> } | undefined;

  async function start(): Promise<string> {
    const cluster = await openCluster({ dataDir: join(folder.path, 'data'), logger: silentLogger, ...options });
    const { url } = await cluster.listen({ host: '127.0.0.1', port });
    port = Number(new URL(url).port);
    const transport = cluster.transport({ user: 'system:kube-controller-manager', groups: ['system:masters'] });
    const controllers = await startControllers({
      client: createClient(transport),
      logger: silentLogger,
      node: { startupMs: 50, jobMs: 100 },
    });
    life = {
      cluster,
      async close() {
        await controllers.close();
        await cluster.close();
      },
    };
    return url;
  }
  async function stop(): Promise<void> {
    await life?.close();
    life = undefined;
  }
  function running(): Cluster {
    if (life === undefined) throw new Error('the second cluster is stopped');
    return life.cluster;
  }

  const url = await start();
  await writeFile(kubeconfig, running().kubeconfig({ name: 'second', url }), { mode: 0o600 });
  return {
    url,
    caPem: running().caPem,
    token: running().adminToken,
    kubeconfig,
    kube: () => createClient(running().transport()),
    start: async () => void (await start()),
    stop,
    async remove() {
      await stop();
      await folder.remove();
    },
  };
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, silentLogger } from '@sekisho/base';
import { createClient, type KubeClient } from '@sekisho/client';
import type { Cluster } from '@sekisho/cluster';
import { tempDir } from './temp-dir.ts';

export interface TestClusterOptions {
  /** Run the workload controllers and the simulated node. Default false. */
  readonly controllers?: boolean;
  /** How long a simulated pod takes to become ready, ms. Default 50. */
  readonly startupMs?: number;
  /** How long a simulated Job's pod runs, ms. Default 100. */
  readonly jobMs?: number;
  readonly logger?: Logger;
}

export interface TestCluster {
  readonly cluster: Cluster;
  /** `https://127.0.0.1:port` */
  readonly url: string;
  /** Path of a file for kubectl, with an administrator's token. */
  readonly kubeconfig: string;
  /** In this process, as administrator. */
  readonly client: KubeClient;
  close(): Promise<void>;
}

/** An embedded cluster in a folder of its own, listening on a free port. */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { logger = silentLogger } = options;
  // Only tests that want a cluster pay for loading one.
  const { openCluster } = await import('@sekisho/cluster');
  const folder = await tempDir('sekisho-cluster-');
  const cluster = await openCluster({ dataDir: join(folder.path, 'data'), logger, createDataDir: true });
  const { url } = await cluster.listen({ host: '127.0.0.1', port: 0 });
  const kubeconfig = join(folder.path, 'kubeconfig');
  await mkdir(join(folder.path, 'home'));
  await writeFile(kubeconfig, cluster.kubeconfig({ name: 'sekisho', url }), { mode: 0o600 });
  const client = createClient(cluster.transport());
  const { startControllers } = await import('@sekisho/controllers');
  const controllers =
    options.controllers === true
      ? await startControllers({
          client: createClient(
            cluster.transport({ user: 'system:kube-controller-manager', groups: ['system:masters'] }),
          ),
          logger,
          node: { startupMs: options.startupMs ?? 50, jobMs: options.jobMs ?? 100 },
        })
      : undefined;
  await controllers?.ready();
  return {
    cluster,
    url,
    kubeconfig,
    client,
    async close() {
      await controllers?.close();
      await cluster.close();
      await folder.remove();
    },
  };
}

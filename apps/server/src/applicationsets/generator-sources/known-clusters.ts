import type { ClusterInfo } from '@sekisho/applicationset';
import type { KubeObject } from '@sekisho/kube';
import { IN_CLUSTER } from '../../applications/destinations.ts';

/** Clusters that cluster Secrets declare, and the one that Sekisho runs in; contexts of a kubeconfig have no labels to choose by. */
export function knownClusters(secrets: readonly KubeObject[]): ClusterInfo[] {
  const declared = secrets.flatMap((secret) => clusterOf(secret) ?? []);
  const isHereDeclared = declared.some(({ server }) => server === IN_CLUSTER);
  const here: ClusterInfo = { name: 'in-cluster', server: IN_CLUSTER, labels: {}, annotations: {}, isImplicit: true };
  const all = isHereDeclared ? declared : [...declared, here];
  return all.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function clusterOf({ metadata, data }: KubeObject): ClusterInfo | undefined {
  const value = (key: string) => {
    const encoded = (data as Record<string, string> | undefined)?.[key];
    return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
  };
  const server = value('server');
  if (server === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  const project = value('project');
  return {
    name: value('name') ?? server,
    server,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    ...(project === undefined ? {} : { project }),
  };
}

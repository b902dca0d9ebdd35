import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, deployment, type FolderApps, folderApps } from './lib/folder-apps.ts';
import { APPLICATIONS, CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, SECRETS } from './lib/resource-types.ts';
import { createSecondCluster, type SecondCluster } from './lib/second-cluster.ts';
import { at, CASCADE, type Sekisho, startSekisho, untilObject } from './lib/sekisho.ts';

const WRONG_TOKEN = 'cluster-secret-wrong-token';

let second: SecondCluster;
let sekisho: Sekisho;
let apps: FolderApps;

beforeAll(async () => {
  second = await createSecondCluster();
  sekisho = await startSekisho({ kubeconfig: second.kubeconfig });
  apps = await folderApps(sekisho);
});
afterAll(async () => {
  await sekisho?.close();
  await second?.remove();
});

const files = { 'config.yaml': configMap('web', '1'), 'web.yaml': deployment('web') };
const value = async (namespace: string) =>
  at(await second.kube().getIfExists(CONFIG_MAPS, 'web', namespace), 'data.value');

async function clusterSecret(token: string): Promise<void> {
  const config = { bearerToken: token, tlsClientConfig: { caData: Buffer.from(second.caPem).toString('base64') } };
  await sekisho.kube.apply(
    SECRETS,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'edge', namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
      stringData: { name: 'edge', server: second.url, config: JSON.stringify(config) },
    },
    { force: true },
  );
}

describe('an Application goes to another cluster', () => {
  test('by a context of the kubeconfig: synced there and not here', async () => {
    await apps.create('by-context', files, { destination: { name: 'second' } });
    await sekisho.untilGood('by-context');
    expect(at(await second.kube().get(DEPLOYMENTS, 'web', 'by-context'), 'status.readyReplicas')).toBe(1);
    expect(await sekisho.kube.getIfExists(NAMESPACES, 'by-context')).toBeUndefined();
    const { stdout } = await sekisho.cli('app tree by-context');
    expect(stdout).toMatch(/└─Pod\/web-/);
  });

  test('by the address in a kubeconfig', async () => {
    await apps.create('by-address', files, { destination: { server: second.url } });
    await sekisho.untilGood('by-address');
    expect(await value('by-address')).toBe('1');
  });

  test("by an Argo CD cluster Secret: a wrong token is told without it, and mended by the Secret's next version", async () => {
    await clusterSecret(WRONG_TOKEN);
    await apps.create('by-secret', files, { destination: { name: 'edge' } });
    const { status } = await sekisho.untilRefused('by-secret', /Unauthorized|logged in|credentials/i);
    expect(JSON.stringify(status)).not.toContain(WRONG_TOKEN);
    await clusterSecret(second.token);
    await sekisho.patchApplication('by-secret', {
      metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } },
    });
    await sekisho.untilGood('by-secret');
    expect(await value('by-secret')).toBe('1');
  });

  test('and is healed there', async () => {
    await second.kube().patch(CONFIG_MAPS, 'web', 'by-secret', { kind: 'merge', body: { data: { value: 'hand' } } });
    const healed = (object: object) => at(object as never, 'data.value') === '1';
    await untilObject(second.kube(), CONFIG_MAPS, ['web', 'by-secret'], healed);
    await second.kube().delete(DEPLOYMENTS, 'web', 'by-context');
    await untilObject(second.kube(), DEPLOYMENTS, ['web', 'by-context'], () => true);
  });

  test('that nobody knows is named, with the ones that are known', async () => {
    await apps.create('unknown', files, { destination: { name: 'nowhere' } });
    await sekisho.untilRefused('unknown', 'nowhere', 'second');
  });
});

test('a cluster that is away is told; the rest goes on; all is made good when it is back', async () => {
  await apps.create('here', { 'config.yaml': configMap('here', '1') });
  await sekisho.untilGood('here');
  await second.stop();
  for (const name of ['by-context', 'by-secret']) {
    const { status } = await sekisho.untilRefused(name, second.url, /reached/);
    expect(status?.sync.status).toBe('Unknown');
    expect(status?.health.status).toBe('Healthy');
    expect(status?.resources).toHaveLength(2);
  }
  const commit = await apps.push('here', { 'config.yaml': configMap('here', '2') });
  await sekisho.untilGood('here', commit);
  await apps.push('by-context', { 'config.yaml': configMap('web', '2') });
  expect((await sekisho.cli('app get by-context')).stdout).toMatch(
    /Condition: +ComparisonError: The cluster .* can't be reached/,
  );
  expect((await sekisho.cli('status')).code).toBe(1);

  await second.start();
  await sekisho.untilGood('by-context');
  await sekisho.untilGood('by-secret');
  expect(await value('by-context')).toBe('2');
  expect((await sekisho.application('by-context')).status?.conditions).toEqual([]);
  await second.kube().patch(CONFIG_MAPS, 'web', 'by-secret', { kind: 'merge', body: { data: { value: 'hand' } } });
  const healed = (object: object) => at(object as never, 'data.value') === '1';
  await untilObject(second.kube(), CONFIG_MAPS, ['web', 'by-secret'], healed);
});

test('a server that starts while the cluster is away goes on without it', async () => {
  await second.stop();
  const other = await startSekisho({ kubeconfig: second.kubeconfig });
  try {
    const more = await folderApps(other);
    await more.create('late', files, { destination: { name: 'second' } });
    await more.create('here', { 'config.yaml': configMap('here', '1') });
    await other.untilGood('here');
    await other.untilRefused('late', second.url);
    await second.start();
    await other.untilGood('late');
    expect(await value('late')).toBe('1');
  } finally {
    await other.close();
  }
});

test('deletion with cascade reaches the other cluster', async () => {
  await sekisho.patchApplication('by-address', { metadata: { finalizers: [CASCADE] } });
  await sekisho.kube.delete(APPLICATIONS, 'by-address', 'argocd');
  await untilObject(sekisho.kube, APPLICATIONS, ['by-address', 'argocd'], undefined);
  expect(await value('by-address')).toBeUndefined();
});

test('no token is in any message or log line', async () => {
  const { items } = await sekisho.kube.list(APPLICATIONS, {});
  const everything = sekisho.captured() + JSON.stringify(items);
  for (const secret of [WRONG_TOKEN, second.token, sekisho.server.token]) {
    expect(everything.includes(secret)).toBe(false);
  }
});

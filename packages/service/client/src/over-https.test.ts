import { readFile } from 'node:fs/promises';
import { silentLogger } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { startTestCluster, type TestCluster } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ConnectionConfig,
  createClient,
  createDiscovery,
  createHttpTransport,
  createInformer,
  type HttpTransport,
  loadKubeconfig,
  type ResourceType,
} from './index.ts';

const CONFIG_MAPS: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};

let cluster: TestCluster;
let config: ConnectionConfig;
const transports: HttpTransport[] = [];

beforeAll(async () => {
  cluster = await startTestCluster();
  config = await loadKubeconfig({ path: cluster.kubeconfig });
});
afterAll(async () => {
  await Promise.all(transports.map((transport) => transport.close()));
  await cluster?.close();
});

function connect(changes: Partial<ConnectionConfig> = {}) {
  const transport = createHttpTransport({ ...config, ...changes });
  transports.push(transport);
  return createClient(transport, { fieldManager: 'tester' });
}

const map = (name: string, data: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data,
});

describe('the client over HTTPS, against the embedded API server', () => {
  test('writes, reads, conflicts, deletes', async () => {
    const client = connect();
    const created = await client.create(CONFIG_MAPS, map('a', { x: '1' }));
    await expect(client.create(CONFIG_MAPS, map('a'))).rejects.toMatchObject({ code: 'KUBE_ALREADY_EXISTS' });
    const updated = await client.update(CONFIG_MAPS, { ...created, data: { x: '2' } });
    await expect(client.update(CONFIG_MAPS, { ...created, data: { x: '3' } })).rejects.toMatchObject({
      code: 'KUBE_CONFLICT',
    });
    expect(Number(updated.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion));
    const body = { data: { y: 'z' } };
    expect((await client.patch(CONFIG_MAPS, 'a', 'default', { kind: 'merge', body }))['data']).toEqual({
      x: '2',
      y: 'z',
    });
    const applied = client.apply(CONFIG_MAPS, map('a', { x: '9' }), { fieldManager: 'other' });
    await expect(applied).rejects.toMatchObject({ code: 'KUBE_CONFLICT' });
    const forced = await client.apply(CONFIG_MAPS, map('a', { x: '9' }), { fieldManager: 'other', force: true });
    expect(forced['data']).toEqual({ x: '9', y: 'z' });
    await expect(
      client.delete(CONFIG_MAPS, 'a', 'default', { preconditions: { uid: 'another' } }),
    ).rejects.toMatchObject({ code: 'KUBE_CONFLICT' });
    await client.delete(CONFIG_MAPS, 'a', 'default');
    expect(await client.getIfExists(CONFIG_MAPS, 'a', 'default')).toBeUndefined();
    await expect(client.create(CONFIG_MAPS, map('Not Valid'))).rejects.toMatchObject({ code: 'KUBE_INVALID' });
  });

  test('lists all pages, and discovers kinds', async () => {
    const client = connect();
    await Promise.all(Array.from({ length: 25 }, (_, index) => client.create(CONFIG_MAPS, map(`page-${index}`))));
    const paged = await client.list(CONFIG_MAPS, { namespace: 'default', limit: 7 });
    expect(paged.items.filter((item) => item.metadata.name?.startsWith('page-'))).toHaveLength(25);
    const discovery = createDiscovery(client);
    expect(await discovery.resourceFor({ group: 'apps', version: 'v1', kind: 'Deployment' })).toMatchObject({
      resource: 'deployments',
      namespaced: true,
      subresources: expect.arrayContaining(['scale', 'status']),
    });
  });

  test('an informer loses nothing between two watches', async () => {
    const transport = createHttpTransport(config);
    const client = createClient(transport);
    const informer = createInformer({
      client,
      type: CONFIG_MAPS,
      namespace: 'default',
      logger: silentLogger,
      watchSeconds: 1,
    });
    const seen = new Map<string, () => void>();
    informer.on(({ type, object }) => seen.get(`${type} ${object.metadata.name}`)?.());
    const told = (what: string) => new Promise<void>((resolve) => seen.set(what, resolve));
    informer.start();
    await informer.synced();
    for (const name of ['one', 'two', 'three']) {
      // Watches end after a second here: some of these fall between two.
      const added = told(`ADDED ${name}`);
      await cluster.client.create(CONFIG_MAPS, map(name));
      await added;
      const deleted = told(`DELETED ${name}`);
      await cluster.client.delete(CONFIG_MAPS, name, 'default');
      await deleted;
    }
    await informer.close();
    await transport.close();
  });

  test.each<[string, Partial<ConnectionConfig>, string]>([
    ['a wrong token', { auth: { kind: 'token', token: 'wrong' } }, 'KUBE_UNAUTHORIZED'],
    ['no CA', { tls: {} }, 'CLUSTER_UNREACHABLE'],
    ['another name', { tls: { serverName: 'example.com' } }, 'CLUSTER_UNREACHABLE'],
  ])('%s is refused', async (_title, changes, code) => {
    const merged = changes.tls?.serverName === undefined ? changes : { tls: { ...config.tls, ...changes.tls } };
    const error = await connect(merged)
      .list(CONFIG_MAPS)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain('wrong');
  });

  test('insecure and tls-server-name do what they say', async () => {
    await connect({ tls: { insecure: true } }).list(CONFIG_MAPS);
    await connect({ tls: { ...config.tls, serverName: 'localhost' } }).list(CONFIG_MAPS);
  });

  test('the kubeconfig stands on its own', async () => {
    const text = await readFile(cluster.kubeconfig, 'utf8');
    expect(await loadKubeconfig({ text })).toEqual(config);
  });
});

import type { ResourceType } from '@sekisho/client';
import type { OwnerReference } from '@sekisho/kube';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  NAMESPACES,
  PODS,
  REPLICA_SETS,
  SECRETS,
  SERVICE_ACCOUNTS,
} from '../kinds/resources.ts';
import { condition, type Harness, startHarness, statusOf, template } from '../testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => {
  await harness.close();
});

const configMap = async (name: string, owners: OwnerReference[] = []) =>
  harness.create(CONFIG_MAPS, { metadata: { name, ...(owners.length === 0 ? {} : { ownerReferences: owners }) } });
const ownedBy = (
  object: { apiVersion: string; kind: string; metadata: { name?: string; uid?: string } },
  block = false,
): OwnerReference => ({
  apiVersion: object.apiVersion,
  kind: object.kind,
  name: object.metadata.name ?? '',
  uid: object.metadata.uid ?? '',
  ...(block ? { blockOwnerDeletion: true } : {}),
});
const deployed = (object: object) => (statusOf(object as never)['availableReplicas'] ?? 0) === 1;

async function deploy(name: string, namespace = 'default'): Promise<void> {
  const labels = { app: name };
  await harness.create(DEPLOYMENTS, {
    metadata: { name, namespace },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: template(labels) },
  });
  await harness.waitFor(DEPLOYMENTS, name, deployed, namespace);
}

test('background deletion takes dependents of dependents', async () => {
  await deploy('back');
  await harness.client.delete(DEPLOYMENTS, 'back', 'default', { propagationPolicy: 'Background' });
  await harness.waitForAll(PODS, (pods) => pods.every(({ metadata }) => metadata.labels?.['app'] !== 'back'));
  await harness.waitForAll(REPLICA_SETS, (sets) => sets.every(({ metadata }) => metadata.labels?.['app'] !== 'back'));
});

test('foreground deletion ends with the owner, after its dependents', async () => {
  await deploy('front');
  await harness.client.delete(DEPLOYMENTS, 'front', 'default', { propagationPolicy: 'Foreground' });
  await harness.waitGone(DEPLOYMENTS, 'front');
  expect((await harness.pods()).filter(({ metadata }) => metadata.labels?.['app'] === 'front')).toEqual([]);
});

test('orphaning deletion leaves the dependents without an owner', async () => {
  await deploy('orphan');
  await harness.client.delete(DEPLOYMENTS, 'orphan', 'default', { propagationPolicy: 'Orphan' });
  await harness.waitGone(DEPLOYMENTS, 'orphan');
  const sets = await harness.waitForAll(REPLICA_SETS, (all) =>
    all.some(({ metadata }) => metadata.labels?.['app'] === 'orphan'),
  );
  expect(sets.find(({ metadata }) => metadata.labels?.['app'] === 'orphan')?.metadata.ownerReferences ?? []).toEqual(
    [],
  );
});

test('an object whose owner never existed is collected; one with another owner left only loses the reference', async () => {
  const owner = await configMap('owner');
  const ghost = { apiVersion: 'v1', kind: 'ConfigMap', name: 'ghost', uid: '00000000-0000-0000-0000-000000000001' };
  await configMap('haunted', [ghost]);
  await harness.waitGone(CONFIG_MAPS, 'haunted');
  await configMap('half', [ghost, ownedBy(owner)]);
  await harness.waitFor(CONFIG_MAPS, 'half', ({ metadata }) => metadata.ownerReferences?.length === 1);
});

test('an owner of a kind that nobody serves keeps its dependents', async () => {
  await configMap('kept', [{ apiVersion: 'nobody.example.com/v1', kind: 'Thing', name: 'x', uid: 'u-1' }]);
  await configMap('witness', [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: 'u-2' }]);
  await harness.waitGone(CONFIG_MAPS, 'witness');
  expect(await harness.client.getIfExists(CONFIG_MAPS, 'kept', 'default')).toBeDefined();
});

const WIDGETS: ResourceType = {
  group: 'example.com',
  version: 'v1',
  resource: 'widgets',
  kind: 'Widget',
  namespaced: true,
};

test('custom objects own and are owned like any other', async () => {
  await harness.create(CUSTOM_RESOURCE_DEFINITIONS, {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  });
  await harness.waitFor(
    CUSTOM_RESOURCE_DEFINITIONS,
    'widgets.example.com',
    (object) => condition(object, 'Established')?.startsWith('True') === true,
  );
  const widget = await harness.create(WIDGETS, { metadata: { name: 'parent' } });
  await harness.create(WIDGETS, { metadata: { name: 'child', ownerReferences: [ownedBy(widget)] } });
  await configMap('of-widget', [ownedBy(widget, true)]);
  await harness.client.delete(WIDGETS, 'parent', 'default', { propagationPolicy: 'Foreground' });
  await harness.waitGone(CONFIG_MAPS, 'of-widget');
  await harness.waitGone(WIDGETS, 'child');
  await harness.waitGone(WIDGETS, 'parent');
});

test('a namespace gets its ServiceAccount, and takes everything with it, custom objects included', async () => {
  await harness.create(NAMESPACES, { metadata: { name: 'team' } });
  await harness.waitFor(SERVICE_ACCOUNTS, 'default', () => true, 'team');
  await deploy('app', 'team');
  await harness.create(WIDGETS, { metadata: { name: 'w', namespace: 'team' } });
  await harness.create(SECRETS, { metadata: { name: 's', namespace: 'team' }, stringData: { a: 'b' } });
  await harness.client.delete(NAMESPACES, 'team', undefined);
  await harness.waitGone(NAMESPACES, 'team');
  for (const type of [PODS, DEPLOYMENTS, SECRETS, WIDGETS]) {
    expect((await harness.client.list(type, { namespace: 'team' })).items).toEqual([]);
  }
});

test('a namespace that is held by a finalizer says by which, and goes when that is taken away', async () => {
  await harness.create(NAMESPACES, { metadata: { name: 'held' } });
  await harness.create(CONFIG_MAPS, {
    metadata: { name: 'sticky', namespace: 'held', finalizers: ['example.com/hold'] },
  });
  await harness.client.delete(NAMESPACES, 'held', undefined);
  const held = await harness.waitFor(
    NAMESPACES,
    'held',
    (object) => condition(object, 'NamespaceFinalizersRemaining') === 'True SomeFinalizersRemain',
  );
  expect(statusOf(held)['phase']).toBe('Terminating');
  await harness.client.patch(CONFIG_MAPS, 'sticky', 'held', {
    kind: 'merge',
    body: { metadata: { finalizers: null } },
  });
  await harness.waitGone(NAMESPACES, 'held');
});

test('controllers complain of nothing on the way', () => {
  expect(harness.complaints).toEqual([]);
});

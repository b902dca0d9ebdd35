import { silentLogger } from '@sekisho/base';
import { createInformer, type Informer } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { startTestCluster, type TestCluster } from '@sekisho/testkit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createNewestObjects, type NewestObjects } from './newest-objects.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true };

let kube: TestCluster;
let informer: Informer;
let newest: NewestObjects;
let first: KubeObject;
/** What was told of, by the value that it had. */
let foreign: string[];

beforeEach(async () => {
  kube = await startTestCluster();
  first = await kube.client.create(CONFIG_MAPS, withValue('0'));
  informer = createInformer({ client: kube.client, type: CONFIG_MAPS, namespace: 'default', logger: silentLogger });
  newest = createNewestObjects(kube.client, CONFIG_MAPS, informer);
  foreign = [];
  informer.on((event) => newest.ifForeign(event, () => foreign.push(valueIn(event.object))));
  informer.start();
  await informer.synced();
  foreign.length = 0;
});
afterEach(async () => {
  await informer.close();
  await kube.close();
});

function withValue(value: string, from?: KubeObject): KubeObject {
  const metadata = from?.metadata ?? { name: 'a', namespace: 'default' };
  return { ...from, apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } };
}

function valueIn(object: KubeObject | undefined): string {
  return (object?.['data'] as { value: string } | undefined)?.value ?? '';
}

const watched = (value: string) => vi.waitFor(() => expect(valueIn(informer.get('a', 'default'))).toBe(value));

test('what was written here is told of to nobody, although the watch is faster than the answer', async () => {
  const second = await newest.write(first, withValue('1', first));
  await newest.write(second, withValue('2', second));
  expect(valueIn(newest.get('default/a'))).toBe('2');
  await watched('2');
  await kube.client.update(CONFIG_MAPS, withValue('3', newest.get('default/a')));
  await vi.waitFor(() => expect(foreign).toEqual(['3']));
});

test('with somebody else’s change in between both are told of', async () => {
  await kube.client.patch(CONFIG_MAPS, 'a', 'default', {
    kind: 'merge',
    body: { metadata: { labels: { by: 'them' } } },
  });
  await newest.write(first, withValue('1', first));
  await vi.waitFor(() => expect(foreign).toEqual(['0', '1']));
});

test('a write that fails keeps nothing back', async () => {
  const gone = { ...first, metadata: { ...first.metadata, name: 'gone' } };
  await expect(newest.write(gone, withValue('1', gone))).rejects.toMatchObject({ code: 'KUBE_NOT_FOUND' });
  await kube.client.create(CONFIG_MAPS, { ...withValue('x'), metadata: { name: 'gone', namespace: 'default' } });
  await vi.waitFor(() => expect(foreign).toEqual(['x']));
});

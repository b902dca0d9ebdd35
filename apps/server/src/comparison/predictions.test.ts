import { SekishoError } from '@sekisho/base';
import type { KubeObject, Manifest } from '@sekisho/kube';
import { fakeClock } from '@sekisho/testkit';
import { expect, test } from 'vitest';
import { type Application, parseApplication } from '../applications/application.ts';
import type { Destination } from '../applications/destinations.ts';
import { createPredictions } from './predictions.ts';

const COMPARE = 'argocd.argoproj.io/compare-options';

function application(options: string, syncOptions: readonly string[] = ['ServerSideApply=true']): Application {
  const parsed = parseApplication(
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'web', namespace: 'argocd', annotations: { [COMPARE]: options } },
      spec: {
        project: 'default',
        source: { repoURL: 'embedded:config', path: '.' },
        destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
        syncPolicy: { syncOptions },
      },
    },
    'argocd',
  );
  if ('application' in parsed) return parsed.application;
  throw new Error('no application');
}

const manifest = (kind: string, fields: object = {}, options = ''): Manifest => ({
  object: {
    apiVersion: 'v1',
    kind,
    metadata: { name: 'a', annotations: options === '' ? {} : { [COMPARE]: options } },
    ...fields,
  },
  origin: { file: 'a.yaml' },
});
const live = (kind: string): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name: 'a', namespace: 'shop' } });

function destination(refuse?: (object: KubeObject) => string) {
  const asked: KubeObject[] = [];
  const client = {
    async apply(_type: unknown, object: KubeObject) {
      asked.push(object);
      if (refuse !== undefined) throw new SekishoError('KUBE_INVALID', refuse(object));
      return { ...object, predicted: true };
    },
  };
  const discovery = { resourceForSync: () => ({ namespaced: true }) };
  return { asked, target: { client, live: { discovery } } as unknown as Destination };
}

test('nothing is asked unless the application or the object says so', async () => {
  const { asked, target } = destination();
  const predictions = createPredictions({ clock: fakeClock() });
  const objects = [live('ConfigMap'), live('Service')];
  const look = (options: string, ...manifests: Manifest[]) =>
    predictions.prepare({ application: application(options), destination: target, manifests, live: objects });
  await look('IgnoreExtraneous', manifest('ConfigMap'));
  expect(asked).toHaveLength(0);
  await look('', manifest('ConfigMap'), manifest('Service', {}, 'ServerSideDiff=true'));
  expect(asked.map(({ kind }) => kind)).toEqual(['Service']);
  await look('ServerSideDiff=true', manifest('ConfigMap'), manifest('Service', {}, 'ServerSideDiff=false'));
  expect(asked.map(({ kind }) => kind)).toEqual(['Service', 'ConfigMap']);
  // What is not there yet differs anyway.
  await look('ServerSideDiff=true', manifest('Secret'));
  expect(asked).toHaveLength(2);
});

test('an object is asked about once, until it, its manifest or the way to apply it changes', async () => {
  const { asked, target } = destination();
  const predictions = createPredictions({ clock: fakeClock() });
  const manifests = [manifest('ConfigMap')];
  let objects = [live('ConfigMap')];
  const look = (app = application('ServerSideDiff=true'), wanted: readonly Manifest[] = manifests) =>
    predictions.prepare({ application: app, destination: target, manifests: wanted, live: objects });
  await look();
  const { predictionOf } = await look();
  expect(asked).toHaveLength(1);
  expect(asked[0]?.metadata).toMatchObject({
    namespace: 'shop',
    annotations: { 'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:shop/a' },
  });
  const [first] = manifests;
  const [object] = objects;
  if (first === undefined || object === undefined) throw new Error('nothing to look at');
  expect(predictionOf(first.object, object)).toMatchObject({
    object: { predicted: true },
    includeMutationWebhook: false,
  });
  objects = [live('ConfigMap')];
  await look();
  expect(asked).toHaveLength(2);
  await look(undefined, [manifest('ConfigMap')]);
  expect(asked).toHaveLength(3);
  await look(application('ServerSideDiff=true', ['ServerSideApply=true', 'Validate=false']));
  expect(asked).toHaveLength(4);
});

test('what is refused is a fault that shows no value of a Secret, and is asked again after a minute', async () => {
  const clock = fakeClock();
  const { asked, target } = destination((object) => `denied: ${JSON.stringify(object['stringData'])}`);
  const predictions = createPredictions({ clock });
  const manifests = [manifest('Secret', { stringData: { password: 'correct-horse' } })];
  const objects = [live('Secret')];
  const look = () =>
    predictions.prepare({
      application: application('ServerSideDiff=true'),
      destination: target,
      manifests,
      live: objects,
    });
  const { conditions } = await look();
  expect(conditions).toEqual([
    { type: 'ComparisonError', message: expect.stringContaining('denied: {"password":"++++') },
  ]);
  await look();
  expect(asked).toHaveLength(1);
  await clock.advance(60_000);
  await look();
  expect(asked).toHaveLength(2);
});

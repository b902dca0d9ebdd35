import type { KubeObject } from '@sekisho/kube';
import { describe, expect, test } from 'vitest';
import { compareOptionsOf } from '../options.ts';
import { comparePrediction } from './compare-prediction.ts';

const deployment = (image: string, more: object = {}, sidecar: readonly object[] = []): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { replicas: 1, ...more, template: { spec: { containers: [{ name: 'web', image }, ...sidecar] } } },
});
const proxy = { name: 'proxy', image: 'proxy:1' };

describe('comparePrediction', () => {
  test('what the server fills in, and what webhooks add, is no difference', () => {
    const desired = deployment('nginx:1');
    const live = { ...deployment('nginx:1', { paused: false }), status: { replicas: 1 } };
    const predicted = deployment('nginx:1', { paused: false, minReadySeconds: 5 }, [proxy]);
    const { status } = comparePrediction({
      desired,
      live,
      prediction: { object: predicted, includeMutationWebhook: false },
    });
    expect(status).toBe('Synced');
  });

  test('with IncludeMutationWebhook it is', () => {
    const { changes } = comparePrediction({
      desired: deployment('nginx:1'),
      live: deployment('nginx:1'),
      prediction: { object: deployment('nginx:1', {}, [proxy]), includeMutationWebhook: true },
    });
    expect(changes.map(({ path, kind }) => [path, kind])).toEqual([
      ['spec.template.spec.containers[name=proxy]', 'added'],
    ]);
  });

  test('what applying changes or removes is, except what is ignored', () => {
    const input = {
      desired: deployment('nginx:2'),
      live: deployment('nginx:1', { paused: true }),
      prediction: { object: deployment('nginx:2'), includeMutationWebhook: false },
    };
    expect(comparePrediction(input).changes).toEqual([
      { path: 'spec.template.spec.containers[name=web].image', kind: 'changed', from: 'nginx:1', to: 'nginx:2' },
      { path: 'spec.paused', kind: 'removed', from: true },
    ]);
    const image = ['spec', 'template', 'spec', 'containers', 0, 'image'];
    const ignored = { desired: [image], live: [image, ['spec', 'paused']] };
    expect(comparePrediction({ ...input, ignored }).status).toBe('Synced');
  });

  test('values of Secrets are masked', () => {
    const secret = (password: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a', namespace: 'shop' },
      data: { password },
    });
    const { changes } = comparePrediction({
      desired: secret('bmV3'),
      live: secret('b2xk'),
      prediction: { object: secret('bmV3'), includeMutationWebhook: false },
    });
    expect(changes).toEqual([{ path: 'data.password', kind: 'changed', from: '++++++++++++', to: '++++++++' }]);
  });
});

test.each([
  [undefined, { ignoreExtraneous: false, serverSideDiff: undefined, includeMutationWebhook: false }],
  ['IgnoreExtraneous', { ignoreExtraneous: true }],
  ['ServerSideDiff=true, IncludeMutationWebhook=true', { serverSideDiff: true, includeMutationWebhook: true }],
  ['ServerSideDiff=false', { serverSideDiff: false }],
  ['ServerSideDiff=yes,Other', { serverSideDiff: undefined }],
])('compareOptionsOf reads %s', (text, expected) => {
  const annotations = text === undefined ? {} : { 'argocd.argoproj.io/compare-options': text };
  expect(compareOptionsOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { annotations } })).toMatchObject(expected);
});

import { SekishoError } from '@sekisho/base';
import type { KubeObject, Manifest } from '@sekisho/kube';
import type { JsonPath } from '@sekisho/sync';
import { fakeClock } from '@sekisho/testkit';
import { expect, test } from 'vitest';
import { type Application, parseApplication } from '../applications/application.ts';
import { readComparisonSettings } from './comparison-settings.ts';
import { createIgnoring } from './ignoring.ts';
import type { Jq } from './jq.ts';

function application(name: string, ignoreDifferences?: unknown): Application {
  const parsed = parseApplication(
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name, namespace: 'argocd' },
      spec: {
        project: 'default',
        source: { repoURL: 'embedded:config', path: '.' },
        destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
        ignoreDifferences,
      },
    },
    'argocd',
  );
  if ('application' in parsed) return parsed.application;
  throw new Error('no application');
}

const object = (kind: string): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name: 'a', namespace: 'shop' } });
const manifests: readonly Manifest[] = [{ object: object('ConfigMap'), origin: { file: 'a.yaml' } }];

function ignoring(data: Record<string, string> = {}) {
  const clock = fakeClock();
  const asked: string[] = [];
  const jq: Jq = {
    async paths(expression, objects): Promise<(readonly JsonPath[])[]> {
      asked.push(expression);
      if (expression === 'endless') throw new SekishoError('JQ_TIMEOUT', 'it did not end in 1000 ms');
      return objects.map(() => [['data']]);
    },
    close: async () => {},
  };
  const metadata = { name: 'argocd-cm', namespace: 'argocd' };
  const current = readComparisonSettings({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  const settings = { current, onChange() {}, close: async () => {} };
  return { ignoring: createIgnoring({ jq, settings, clock }), asked, clock };
}

test('an expression that never ends costs one try a minute, then one in two, and that of another is its own', async () => {
  const { ignoring: it, asked, clock } = ignoring();
  const rules = [{ kind: 'ConfigMap', jqPathExpressions: ['endless'] }];
  const web = application('web', rules);
  const look = async (app: Application) => (await it.prepare(app, manifests, [])).conditions;
  for (let i = 0; i < 3; i++) {
    expect(await look(web)).toMatchObject([
      { type: 'ComparisonError', message: expect.stringContaining('did not end') },
    ]);
  }
  expect(asked).toHaveLength(1);
  await clock.advance(60_000);
  await look(web);
  expect(asked).toHaveLength(2);
  await clock.advance(60_000);
  await look(web);
  expect(asked).toHaveLength(2);
  await look(application('api', rules));
  expect(asked).toHaveLength(3);
});

test('an object is asked about once', async () => {
  const { ignoring: it, asked } = ignoring();
  const web = application('web', [{ kind: 'ConfigMap', jqPathExpressions: ['.data'] }]);
  const live = object('ConfigMap');
  await it.prepare(web, manifests, [live]);
  const { ignoreDifferences } = await it.prepare(web, manifests, [live]);
  expect(asked).toEqual(['.data']);
  expect(ignoreDifferences?.jqPaths?.('.data', live)).toEqual([['data']]);
});

test('a rule for all that nobody can read stops those whom it may concern, and nobody else', async () => {
  const { ignoring: it } = ignoring({
    'resource.customizations.ignoreDifferences.ConfigMap': 'jsonPointers: /data',
    'resource.customizations.ignoreDifferences.apps_Deployment': 'jqPathExpressions: [',
  });
  const stopped = await it.prepare(application('web'), manifests, []);
  expect(stopped.conditions).toMatchObject([
    { type: 'ComparisonError', message: expect.stringContaining('ignoreDifferences.ConfigMap.jsonPointers') },
  ]);
  const free = await it.prepare(application('web'), [{ object: object('Service'), origin: { file: 'a.yaml' } }], []);
  expect(free.conditions).toEqual([]);
});

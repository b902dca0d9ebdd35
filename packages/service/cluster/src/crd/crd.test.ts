import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseYamlDocuments, silentLogger } from '@sekisho/base';
import type { ApiRequest, KubeObject } from '@sekisho/kube';
import { requireShared, type TempDir, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, openCluster } from '../cluster.ts';

let dir: TempDir;
let cluster: Cluster;
beforeAll(async () => {
  dir = await tempDir();
  cluster = await openCluster({ dataDir: dir.path, logger: silentLogger });
});
afterAll(async () => {
  await cluster.close();
  await dir.remove();
});

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';

// biome-ignore lint/suspicious/noExplicitAny: answers are read loosely, a wrong shape fails the expectation
type Json = Record<string, any>;

async function call(
  method: ApiRequest['method'],
  path: string,
  body?: unknown,
  more: Partial<ApiRequest> = {},
): Promise<{ status: number; body: Json }> {
  const response = await cluster
    .transport()
    .request({ method, path, ...(body === undefined ? {} : { body }), ...more });
  return { status: response.status, body: response.body as Json };
}

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1 },
        color: { type: 'string', default: 'red' },
        replicas: { type: 'integer' },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } },
  },
};

const version = (name: string, storage: boolean): Json => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema: schema },
  subresources: {
    status: {},
    scale: {
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.status.selector',
    },
  },
  selectableFields: [{ jsonPath: '.spec.color' }],
  additionalPrinterColumns: [
    { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
    { name: 'Color', type: 'string', jsonPath: '.spec.color', priority: 1 },
  ],
});

const crd = (plural: string, kind: string, more: Json = {}): Json => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.example.com` },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural, kind, shortNames: [plural.slice(0, 2)] },
    versions: [version('v1', true), version('v1beta1', false)],
    ...more,
  },
});

const widget = (name: string, spec: Json): Json => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
});

/** Waits for a change of the object itself, by a watch. */
async function until(path: string, name: string, done: (object: KubeObject | undefined) => boolean): Promise<void> {
  const stop = new AbortController();
  const query = { watch: 'true', fieldSelector: `metadata.name=${name}` };
  const { events } = await cluster.transport().request({ method: 'GET', path, query, signal: stop.signal });
  if (done((await call('GET', `${path}/${name}`)).body as KubeObject)) return stop.abort();
  for await (const event of events ?? []) {
    if (done(event.type === 'DELETED' ? undefined : event.object)) break;
  }
  stop.abort();
}

test('a CRD is served as soon as it is created, becomes Established, and is in discovery and OpenAPI', async () => {
  expect((await call('POST', CRDS, crd('widgets', 'Widget'))).status).toBe(201);
  expect((await call('GET', WIDGETS)).status).toBe(200);
  await until(CRDS, 'widgets.example.com', (object) =>
    JSON.stringify(object?.['status'] ?? '').includes('"Established"'),
  );
  const { body } = await call('GET', `${CRDS}/widgets.example.com`);
  expect(body['status']).toMatchObject({
    acceptedNames: { singular: 'widget', listKind: 'WidgetList' },
    storedVersions: ['v1'],
  });
  const group = await call('GET', '/apis/example.com');
  expect(group.body['versions'].map((one: Json) => one['version'])).toEqual(['v1', 'v1beta1']);
  const resources = await call('GET', '/apis/example.com/v1');
  expect(resources.body['resources'].map((one: Json) => one['name'])).toEqual([
    'widgets',
    'widgets/status',
    'widgets/scale',
  ]);
  const openApi = await call('GET', '/openapi/v3/apis/example.com/v1');
  expect(JSON.stringify(openApi.body)).toContain('com.example.v1.Widget');
});

test('custom objects are defaulted, pruned, validated and shown by their columns', async () => {
  const { status, body } = await call('POST', WIDGETS, widget('a', { size: 1, unknown: 2, free: { any: 1 } }));
  expect(status).toBe(201);
  expect(body['spec']).toEqual({ size: 1, color: 'red', free: { any: 1 } });
  const bad = await call('POST', WIDGETS, widget('b', { size: 0 }));
  expect(bad.body['message']).toContain(
    'Widget.example.com "b" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
  );
  const missing = await call('POST', WIDGETS, widget('b', {}));
  expect(missing.body['message']).toContain('spec.size: Required value');
  const table = await call('GET', WIDGETS, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  expect(table.body['columnDefinitions'].map((column: Json) => [column['name'], column['priority']])).toEqual([
    ['Name', 0],
    ['Size', 0],
    ['Color', 1],
  ]);
  expect(table.body['rows'][0].cells).toEqual(['a', 1, 'red']);
  const selected = await call('GET', WIDGETS, undefined, { query: { fieldSelector: 'spec.color=blue' } });
  expect(selected.body['items']).toEqual([]);
  const strategic = await call('PATCH', `${WIDGETS}/a`, {}, { contentType: 'application/strategic-merge-patch+json' });
  expect(strategic.status).toBe(415);
});

test('versions show the same object, status and scale are subresources', async () => {
  const beta = await call('GET', '/apis/example.com/v1beta1/namespaces/default/widgets/a');
  expect(beta.body).toMatchObject({ apiVersion: 'example.com/v1beta1', spec: { size: 1 } });
  const merge = { contentType: 'application/merge-patch+json' };
  const status = await call(
    'PATCH',
    `${WIDGETS}/a/status`,
    { status: { replicas: 2, selector: 'a=b' }, spec: { size: 9 } },
    merge,
  );
  expect(status.body).toMatchObject({ spec: { size: 1 }, status: { replicas: 2 }, metadata: { generation: 1 } });
  const scale = await call('PATCH', `${WIDGETS}/a/scale`, { spec: { replicas: 5 } }, merge);
  expect(scale.body).toMatchObject({ kind: 'Scale', spec: { replicas: 5 }, status: { replicas: 2, selector: 'a=b' } });
  expect((await call('GET', `${WIDGETS}/a`)).body).toMatchObject({
    spec: { replicas: 5 },
    metadata: { generation: 2 },
  });
  const unversioned = await call('PUT', `${WIDGETS}/a`, widget('a', { size: 2 }));
  expect(unversioned.body['message']).toContain(
    'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  );
});

test('apply on custom objects tracks ownership by the schema', async () => {
  const apply = { contentType: 'application/apply-patch+yaml', query: { fieldManager: 'm' } };
  const { body } = await call('PATCH', `${WIDGETS}/applied`, widget('applied', { size: 3 }), apply);
  expect(body['metadata'].managedFields[0].fieldsV1).toEqual({ 'f:spec': { 'f:size': {} } });
  const unknown = await call('PATCH', `${WIDGETS}/applied`, widget('applied', { size: 3, nope: 1 }), apply);
  expect(unknown.body['message']).toContain('field not declared in schema');
});

test.each([
  [
    'a name that does not fit',
    { ...crd('things', 'Thing'), metadata: { name: 'x' } },
    'must be spec.names.plural+"."+spec.group',
  ],
  [
    'two storage versions',
    crd('things', 'Thing', { versions: [version('v1', true), version('v2', true)] }),
    'storage version',
  ],
  [
    'a schema that is not structural',
    crd('things', 'Thing', {
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: {} } } },
        },
      ],
    }),
    'type: Required value',
  ],
])('a CRD with %s is refused', async (_, body, words) => {
  const answer = await call('POST', CRDS, body);
  expect(answer.status).toBe(422);
  expect(answer.body['message']).toContain(words);
});

test('a CRD whose names are taken is not served', async () => {
  await call('POST', CRDS, crd('gadgets', 'Widget'));
  await until(CRDS, 'gadgets.example.com', (object) =>
    JSON.stringify(object?.['status'] ?? '').includes('NamesAccepted'),
  );
  const { body } = await call('GET', `${CRDS}/gadgets.example.com`);
  expect(body['status'].conditions).toMatchObject([
    { type: 'NamesAccepted', status: 'False', reason: 'SingularConflict' },
    { type: 'Established', status: 'False' },
  ]);
  expect((await call('GET', '/apis/example.com/v1/gadgets')).status).toBe(404);
});

test('a CRD takes its objects along when it is deleted, and comes back empty', async () => {
  await call('POST', CRDS, crd('gizmos', 'Gizmo'));
  const path = '/apis/example.com/v1/namespaces/default/gizmos';
  await call('POST', path, { ...widget('g', { size: 1 }), kind: 'Gizmo' });
  await call('DELETE', `${CRDS}/gizmos.example.com`);
  await until(CRDS, 'gizmos.example.com', (object) => object === undefined || object.kind === 'Status');
  expect((await call('GET', path)).status).toBe(404);
  await call('POST', CRDS, crd('gizmos', 'Gizmo'));
  expect((await call('GET', path)).body['items']).toEqual([]);
});

test('custom resources are served again after a restart', async () => {
  await cluster.close();
  cluster = await openCluster({ dataDir: dir.path, logger: silentLogger });
  expect((await call('GET', `${WIDGETS}/a`)).body['spec'].size).toBe(1);
  expect((await call('GET', '/apis/example.com/v1/gadgets')).status).toBe(404);
});

const folder = requireShared('the CRDs of Argo CD and Tekton', 'conformance', 'crds');
test.skipIf(folder === undefined).each(folder === undefined ? [] : readdirSync(folder))(
  '%s is accepted and its storage version served',
  async (file) => {
    const { documents } = parseYamlDocuments(readFileSync(join(folder ?? '', file), 'utf8'), { file });
    const object = documents[0]?.value as Json;
    const { status, body } = await call('POST', CRDS, object);
    expect([status, body['message']]).toEqual([201, undefined]);
    const stored = object['spec'].versions.find((one: Json) => one['storage'] === true).name;
    expect((await call('GET', `/apis/${object['spec'].group}/${stored}/${object['spec'].names.plural}`)).status).toBe(
      200,
    );
  },
);

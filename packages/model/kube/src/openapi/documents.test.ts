import { describe, expect, it } from 'vitest';
import { builtinResources } from '../builtin/resources.ts';
import type { ResourceInfo } from '../object.ts';
import { parseCrdSchema } from '../schema/crd-schema.ts';
import { openApiV2Document, openApiV3Document, openApiV3Index, type PublishedGroupVersion } from './documents.ts';

interface Node {
  [key: string]: Node;
}

const groups = new Map<string, { group: string; version: string; resources: { info: ResourceInfo }[] }>();
for (const info of builtinResources) {
  const key = `${info.group}/${info.version}`;
  const entry = groups.get(key) ?? { group: info.group, version: info.version, resources: [] };
  entry.resources.push({ info });
  groups.set(key, entry);
}

const info: ResourceInfo = {
  group: 'ex.com',
  version: 'v1',
  kind: 'Foo',
  resource: 'foos',
  singular: 'foo',
  namespaced: true,
  shortNames: [],
  categories: [],
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: ['status', 'scale'],
};
const { schema } = parseCrdSchema(
  {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        description: 'what',
        required: ['a'],
        properties: {
          a: { type: 'string', pattern: '^a', nullable: true },
          p: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
          l: {
            type: 'array',
            items: { type: 'object', required: ['k'], properties: { k: { type: 'string' } } },
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['k'],
          },
          any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    },
  },
  's',
);
const custom: PublishedGroupVersion = { group: 'ex.com', version: 'v1', resources: [{ info, schema }] };

function dangling(document: unknown, definitions: Node, prefix: string): string[] {
  const text = JSON.stringify(document);
  const names = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => (match[1] ?? '').slice(prefix.length));
  return names.filter((name) => definitions[name] === undefined);
}

describe('openApiV3Document', () => {
  it.each([...groups.values(), custom].map((group) => [`${group.group}/${group.version}`, group] as const))(
    '%s defines all that it refers to',
    (_name, group) => {
      const document = openApiV3Document(group) as unknown as Node;
      expect(dangling(document, document['components']?.['schemas'] as Node, '#/components/schemas/')).toEqual([]);
    },
  );

  it('says of apps/v1 what kubectl reads', () => {
    const document = openApiV3Document(groups.get('apps/v1') as PublishedGroupVersion) as unknown as Node;
    const path = document['paths']?.['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'] as Node;
    const gvk = { group: 'apps', kind: 'Deployment', version: 'v1' };
    expect(path['patch']?.['x-kubernetes-group-version-kind']).toEqual(gvk);
    const parameters = ((path['patch'] as Node)['parameters'] as unknown as { name: string }[]).map(({ name }) => name);
    expect(parameters).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force']);
    expect(Object.keys(path['patch']?.['requestBody']?.['content'] ?? {})).toContain(
      'application/strategic-merge-patch+json',
    );
    const schemas = document['components']?.['schemas'] as Node;
    expect(schemas['io.k8s.api.apps.v1.Deployment']?.['x-kubernetes-group-version-kind']).toEqual([gvk]);
    expect(schemas['io.k8s.api.core.v1.PodSpec']?.['properties']?.['containers']).toMatchObject({
      items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' },
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    });
    expect(schemas['io.k8s.api.core.v1.PodSpec']?.['properties']?.['volumes']).toMatchObject({
      'x-kubernetes-patch-strategy': 'merge,retainKeys',
    });
  });

  it('publishes custom resources whole', () => {
    const document = openApiV3Document(custom) as unknown as Node;
    const schemas = document['components']?.['schemas'] as Node;
    const foo = schemas['com.ex.v1.Foo'] as Node;
    expect(foo['x-kubernetes-group-version-kind']).toEqual([{ group: 'ex.com', kind: 'Foo', version: 'v1' }]);
    expect(foo['properties']?.['metadata']).toMatchObject({
      allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }],
    });
    expect(foo['properties']?.['spec']?.['properties']).toMatchObject({
      a: { type: 'string', pattern: '^a', nullable: true },
      p: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
      l: { 'x-kubernetes-list-map-keys': ['k'] },
      any: { 'x-kubernetes-preserve-unknown-fields': true },
    });
    const patch = document['paths']?.['/apis/ex.com/v1/namespaces/{namespace}/foos/{name}']?.['patch'] as Node;
    expect(Object.keys(patch['requestBody']?.['content'] ?? {})).not.toContain(
      'application/strategic-merge-patch+json',
    );
    expect(document['paths']?.['/apis/ex.com/v1/namespaces/{namespace}/foos/{name}/scale']).toBeDefined();
  });
});

describe('openApiV2Document', () => {
  it('holds all groups, without what Swagger 2.0 does not know', () => {
    const document = openApiV2Document([...groups.values(), custom]) as unknown as Node;
    const definitions = document['definitions'] as Node;
    expect(dangling(document, definitions, '#/definitions/')).toEqual([]);
    const foo = JSON.stringify(definitions['com.ex.v1.Foo']);
    for (const word of ['anyOf', 'nullable', 'allOf']) expect(foo).not.toContain(`"${word}"`);
    expect(definitions['io.k8s.api.apps.v1.DeploymentSpec']?.['properties']?.['strategy']).toMatchObject({
      $ref: '#/definitions/io.k8s.api.apps.v1.DeploymentStrategy',
      'x-kubernetes-patch-strategy': 'retainKeys',
    });
  });
});

describe('openApiV3Index', () => {
  it('says where documents lie, with the hash under which clients keep them', () => {
    expect(
      openApiV3Index([
        { group: '', version: 'v1', hash: 'AB' },
        { group: 'apps', version: 'v1' },
      ]),
    ).toEqual({
      paths: {
        'api/v1': { serverRelativeURL: '/openapi/v3/api/v1?hash=AB' },
        'apis/apps/v1': { serverRelativeURL: '/openapi/v3/apis/apps/v1' },
      },
    });
  });
});

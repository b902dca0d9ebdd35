import { describe, expect, it } from 'vitest';
import { builtinSchema } from './builtin-schema.ts';
import { builtinResources, subresourceInfo } from './resources.ts';
import { isBuiltinGroup } from './type-data.ts';

describe('builtinResources', () => {
  it('has a schema for each kind, and one resource per path', () => {
    const paths = new Set<string>();
    for (const resource of builtinResources) {
      expect(isBuiltinGroup(resource.group)).toBe(true);
      const schema = builtinSchema(resource);
      expect(schema?.properties?.['metadata']).toBeDefined();
      expect(builtinSchema(resource)).toBe(schema);
      paths.add(`${resource.group}/${resource.version}/${resource.resource}`);
      for (const subresource of resource.subresources) {
        expect(subresourceInfo(resource, subresource).verbs.length).toBeGreaterThan(0);
      }
    }
    expect(paths.size).toBe(builtinResources.length);
  });

  it('knows the lists, and nothing that is not served', () => {
    const list = builtinSchema({ group: 'apps', version: 'v1', kind: 'DeploymentList' });
    expect(list?.properties?.['items']?.items).toBe(
      builtinSchema({ group: 'apps', version: 'v1', kind: 'Deployment' }),
    );
    for (const kind of ['Deploymentt', 'PodSpec', 'constructor', '__proto__']) {
      expect(builtinSchema({ group: 'apps', version: 'v1', kind })).toBeUndefined();
    }
    expect(builtinSchema({ group: 'apps', version: 'v1beta1', kind: 'Deployment' })).toBeUndefined();
    expect(isBuiltinGroup('argoproj.io')).toBe(false);
  });

  it('carries merge keys and lists as upstream publishes them', () => {
    const deployment = builtinSchema({ group: 'apps', version: 'v1', kind: 'Deployment' });
    const podSpec = deployment?.properties?.['spec']?.properties?.['template']?.properties?.['spec']?.properties;
    expect(podSpec?.['containers']).toMatchObject({
      listType: 'map',
      listMapKeys: ['name'],
      patchStrategy: 'merge',
      patchMergeKey: 'name',
    });
    expect(podSpec?.['containers']?.items?.properties?.['ports']).toMatchObject({
      listMapKeys: ['containerPort', 'protocol'],
      patchMergeKey: 'containerPort',
    });
    expect(podSpec?.['containers']?.items?.properties?.['ports']?.items?.properties?.['protocol']?.default).toBe('TCP');
    expect(deployment?.properties?.['metadata']?.properties?.['finalizers']).toMatchObject({
      listType: 'set',
      patchStrategy: 'merge',
    });
    expect(deployment?.properties?.['spec']?.properties?.['selector']?.structType).toBe('atomic');
  });
});

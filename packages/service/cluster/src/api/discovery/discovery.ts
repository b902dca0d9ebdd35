import { formatApiVersion, type ResourceInfo, subresourceInfo } from '@sekisho/kube';
import type { Result } from '../call.ts';
import type { PathTarget } from '../path.ts';
import type { Registry } from '../registry.ts';
import { unknownPath } from '../status-error.ts';
import { compareVersions } from './version-order.ts';

/** The discovery documents: one for each group and version, and the aggregated ones. */
export function discoveryAnswer(
  registry: Registry,
  target: Exclude<PathTarget, { kind: 'resource' | 'other' }>,
  aggregated: 'v2' | 'v2beta1' | undefined,
): Result {
  const groups = groupsOf(registry);
  switch (target.kind) {
    case 'api':
      if (aggregated !== undefined)
        return aggregatedList(
          groups.filter((group) => group.name === ''),
          aggregated,
        );
      return value({
        kind: 'APIVersions',
        versions: ['v1'],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '' }],
      });
    case 'apis': {
      const named = groups.filter((group) => group.name !== '');
      if (aggregated !== undefined) return aggregatedList(named, aggregated);
      return value({ kind: 'APIGroupList', apiVersion: 'v1', groups: named.map(describeGroup) });
    }
    case 'group': {
      const group = groups.find(({ name }) => name === target.group && name !== '');
      if (group === undefined) throw unknownPath();
      return value({ kind: 'APIGroup', apiVersion: 'v1', ...describeGroup(group) });
    }
    case 'groupVersion': {
      const found = groups
        .find(({ name }) => name === target.group)
        ?.versions.find(({ version }) => version === target.version);
      if (found === undefined) throw unknownPath();
      return value({
        kind: 'APIResourceList',
        ...(target.group === '' ? {} : { apiVersion: 'v1' }),
        groupVersion: formatApiVersion(target.group, target.version),
        resources: found.resources.flatMap(describeResource),
      });
    }
  }
}

interface Group {
  readonly name: string;
  readonly versions: readonly { readonly version: string; readonly resources: readonly ResourceInfo[] }[];
}

/** Groups in the order they are registered, versions preferred first. */
function groupsOf(registry: Registry): readonly Group[] {
  const groups = new Map<string, Map<string, ResourceInfo[]>>();
  for (const { info } of registry.all()) {
    let versions = groups.get(info.group);
    if (versions === undefined) {
      versions = new Map();
      groups.set(info.group, versions);
    }
    const resources = versions.get(info.version);
    if (resources === undefined) versions.set(info.version, [info]);
    else resources.push(info);
  }
  return [...groups].map(([name, versions]) => ({
    name,
    versions: [...versions]
      .sort(([a], [b]) => compareVersions(a, b))
      .map(([version, resources]) => ({
        version,
        resources: [...resources].sort((a, b) => (a.resource < b.resource ? -1 : 1)),
      })),
  }));
}

function describeGroup(group: Group): Record<string, unknown> {
  const versions = group.versions.map(({ version }) => ({ groupVersion: `${group.name}/${version}`, version }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

function describeResource(info: ResourceInfo): Record<string, unknown>[] {
  const main = {
    name: info.resource,
    singularName: info.singular,
    namespaced: info.namespaced,
    kind: info.kind,
    verbs: info.verbs,
    ...(info.shortNames.length === 0 ? {} : { shortNames: info.shortNames }),
    ...(info.categories.length === 0 ? {} : { categories: info.categories }),
  };
  const subresources = info.subresources.map((subresource) => {
    const { gvk, verbs } = subresourceInfo(info, subresource);
    const foreign = gvk.group !== info.group || gvk.version !== info.version;
    return {
      name: `${info.resource}/${subresource}`,
      singularName: '',
      namespaced: info.namespaced,
      ...(foreign ? { group: gvk.group, version: gvk.version } : {}),
      kind: gvk.kind,
      verbs,
    };
  });
  return [main, ...subresources];
}

function aggregatedList(groups: readonly Group[], version: 'v2' | 'v2beta1'): Result {
  return {
    kind: 'value',
    status: 200,
    headers: { 'content-type': `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList` },
    body: {
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items: groups.map(({ name, versions }) => ({
        metadata: { ...(name === '' ? {} : { name }), creationTimestamp: null },
        versions: versions.map((entry) => ({
          version: entry.version,
          resources: entry.resources.map(aggregatedResource),
          freshness: 'Current',
        })),
      })),
    },
  };
}

function aggregatedResource(info: ResourceInfo): Record<string, unknown> {
  const subresources = info.subresources.map((subresource) => {
    const { gvk, verbs } = subresourceInfo(info, subresource);
    return { subresource, responseKind: gvk, verbs };
  });
  return {
    resource: info.resource,
    responseKind: { group: info.group, version: info.version, kind: info.kind },
    scope: info.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: info.singular,
    verbs: info.verbs,
    ...(info.shortNames.length === 0 ? {} : { shortNames: info.shortNames }),
    ...(info.categories.length === 0 ? {} : { categories: info.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

function value(body: unknown): Result {
  return { kind: 'value', status: 200, body };
}

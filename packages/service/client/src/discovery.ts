import { type Clock, isSekishoError, systemClock } from '@sekisho/base';
import { type GroupVersionKind, parseApiVersion, type ResourceInfo } from '@sekisho/kube';
import type { KubeClient } from './client.ts';

/** What kinds a cluster serves, and how each is addressed. */
export interface Discovery {
  /** Undefined when the cluster does not serve the kind. A miss asks the cluster again, at most once per second. */
  resourceFor(gvk: GroupVersionKind): Promise<ResourceInfo | undefined>;
  /** From what was read last, without asking. */
  resourceForSync(gvk: GroupVersionKind): ResourceInfo | undefined;
  /** Every kind in every served version, the server's preferred versions first in each group. */
  all(): Promise<ResourceInfo[]>;
  /** Reads everything anew; callers that come meanwhile share the one reading. */
  refresh(): Promise<void>;
}

const MIN_REFRESH_MS = 1_000;
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

/** Reads aggregated discovery (two requests), or group by group from servers that don't have it. */
export function createDiscovery(client: KubeClient, options: { readonly clock?: Clock } = {}): Discovery {
  const clock = options.clock ?? systemClock;
  let known: Map<string, ResourceInfo> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<Map<string, ResourceInfo>> | undefined;

  function refresh(): Promise<Map<string, ResourceInfo>> {
    reading ??= readAll().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function readAll(): Promise<Map<string, ResourceInfo>> {
    readAt = clock.now();
    const resources = (await Promise.all([readRoot(client, '/api'), readRoot(client, '/apis')])).flat();
    known = new Map(resources.map((info) => [gvkKey(info), info]));
    return known;
  }

  return {
    async resourceFor(gvk) {
      const found = (known ?? (await refresh())).get(gvkKey(gvk));
      if (found !== undefined || clock.now() - readAt < MIN_REFRESH_MS) {
        return found ?? (await reading)?.get(gvkKey(gvk));
      }
      return (await refresh()).get(gvkKey(gvk));
    },
    resourceForSync: (gvk) => known?.get(gvkKey(gvk)),
    all: async () => [...(known ?? (await refresh())).values()],
    refresh: async () => void (await refresh()),
  };
}

function gvkKey(gvk: GroupVersionKind): string {
  return `${gvk.group}/${gvk.version}/${gvk.kind}`;
}

interface AggregatedResource {
  readonly resource?: string;
  readonly responseKind?: { readonly group?: string; readonly version?: string; readonly kind?: string };
  readonly scope?: string;
  readonly singularResource?: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly { readonly subresource?: string }[];
}

interface AggregatedGroup {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly { readonly version?: string; readonly resources?: readonly AggregatedResource[] }[];
}

interface RootBody {
  readonly kind?: string;
  /** APIGroupDiscoveryList */
  readonly items?: readonly AggregatedGroup[];
  /** APIVersions */
  readonly versions?: readonly string[];
  /** APIGroupList */
  readonly groups?: readonly { readonly versions?: readonly { readonly groupVersion?: string }[] }[];
}

async function readRoot(client: KubeClient, path: '/api' | '/apis'): Promise<ResourceInfo[]> {
  const body = ((await client.request({ method: 'GET', path, accept: AGGREGATED })).body ?? {}) as RootBody;
  if (body.kind === 'APIGroupDiscoveryList') return (body.items ?? []).flatMap(resourcesOfGroup);
  const versions =
    body.kind === 'APIGroupList'
      ? (body.groups ?? []).flatMap((group) => group.versions ?? []).map((version) => version.groupVersion ?? '')
      : (body.versions ?? []);
  return (await Promise.all(versions.filter((v) => v !== '').map((v) => readGroupVersion(client, path, v)))).flat();
}

function resourcesOfGroup(group: AggregatedGroup): ResourceInfo[] {
  const name = group.metadata?.name ?? '';
  return (group.versions ?? []).flatMap(({ version = '', resources = [] }) =>
    resources.flatMap((entry) => {
      // Groups without a list (a stale aggregated API) and subresource-only entries have no kind of their own.
      if (entry.resource === undefined || !entry.responseKind?.kind) return [];
      return {
        group: name,
        version,
        kind: entry.responseKind.kind,
        resource: entry.resource,
        singular: entry.singularResource ?? '',
        namespaced: entry.scope === 'Namespaced',
        shortNames: entry.shortNames ?? [],
        categories: entry.categories ?? [],
        verbs: entry.verbs ?? [],
        subresources: (entry.subresources ?? []).flatMap((sub) => sub.subresource ?? []),
      };
    }),
  );
}

interface LegacyResource {
  readonly name: string;
  readonly singularName?: string;
  readonly namespaced?: boolean;
  readonly kind: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

async function readGroupVersion(client: KubeClient, root: string, groupVersion: string): Promise<ResourceInfo[]> {
  let resources: readonly LegacyResource[];
  try {
    const { body } = await client.request({ method: 'GET', path: `${root}/${groupVersion}` });
    resources = (body as { resources?: readonly LegacyResource[] } | undefined)?.resources ?? [];
  } catch (error) {
    // One aggregated API that is down must not hide all others.
    if (isSekishoError(error, 'KUBE_NOT_FOUND') || isSekishoError(error, 'KUBE_INTERNAL')) return [];
    throw error;
  }
  const { group, version } = parseApiVersion(groupVersion);
  return resources
    .filter((entry) => !entry.name.includes('/'))
    .map((entry) => ({
      group,
      version,
      kind: entry.kind,
      resource: entry.name,
      singular: entry.singularName ?? '',
      namespaced: entry.namespaced ?? false,
      shortNames: entry.shortNames ?? [],
      categories: entry.categories ?? [],
      verbs: entry.verbs ?? [],
      subresources: resources
        .filter((other) => other.name.startsWith(`${entry.name}/`))
        .map((other) => other.name.slice(entry.name.length + 1)),
    }));
}

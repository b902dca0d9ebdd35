import { isSekishoError, silentLogger } from '@sekisho/base';
import type { KubeClient, ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import type { PolicyDocument } from '@sekisho/policy';
import { startTestCluster, type TestCluster } from '@sekisho/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { byPriority, DEFINITIONS, isPolicyKind, servedKind } from './policy-kinds.ts';
import { type PolicyWatch, type PolicyWatchOptions, watchPolicies } from './watch-policies.ts';

const OWNERS: ResourceType = {
  group: 'constraints.gatekeeper.sh',
  version: 'v1beta1',
  resource: 'owners',
  kind: 'Owners',
  namespaced: false,
};
const WAIVERS: ResourceType = {
  group: 'sekisho.dev',
  version: 'v1alpha1',
  resource: 'waivers',
  kind: 'Waiver',
  namespaced: true,
};
const ADMISSION_POLICIES: ResourceType = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
  namespaced: false,
};

function definition({ group, version, resource, kind, namespaced }: ResourceType): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource}.${group}` },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: { kind, plural: resource, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
}

function object({ group, version, kind, namespaced }: ResourceType, name: string, spec: unknown = {}): KubeObject {
  const metadata = namespaced ? { name, namespace: 'default' } : { name };
  return { apiVersion: `${group}/${version}`, kind, metadata, spec };
}

const names = (documents: readonly PolicyDocument[]): string[] =>
  documents.map((document) => `${document.object.kind}/${document.object.metadata.name}`);

describe('watchPolicies', () => {
  let server: TestCluster;
  let client: KubeClient;
  let watch: PolicyWatch | undefined;
  let tellings: string[][];
  let waiting: { wanted: string[]; resolve: () => void }[];

  beforeEach(async () => {
    server = await startTestCluster();
    client = server.client;
    tellings = [];
    waiting = [];
  });

  afterEach(async () => {
    await watch?.close();
    await server.close();
  });

  function start(options: Partial<PolicyWatchOptions> = {}): PolicyWatch {
    watch = watchPolicies({
      client,
      logger: silentLogger,
      debounceMs: 5,
      onChange(documents) {
        tellings.push(names(documents));
        for (const { wanted, resolve } of waiting) if (`${wanted}` === `${names(documents)}`) resolve();
      },
      ...options,
    });
    return watch;
  }

  function told(...wanted: string[]): Promise<void> {
    if (`${tellings.at(-1)}` === `${wanted}`) return Promise.resolve();
    return new Promise((resolve) => waiting.push({ wanted, resolve }));
  }

  it('tells once that there is none', async () => {
    const { synced, behind } = start();
    await synced();
    expect(tellings).toEqual([[]]);
    expect(behind()).toEqual([]);
  });

  it('follows kinds that appear and go', async () => {
    const { synced } = start();
    await synced();
    await client.create(DEFINITIONS, definition(OWNERS));
    await client.create(OWNERS, object(OWNERS, 'b'));
    await client.create(OWNERS, object(OWNERS, 'a'));
    await told('Owners/a', 'Owners/b');
    await client.delete(DEFINITIONS, 'owners.constraints.gatekeeper.sh', undefined);
    await told();
  });

  it('forgets nothing while a kind changes its version', async () => {
    await client.create(DEFINITIONS, definition(OWNERS));
    await client.create(OWNERS, object(OWNERS, 'a'));
    const slow: KubeClient = {
      ...client,
      async list(type, options) {
        if (type.version === 'v1' && type.kind === 'Owners') await new Promise((resolve) => setTimeout(resolve, 50));
        return client.list(type, options);
      },
    };
    const { synced } = start({ client: slow });
    await synced();
    const before = tellings.length;
    const [version] = (definition(OWNERS)['spec'] as { versions: object[] }).versions;
    const body = { spec: { versions: [version, { ...version, name: 'v1', storage: false }] } };
    await client.patch(DEFINITIONS, 'owners.constraints.gatekeeper.sh', undefined, { kind: 'merge', body });
    await client.create(OWNERS, object(OWNERS, 'b'));
    await told('Owners/a', 'Owners/b');
    expect(tellings.slice(before)).not.toContainEqual([]);
  });

  it('follows built-in kinds, unless told not to', async () => {
    await client.create(
      ADMISSION_POLICIES,
      object(ADMISSION_POLICIES, 'no-latest', {
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
        },
        validations: [{ expression: 'true' }],
      }),
    );
    const first = start();
    await told('ValidatingAdmissionPolicy/no-latest');
    await first.close();
    const { synced, kinds } = start({ follows: ({ builtIn }) => !builtIn });
    await synced();
    expect(tellings.at(-1)).toEqual([]);
    expect(kinds()).toEqual([]);
  });

  it('keeps silent about status, and shows none', async () => {
    await client.create(DEFINITIONS, definition(OWNERS));
    await client.create(OWNERS, object(OWNERS, 'a'));
    const { synced, refresh } = start();
    await synced();
    const before = tellings.length;
    const body = { status: { totalViolations: 3 } };
    await client.patch(OWNERS, 'a', undefined, { kind: 'merge', body }, { subresource: 'status' });
    const [document] = await refresh();
    expect(document?.object).not.toHaveProperty('status');
    expect(tellings).toHaveLength(before);
  });

  it('knows after a refresh what was written before it', async () => {
    await client.create(DEFINITIONS, definition(WAIVERS));
    const { refresh } = start({ debounceMs: 60_000 });
    await refresh();
    await client.create(WAIVERS, object(WAIVERS, 'w', { reason: 'one' }));
    expect(names(await refresh({ kind: 'Waiver' }))).toEqual(['Waiver/w']);
    await client.patch(WAIVERS, 'w', 'default', { kind: 'merge', body: { spec: { reason: 'two' } } });
    expect((await refresh())[0]?.object['spec']).toEqual({ reason: 'two' });
    await client.delete(WAIVERS, 'w', 'default');
    expect(await refresh()).toEqual([]);
  });

  it('keeps the document of an object that did not change', async () => {
    await client.create(DEFINITIONS, definition(OWNERS));
    await client.create(OWNERS, object(OWNERS, 'a'));
    const { synced, documents } = start();
    await synced();
    const [first] = documents();
    await client.create(OWNERS, object(OWNERS, 'b'));
    await told('Owners/a', 'Owners/b');
    expect(documents()[0]).toBe(first);
  });

  it('is not ready while a kind can not be read, and says which', async () => {
    await client.create(DEFINITIONS, definition(OWNERS));
    const refusing: KubeClient = {
      ...client,
      list: (type, options) =>
        type.kind === 'Owners' ? Promise.reject(new Error('may not list owners')) : client.list(type, options),
    };
    const seen: unknown[] = [];
    const logger = { ...silentLogger, warn: (fields: unknown) => void seen.push(fields) };
    const { synced, behind } = start({ client: refusing, logger });
    const given = AbortSignal.timeout(500);
    await expect(synced(given)).rejects.toThrow('timeout');
    expect(behind()).toEqual([{ kind: 'Owners', reason: 'may not list owners' }]);
    expect(tellings).toEqual([]);
  });

  it('ends waiting when it is closed', async () => {
    const hanging: KubeClient = { ...client, list: () => new Promise(() => {}) };
    const { synced, close } = start({ client: hanging });
    const waited = synced();
    void close();
    await expect(waited).rejects.toSatisfy((error) => isSekishoError(error, 'POLICY_WATCH_CLOSED'));
    watch = undefined;
  });
});

describe('servedKind', () => {
  it('takes the best version of an established definition', () => {
    const established = {
      ...definition(OWNERS),
      status: { conditions: [{ type: 'Established', status: 'True' }] },
    };
    expect(servedKind(established)).toEqual(OWNERS);
    expect(servedKind(definition(OWNERS))).toBeUndefined();
  });

  it('orders versions as Kubernetes does', () => {
    const ordered = ['v10', 'v2', 'v1', 'v11beta2', 'v10beta3', 'v3beta1', 'v12alpha1', 'v11alpha2', 'foo1', 'foo10'];
    expect([...ordered].reverse().sort(byPriority)).toEqual(ordered);
  });
});

describe('isPolicyKind', () => {
  it.each([
    ['constraints.gatekeeper.sh', 'Anything', true],
    ['templates.gatekeeper.sh', 'ConstraintTemplate', true],
    ['admissionregistration.k8s.io', 'ValidatingWebhookConfiguration', false],
    ['__proto__', 'constructor', false],
    ['', 'Pod', false],
  ])('%s %s: %s', (group, kind, expected) => {
    expect(isPolicyKind({ group, kind })).toBe(expected);
  });
});

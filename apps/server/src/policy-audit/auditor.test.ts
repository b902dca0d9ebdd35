import { SekishoError, silentLogger } from '@sekisho/base';
import type { AuditChange, KnownViolation } from '@sekisho/policy';
import { type FakeClock, fakeClock } from '@sekisho/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Auditor, createAuditor } from './auditor.ts';
import { fakeCluster } from './testing/fake-cluster.ts';
import { type LocalPolicies, localPolicies } from './testing/local-policies.ts';
import {
  admissionPolicy,
  configMap,
  constraint,
  namespace,
  requiredLabels,
  site,
  syncSites,
  uniqueHost,
  waiver,
} from './testing/policies.ts';

const HERE = 'https://kubernetes.default.svc';
const owned = constraint('K8sRequiredLabels', 'owned', {
  labels: ['owner'],
  match: { kinds: [{ apiGroups: [''], kinds: ['ConfigMap'] }] },
});

let clock: FakeClock;
let policies: LocalPolicies;
let changes: AuditChange[];
const auditors: Auditor[] = [];

beforeEach(() => {
  clock = fakeClock();
  policies = localPolicies(clock);
  changes = [];
});
afterEach(async () => {
  await Promise.all(auditors.splice(0).map((auditor) => auditor.close()));
});

function start(known: readonly KnownViolation[] = []): Auditor {
  const auditor = createAuditor({
    policies,
    known,
    controlNamespace: 'argocd',
    onChange: (change) => changes.push(change),
    clock,
    logger: silentLogger,
  });
  auditors.push(auditor);
  return auditor;
}

function found(auditor: Auditor): string[] {
  return [...auditor.violations()].map(({ decision, verdict }) => `${decision} ${verdict.message}`).sort();
}

describe('createAuditor', () => {
  test('asks about everything once, then about what changed', async () => {
    policies.load(requiredLabels, owned);
    const cluster = fakeCluster(HERE, [namespace('web'), configMap('a'), configMap('b', { owner: 'me' })]);
    const auditor = start();
    auditor.addCluster(cluster);
    await auditor.idle();
    expect(found(auditor)).toEqual(['deny a has no label owner']);
    expect(policies.asked.flatMap(({ names }) => names)).toEqual(['a', 'b']);

    policies.asked.length = 0;
    cluster.put(configMap('b'));
    cluster.put(configMap('a', { owner: 'me' }));
    await auditor.idle();
    expect(found(auditor)).toEqual(['deny b has no label owner']);
    cluster.remove(configMap('b'));
    expect(found(auditor)).toEqual([]);
    expect(policies.asked.flatMap(({ names }) => names).sort()).toEqual(['a', 'b']);
  });

  test('asks only a policy that is new about what is known, and forgets one that is gone', async () => {
    policies.load(requiredLabels, owned);
    const cluster = fakeCluster(HERE, [namespace('web'), configMap('a')]);
    const auditor = start();
    auditor.addCluster(cluster);
    await auditor.idle();
    policies.asked.length = 0;
    const team = constraint('K8sRequiredLabels', 'team', { labels: ['team'], action: 'dryrun' });
    policies.load(requiredLabels, owned, team);
    await auditor.idle();
    expect(found(auditor)).toEqual([
      'deny a has no label owner',
      'dryrun a has no label team',
      'dryrun web has no label team',
    ]);
    expect(new Set(policies.asked.flatMap(({ policies: ids }) => ids))).toEqual(
      new Set(['gatekeeper/K8sRequiredLabels/team']),
    );
    policies.load(requiredLabels, owned);
    await auditor.idle();
    expect(found(auditor)).toEqual(['deny a has no label owner']);
  });

  test('sends only objects of kinds that a policy is about', async () => {
    policies.load(requiredLabels, owned);
    const auditor = start();
    auditor.addCluster(fakeCluster(HERE, [namespace('web'), configMap('a')]));
    await auditor.idle();
    policies.asked.length = 0;
    const sites = { kinds: [{ apiGroups: ['example.com'], kinds: ['Site'] }] };
    policies.load(requiredLabels, owned, constraint('K8sRequiredLabels', 'sites', { labels: ['owner'], match: sites }));
    await auditor.idle();
    expect(policies.asked).toEqual([]);
    expect(found(auditor)).toEqual(['deny a has no label owner']);
  });

  test('reports the end of a waiver though nothing else changes', async () => {
    const expires = clock.now() + 3_600_000;
    policies.load(requiredLabels, owned, waiver('web', 'moving', expires));
    const cluster = fakeCluster(HERE, [namespace('web'), configMap('a'), configMap('b', {}, 'db')]);
    const auditor = start();
    auditor.addCluster(cluster);
    await auditor.idle();
    expect(found(auditor)).toEqual(['deny b has no label owner', 'waived a has no label owner']);

    policies.asked.length = 0;
    await clock.advance(3_600_001);
    await auditor.idle();
    expect(found(auditor)).toEqual(['deny a has no label owner', 'deny b has no label owner']);
    expect(policies.asked).toEqual([{ names: ['a'], policies: ['gatekeeper/K8sRequiredLabels/owned'] }]);
    const [violation] = changes.at(-1)?.changed ?? [];
    expect(violation).toMatchObject({ before: { decision: 'waived' }, after: { decision: 'deny' } });
    expect(violation?.after.since).toBe(violation?.before.since);
  });

  test('sends only objects of kinds that a policy is about', async () => {
    policies.load(requiredLabels, owned);
    const auditor = start();
    auditor.addCluster(fakeCluster(HERE, [namespace('web'), configMap('a')]));
    await auditor.idle();
    policies.asked.length = 0;
    const sites = { kinds: [{ apiGroups: ['example.com'], kinds: ['Site'] }] };
    policies.load(requiredLabels, owned, constraint('K8sRequiredLabels', 'sites', { labels: ['owner'], match: sites }));
    await auditor.idle();
    expect(policies.asked).toEqual([]);
    expect(found(auditor)).toEqual(['deny a has no label owner']);
  });

  test('reports the end of a waiver also when policies are told anew at that moment', async () => {
    const expires = clock.now() + 3_600_000;
    const load = () => policies.load(requiredLabels, owned, waiver('web', 'moving', expires));
    load();
    clock.after(3_600_000, load);
    const auditor = start();
    auditor.addCluster(fakeCluster(HERE, [namespace('web'), configMap('a')]));
    await auditor.idle();
    expect(found(auditor)).toEqual(['waived a has no label owner']);
    await clock.advance(3_600_001);
    await auditor.idle();
    expect(found(auditor)).toEqual(['deny a has no label owner']);
  });

  test('a waiver that comes or goes concerns what breaks policies in its namespace', async () => {
    policies.load(requiredLabels, owned);
    const cluster = fakeCluster(HERE, [configMap('a'), configMap('b', {}, 'db'), configMap('c', { owner: 'me' })]);
    const auditor = start();
    auditor.addCluster(cluster);
    await auditor.idle();
    policies.asked.length = 0;
    policies.load(requiredLabels, owned, waiver('web', 'moving', clock.now() + 1_000));
    await auditor.idle();
    expect(found(auditor)).toEqual(['deny b has no label owner', 'waived a has no label owner']);
    policies.load(requiredLabels, owned);
    await auditor.idle();
    expect(found(auditor)).toEqual(['deny a has no label owner', 'deny b has no label owner']);
    expect(policies.asked.flatMap(({ names }) => names)).toEqual(['a', 'a']);
  });

  test('policies that read other objects are asked again when one of these changes', async () => {
    const unique = constraint('K8sUniqueHost', 'unique', {
      match: { kinds: [{ apiGroups: ['example.com'], kinds: ['Site'] }] },
    });
    policies.load(uniqueHost, syncSites, unique);
    const cluster = fakeCluster(HERE, [namespace('web'), site('a', 'a.example.com'), site('b', 'b.example.com')]);
    const auditor = start();
    auditor.addCluster(cluster);
    await auditor.idle();
    expect(found(auditor)).toEqual([]);
    cluster.put(site('b', 'a.example.com'));
    await auditor.idle();
    await clock.advance(60_000);
    await auditor.idle();
    expect(found(auditor)).toEqual(['deny a.example.com is of a, too', 'deny a.example.com is of b, too']);
  });

  test('labels of a Namespace choose anew among its objects', async () => {
    const selected = constraint('K8sRequiredLabels', 'owned', {
      labels: ['owner'],
      match: {
        kinds: [{ apiGroups: [''], kinds: ['ConfigMap'] }],
        namespaceSelector: { matchLabels: { strict: 'yes' } },
      },
    });
    policies.load(requiredLabels, selected);
    const cluster = fakeCluster(HERE, [namespace('web'), configMap('a')]);
    const auditor = start();
    auditor.addCluster(cluster);
    await auditor.idle();
    expect(found(auditor)).toEqual([]);
    cluster.put(namespace('web', { strict: 'yes' }));
    await auditor.idle();
    expect(found(auditor)).toEqual(['deny a has no label owner']);
  });

  test.each([
    ['a selector', { namespaceSelector: { matchLabels: { strict: 'yes' } } }],
    [
      'namespaceObject',
      {
        matchConditions: [
          { name: 'strict', expression: "namespaceObject.metadata.?labels.strict.orValue('') == 'yes'" },
        ],
      },
    ],
  ])('labels of a Namespace that %s of an admission policy reads concern its own objects alone', async (_, reads) => {
    policies.load(...admissionPolicy('owned', reads));
    const others = [namespace('db'), configMap('b', {}, 'db'), configMap('c', {}, 'db')];
    const cluster = fakeCluster(HERE, [namespace('web'), configMap('a'), ...others]);
    const auditor = start();
    auditor.addCluster(cluster);
    await auditor.idle();
    expect(found(auditor)).toEqual([]);
    policies.asked.length = 0;
    for (const strict of ['yes', 'no', 'yes']) {
      cluster.put(namespace('web', { strict }));
      await auditor.idle();
      await clock.advance(60_000);
      await auditor.idle();
      expect(found(auditor)).toHaveLength(strict === 'yes' ? 1 : 0);
    }
    expect(policies.asked.flatMap(({ names }) => names)).toEqual(['a', 'a', 'a']);
  });

  test('a change of status alone is looked at later, one of managed fields never', async () => {
    policies.load(requiredLabels, owned);
    const cluster = fakeCluster(HERE, [namespace('web'), configMap('a')]);
    const auditor = start();
    auditor.addCluster(cluster);
    await auditor.idle();
    policies.asked.length = 0;
    const { metadata, ...rest } = configMap('a');
    cluster.put({ ...rest, metadata: { ...metadata, resourceVersion: '7' } });
    await auditor.idle();
    await clock.advance(20_000);
    await auditor.idle();
    expect(policies.asked).toEqual([]);
    cluster.put({ ...rest, metadata: { ...metadata, resourceVersion: '8' }, status: { phase: 'Active' } });
    await auditor.idle();
    expect(policies.asked).toEqual([]);
    await clock.advance(20_000);
    await auditor.idle();
    expect(policies.asked).toHaveLength(1);
  });

  test('goes on when the threads that ask policies fail', async () => {
    policies.load(requiredLabels, owned);
    policies.fail(2, new SekishoError('POLICY_WORKER_FAILED', 'the thread ended', { retryable: true }));
    const auditor = start();
    auditor.addCluster(fakeCluster(HERE, [namespace('web'), configMap('a')]));
    const idle = auditor.idle();
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(1_000);
    }
    await idle;
    expect(found(auditor)).toEqual(['deny a has no label owner']);
  });

  test('knows after a restart since when a policy is broken', async () => {
    policies.load(requiredLabels, owned);
    const cluster = fakeCluster(HERE, [namespace('web'), configMap('a'), configMap('gone')]);
    const before = start();
    before.addCluster(cluster);
    await before.idle();
    const known = [...before.violations()].map(({ id, cluster: name, objectKey, verdict, slot, since }) => {
      const { policyId, policy, message } = verdict;
      return { id, cluster: name, objectKey, policyId, rule: policy.rule ?? '', slot, message, since };
    });
    cluster.remove(configMap('gone'));

    await clock.advance(5_000);
    changes = [];
    const after = start(known);
    after.addCluster(cluster);
    await after.idle();
    expect([...after.violations()].map(({ since }) => since)).toEqual([clock.now() - 5_000]);
    expect(changes.flatMap(({ began }) => began)).toEqual([]);
    expect(changes.flatMap(({ over }) => over)).toEqual(
      known.filter(({ objectKey }) => objectKey.endsWith('/gone')).map(({ id }) => id),
    );
  });

  test('a cluster that goes away takes its violations with it; one that comes back keeps them', async () => {
    policies.load(requiredLabels, owned);
    const here = fakeCluster(HERE, [configMap('a')]);
    const there = fakeCluster('https://there.example.com', [configMap('b')]);
    const auditor = start();
    auditor.addCluster(here);
    auditor.addCluster(there);
    await auditor.idle();
    expect(found(auditor)).toHaveLength(2);

    const again = fakeCluster('https://there.example.com', [configMap('b'), configMap('c')]);
    auditor.addCluster(again);
    await auditor.idle();
    expect(changes.flatMap(({ ended }) => ended)).toEqual([]);
    expect(found(auditor)).toHaveLength(3);
    there.put(configMap('x'));
    auditor.removeCluster(there);
    expect(found(auditor)).toHaveLength(3);

    auditor.removeCluster(again);
    expect(found(auditor)).toEqual(['deny a has no label owner']);
    expect(changes.flatMap(({ ended }) => ended)).toHaveLength(2);
  });

  test('never asks about what no policy may stand in the way of', async () => {
    policies.load(requiredLabels, constraint('K8sRequiredLabels', 'all', { labels: ['owner'] }));
    const report = {
      apiVersion: 'wgpolicyk8s.io/v1alpha2',
      kind: 'PolicyReport',
      metadata: { name: 'sekisho', namespace: 'web' },
    };
    const auditor = start();
    auditor.addCluster(
      fakeCluster(HERE, [configMap('a', {}, 'argocd'), configMap('b', {}, 'kube-system'), requiredLabels, report]),
    );
    await auditor.idle();
    expect(found(auditor)).toEqual([]);
  });

  test('ten thousand violations', async () => {
    policies.load(requiredLabels, owned);
    const objects = Array.from({ length: 10_000 }, (_, i) => configMap(`c-${i}`));
    const cluster = fakeCluster(HERE, [namespace('web'), ...objects]);
    const auditor = start();
    auditor.addCluster(cluster);
    await auditor.idle();
    expect([...auditor.violations()]).toHaveLength(10_000);
    policies.asked.length = 0;
    cluster.put(configMap('c-77', { owner: 'me' }));
    await auditor.idle();
    expect([...auditor.violations()]).toHaveLength(9_999);
    expect(policies.asked).toEqual([{ names: ['c-77'], policies: 'all' }]);
  });
});

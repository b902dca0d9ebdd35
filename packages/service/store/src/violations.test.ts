import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@sekisho/base';
import { startPostgres, type TestPostgres } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from './store.ts';
import type { Store } from './types.ts';
import type { ViolationRecord } from './violation-types.ts';

const privileged: ViolationRecord = {
  id: 'a1',
  from: '2026-01-02T00:00:00.000Z',
  since: '2026-01-01T00:00:00.000Z',
  cluster: 'in-cluster',
  object: { group: 'apps', kind: 'Deployment', namespace: 'web', name: 'web' },
  policyId: 'gatekeeper/K8sPSPPrivilegedContainer/none',
  rule: '',
  slot: 0,
  decision: 'deny',
  severity: 'high',
  message: 'Privileged container is not allowed: web',
  application: { namespace: 'argocd', name: 'web', project: 'default' },
};

let dir: string;
let postgres: TestPostgres | undefined;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sekisho-violations-'));
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  await rm(dir, { recursive: true, force: true });
});

describe.each(['pglite', 'postgresql'] as const)('violations on %s', (backend) => {
  let store: Store | undefined;
  beforeAll(async () => {
    if (backend === 'postgresql' && postgres === undefined) return;
    const where = backend === 'pglite' ? { dataDir: join(dir, 'a') } : { url: postgres?.url ?? '' };
    store = await openStore({ ...where, logger: silentLogger });
    await store.ping();
  });
  afterAll(() => store?.close());
  const check = (name: string, run: (store: Store) => Promise<void>) =>
    test(name, async ({ skip }) => {
      if (store === undefined) return skip();
      await run(store);
    });

  check('come back as they were saved, and end', async ({ violations }) => {
    await violations.save([privileged]);
    expect(await violations.open(10)).toEqual([privileged]);
    await violations.save([{ ...privileged, message: 'Privileged: web', until: '2026-01-05T00:00:00.000Z' }]);
    expect(await violations.open(10)).toEqual([]);
  });

  check('end when they begin anew, though nobody said so', async ({ violations }) => {
    const again = { ...privileged, id: 'z1' };
    await violations.save([again]);
    await violations.save([{ ...again, from: '2026-01-04T00:00:00.000Z', decision: 'warn' }]);
    const open = (await violations.open(10)).filter(({ id }) => id === 'z1');
    expect(open.map(({ decision }) => decision)).toEqual(['warn']);
    await violations.save(open.map((one) => ({ ...one, until: '2026-01-04T00:00:00.000Z' })));
    await violations.prune('2026-01-05T00:00:00.000Z');
  });

  check('are counted at times, by decision and application', async ({ violations }) => {
    await violations.save([
      { ...privileged, until: '2026-01-05T00:00:00.000Z' },
      { ...privileged, from: '2026-01-05T00:00:00.000Z', decision: 'waived' },
      { ...privileged, id: 'b1', application: undefined as never },
      { ...privileged, id: 'c1', policyId: 'rego/platform/main', decision: 'warn' },
    ]);
    const at = ['2026-01-01T00:00:00.000Z', '2026-01-03T00:00:00.000Z', '2026-01-05T00:00:00.000Z'];
    const { application, policyId } = privileged;
    expect(await violations.history({ policyId, at })).toEqual([
      { at: at[1], decision: 'deny', cluster: 'in-cluster', count: 1 },
      { at: at[1], decision: 'deny', cluster: 'in-cluster', application, count: 1 },
      { at: at[2], decision: 'deny', cluster: 'in-cluster', count: 1 },
      { at: at[2], decision: 'waived', cluster: 'in-cluster', application, count: 1 },
    ]);
    expect(await violations.history({ at: at.slice(1, 2) })).toHaveLength(3);
    expect(await violations.history({ at: [] })).toEqual([]);
  });

  check('of which ten thousand are saved and read', async ({ violations }) => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      ...privileged,
      id: `many-${i}`,
      message: `no\u0000 ${i}`,
    }));
    await violations.save(many);
    const open = await violations.open(20_000);
    expect(open.filter(({ id }) => id.startsWith('many-'))).toHaveLength(10_000);
    expect(open.find(({ id }) => id === 'many-7')?.message).toBe('no\ufffd 7');
    await violations.save(many.map((one) => ({ ...one, until: '2026-01-02T01:00:00.000Z' })));
    expect(await violations.prune('2026-01-03T00:00:00.000Z')).toBe(10_000);
  });
});

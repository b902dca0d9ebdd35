import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@sekisho/base';
import { startPostgres, type TestPostgres } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DriftRecord } from './drift-types.ts';
import { openStore } from './store.ts';
import type { Store } from './types.ts';

const web: DriftRecord = {
  namespace: 'argocd',
  app: 'web',
  project: 'default',
  object: { group: 'apps', kind: 'Deployment', namespace: 'web', name: 'web' },
  path: 'spec.replicas',
  from: 2,
  to: 5,
  manager: 'kubectl-edit',
  operation: 'Update',
  subresource: 'scale',
  since: '2026-01-01T00:00:00.000Z',
  times: 1,
  policy: 'report',
};

let dir: string;
let postgres: TestPostgres | undefined;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sekisho-drift-'));
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  await rm(dir, { recursive: true, force: true });
});

describe.each(['pglite', 'postgresql'] as const)('drift on %s', (backend) => {
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

  check('comes back as it was saved, and counts how often', async ({ drift }) => {
    expect(await drift.save([web])).toMatchObject([{ app: 'web', path: 'spec.replicas', times: 1 }]);
    expect(await drift.open(10)).toEqual([web]);
    await drift.save([{ ...web, times: 0, healedAt: '2026-01-02T00:00:00.000Z' }]);
    expect(await drift.open(10)).toEqual([]);
    expect(await drift.healed({ namespace: 'argocd', app: 'web', limit: 10 })).toEqual([
      { ...web, healedAt: '2026-01-02T00:00:00.000Z' },
    ]);
    const [again] = await drift.save([{ ...web, to: { deep: ['x'] }, since: '2026-01-03T00:00:00.000Z' }]);
    expect(again?.times).toBe(2);
    expect(await drift.open(10)).toMatchObject([{ to: { deep: ['x'] }, times: 2 }]);
    await drift.forget({ namespace: 'argocd', app: 'web' });
    expect(await drift.open(10)).toEqual([]);
  });

  check('takes thousands of fields at once, of which some say nothing', async ({ drift }) => {
    const { from: _from, to: _to, manager: _manager, ...rest } = web;
    const many = Array.from({ length: 1200 }, (_, index): DriftRecord => ({ ...rest, path: `data.k${index}\u0000` }));
    expect(await drift.save(many)).toHaveLength(1200);
    const [first] = await drift.open(1);
    expect(first).not.toHaveProperty('manager');
    expect(first).not.toHaveProperty('to');
    await drift.save(many.map((record) => ({ ...record, times: 0, healedAt: '2026-01-02T00:00:00.000Z' })));
    expect(await drift.prune('2026-01-01T00:00:00Z')).toBe(0);
    expect(await drift.prune('2026-02-01T00:00:00Z')).toBe(1200);
    expect(await drift.save([])).toEqual([]);
  });
});

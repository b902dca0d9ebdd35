import type { KubeObject } from '@sekisho/kube';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ApplicationIndex, createApplicationIndex } from './application-index.ts';
import type { CommitNotes } from './commit-notes.ts';
import { type ApplicationQuery, positionOf, SORT_FIELDS, type SortField } from './query.ts';

const noCommits: CommitNotes = { get: () => undefined, onFound: () => {}, close: async () => {} };

interface Wish {
  readonly name: string;
  readonly health?: string;
  readonly sync?: string;
  readonly project?: string;
  readonly age?: number;
}

function application({ name, health = 'Healthy', sync = 'Synced', project = 'default', age = 0 }: Wish): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace: 'argocd',
      resourceVersion: '1',
      creationTimestamp: new Date(age * 1000).toISOString(),
      labels: { team: name.slice(0, 1) },
    },
    spec: {
      project,
      source: { repoURL: 'https://example.com/r.git', path: name },
      destination: { server: 'https://kubernetes.default.svc', namespace: name.slice(0, 2) },
    },
    status: { health: { status: health }, sync: { status: sync, revision: 'a'.repeat(40) } },
  };
}

function indexOf(...wishes: readonly Wish[]): ApplicationIndex {
  const index = createApplicationIndex({ commits: noCommits });
  for (const wish of wishes) put(index, wish);
  return index;
}

function put(index: ApplicationIndex, wish: Wish): void {
  index.update(`argocd/${wish.name}`, application(wish));
}

const all = () => true;
const everything: ApplicationQuery = { facets: {}, sort: 'name', descending: false, limit: 100 };
const names = (
  index: ApplicationIndex,
  query: Partial<ApplicationQuery>,
  isVisible: (row: { project: string }) => boolean = all,
) => index.query({ ...everything, ...query }, isVisible).items.map(({ row }) => row.name);

const wish = fc.record({
  name: fc.stringMatching(/^[a-c]{1,3}$/),
  health: fc.constantFrom('Healthy', 'Degraded', 'Missing', 'strange'),
  sync: fc.constantFrom('Synced', 'OutOfSync', 'Unknown'),
  project: fc.constantFrom('default', 'shop'),
  age: fc.integer({ min: 0, max: 5 }),
});
const step = fc.oneof(wish, fc.record({ gone: fc.stringMatching(/^[a-c]{1,3}$/) }));
const sort = fc.constantFrom(...SORT_FIELDS);

function take(index: ApplicationIndex, change: Wish | { gone: string }): void {
  if ('gone' in change) index.update(`argocd/${change.gone}`, undefined);
  else put(index, change);
}

describe('an index of applications', () => {
  test('is in order after any changes, in every order that was asked for', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.array(sort, { minLength: 1 }), (steps, sorts) => {
        const kept = indexOf();
        const fresh = indexOf();
        steps.forEach((change, i) => {
          take(kept, change);
          take(fresh, change);
          names(kept, { sort: sorts[i % sorts.length] as SortField });
        });
        for (const field of SORT_FIELDS) {
          expect(names(kept, { sort: field, limit: 1000 })).toEqual(names(fresh, { sort: field, limit: 1000 }));
        }
      }),
    );
  });

  test('pages hold each application that stays as it is exactly once, whatever the others do meanwhile', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(wish, { selector: ({ name }) => name, minLength: 1, maxLength: 30 }),
        fc.array(step, { maxLength: 40 }),
        sort,
        fc.boolean(),
        fc.integer({ min: 1, max: 7 }),
        (start, changes, field, descending, limit) => {
          const index = indexOf(...start);
          const queue = [...changes];
          const seen: string[] = [];
          let after: ApplicationQuery['after'];
          while (true) {
            const page = index.query({ ...everything, sort: field, descending, limit, after }, all);
            seen.push(...page.items.map(({ row }) => row.name));
            const last = page.items.at(-1);
            if (!page.more || last === undefined) break;
            after = positionOf(last, field);
            for (const change of queue.splice(0, 3)) take(index, change);
          }
          const touched = new Set(changes.map((change) => ('gone' in change ? change.gone : change.name)));
          const stable = start.map(({ name }) => name).filter((name) => !touched.has(name));
          expect(seen.filter((name) => !touched.has(name)).sort()).toEqual(stable.sort());
        },
      ),
    );
  });

  test.each([
    ['search', { search: 'web SHOP-' }, ['shop-web']],
    ['several words of one field', { search: 'nothing web' }, []],
    ['alternatives', { facets: { health: ['Degraded', 'Missing'] } }, ['job', 'web']],
    ['fields together', { facets: { health: ['Degraded'], project: ['shop'] } }, ['web']],
    ['worst first', { sort: 'health', descending: true }, ['web', 'job', 'shop-web']],
    ['youngest first', { sort: 'age' }, ['shop-web', 'job', 'web']],
    ['drift', { drifted: true }, []],
    ['namespace of the Application', { appNamespaces: ['elsewhere'] }, []],
  ] as const)('%s', (_title, query, expected) => {
    const index = indexOf(
      { name: 'web', health: 'Degraded', project: 'shop', age: 1 },
      { name: 'job', health: 'Missing', age: 2 },
      { name: 'shop-web', age: 3 },
    );
    expect(names(index, query as Partial<ApplicationQuery>)).toEqual(expected);
  });

  test('a facet counts what would be left with each of its values', () => {
    const index = indexOf(
      { name: 'a', health: 'Healthy', sync: 'Synced' },
      { name: 'b', health: 'Degraded', sync: 'Synced' },
      { name: 'c', health: 'Degraded', sync: 'OutOfSync' },
    );
    const { facets, total } = index.query({ ...everything, facets: { sync: ['Synced'], health: ['Degraded'] } }, all);
    expect(total).toBe(1);
    expect(facets.health).toEqual([
      { value: 'Degraded', count: 1 },
      { value: 'Healthy', count: 1 },
    ]);
    expect(facets.sync).toEqual([
      { value: 'OutOfSync', count: 1 },
      { value: 'Synced', count: 1 },
    ]);
    const asked = index.query({ ...everything, facets: { project: ['none'] } }, all);
    expect(asked.facets.project).toContainEqual({ value: 'none', count: 0 });
  });

  test('what somebody may not see is neither shown nor counted', () => {
    const index = indexOf({ name: 'a', project: 'shop' }, { name: 'b' });
    const { items, total, facets } = index.query(everything, ({ project }) => project === 'shop');
    expect(items.map(({ row }) => row.name)).toEqual(['a']);
    expect([total, facets.project]).toEqual([1, [{ value: 'shop', count: 1 }]]);
  });

  test('a row tells of the newest release, and is told anew when its commit is found', () => {
    const revision = 'b'.repeat(40);
    let tell = (_repo: string, _revision: string) => {};
    let note: ReturnType<CommitNotes['get']>;
    const index = createApplicationIndex({
      commits: {
        get: () => note,
        onFound: (listener) => {
          tell = listener;
        },
        close: async () => {},
      },
    });
    const object = application({ name: 'web' });
    const history = [
      { revision, deployedAt: '2026-01-02T03:04:05Z', source: { repoURL: 'https://example.com/old.git' } },
    ];
    const changes: (string | undefined)[] = [];
    index.onChange(({ row }) => changes.push(row?.author));
    index.update('argocd/web', { ...object, status: { ...(object['status'] as object), history } });
    expect(index.row('argocd/web')).toMatchObject({ revision, deployedAt: '2026-01-02T03:04:05Z' });
    note = { author: 'Mori <mori@example.com>', message: 'Faster', committedAt: '2026-01-01T00:00:00Z' };
    tell('https://example.com/r.git', revision);
    tell('https://example.com/old.git', revision);
    expect(changes).toEqual([undefined, 'Mori <mori@example.com>']);
  });

  test('survives an Application of any shape', () => {
    fc.assert(
      fc.property(fc.object({ maxDepth: 4 }), fc.object({ maxDepth: 4 }), (spec, status) => {
        const index = createApplicationIndex({ commits: noCommits });
        index.update('argocd/odd', { ...application({ name: 'odd' }), spec, status });
        expect(names(index, { search: 'odd' })).toEqual(['odd']);
      }),
    );
  });
});

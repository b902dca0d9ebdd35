import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Violation } from '../http/api-types.ts';
import { groupViolations, pageOf, searchText, selectViolations } from './violation-query.ts';

function violation(id: string, values: Partial<Violation> = {}): Violation {
  return {
    id,
    policyId: 'gatekeeper/K8sRequiredLabels/owner',
    policy: { kind: 'gatekeeper', name: 'K8sRequiredLabels', rule: 'owner', title: 'Owners' },
    decision: 'deny',
    message: `${id} has no owner`,
    fields: [],
    object: { cluster: 'in-cluster', group: '', version: 'v1', kind: 'Pod', namespace: 'web', name: id },
    since: '2026-01-01T00:00:00.000Z',
    ...values,
  };
}

const web = { namespace: 'argocd', name: 'web', project: 'shop' };
const all = [
  violation('a', { application: web, severity: 'high' }),
  violation('b', { application: web, decision: 'warn', since: '2026-01-02T00:00:00.000Z' }),
  violation('c', { policyId: 'rego/platform/main', decision: 'waived', severity: 'critical' }),
].map((one) => ({ violation: one, text: searchText(one) }));
const everybody = () => true;
const idsOf = (items: readonly Violation[]) => items.map(({ id }) => id);

describe('selectViolations', () => {
  test.each([
    ['nothing', {}, ['a', 'b', 'c']],
    ['an application by its name', { application: ['web'] }, ['a', 'b']],
    ['an application by its whole name', { application: ['argocd/web'] }, ['a', 'b']],
    ['of no application', { application: ['none'] }, ['c']],
    ['alternatives', { decision: ['warn', 'waived'] }, ['b', 'c']],
    ['several fields', { decision: ['deny', 'warn'], severity: ['high'] }, ['a']],
    ['no severity', { severity: ['none'] }, ['b']],
    ['what nobody has', { kind: ['Service'] }, []],
  ])('narrows by %s', (_, facets, expected) => {
    expect(idsOf(selectViolations(all, { facets }, everybody).items)).toEqual(expected);
  });

  test('looks for all words, in any case', () => {
    expect(idsOf(selectViolations(all, { facets: {}, search: 'REGO  owner ' }, everybody).items)).toEqual(['c']);
  });

  test('a facet counts what would be left with another of its values', () => {
    const { facets } = selectViolations(all, { facets: { decision: ['deny'], application: ['web'] } }, everybody);
    expect(facets.decision).toEqual([
      { value: 'deny', count: 1 },
      { value: 'warn', count: 1 },
    ]);
    expect(facets.policy).toEqual([{ value: 'gatekeeper/K8sRequiredLabels/owner', count: 1 }]);
  });

  test('neither lists nor counts what is not visible', () => {
    const { items, facets } = selectViolations(all, { facets: {} }, ({ application }) => application === undefined);
    expect(idsOf(items)).toEqual(['c']);
    expect(facets.project).toEqual([{ value: 'none', count: 1 }]);
  });
});

describe('pageOf', () => {
  test('pages put together are the whole list, in order, whatever goes in between', () => {
    const id = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.uniqueArray(id, { maxLength: 30 }),
        fc.constantFrom('since', 'severity', 'name', 'decision'),
        fc.boolean(),
        fc.integer({ min: 1, max: 7 }),
        (ids, sort, descending, limit) => {
          const items = ids.map((name, i) => violation(name, { since: new Date((i % 3) * 1_000).toISOString() }));
          const whole = pageOf(items, { sort, descending, limit: 1_000 }).items;
          const found: Violation[] = [];
          for (let after: ReturnType<typeof pageOf>['next']; ; ) {
            const page = pageOf(items, { sort, descending, limit, after });
            found.push(...page.items);
            if (page.next === undefined) break;
            after = page.next;
          }
          expect(idsOf(found)).toEqual(idsOf(whole));
        },
      ),
    );
  });

  test('begins with what is worst when it is sorted by severity, from the other end', () => {
    const items = all.map((one) => one.violation);
    expect(idsOf(pageOf(items, { sort: 'severity', descending: true, limit: 2 }).items)).toEqual(['c', 'a']);
  });
});

describe('groupViolations', () => {
  test('counts by decision, with the oldest; what has most denies comes first', () => {
    const items = all.map((one) => one.violation);
    expect(groupViolations(items, 'application')).toEqual([
      { value: 'argocd/web', total: 2, deny: 1, warn: 1, dryrun: 0, waived: 0, oldest: '2026-01-01T00:00:00.000Z' },
      { value: 'none', total: 1, deny: 0, warn: 0, dryrun: 0, waived: 1, oldest: '2026-01-01T00:00:00.000Z' },
    ]);
    expect(groupViolations(items, 'policy')[0]).toMatchObject({ title: 'Owners', total: 2 });
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEnforcer, type EnforcerOptions } from './enforcer.ts';
import { parsePolicy } from './policy.ts';
import { type ProjectRole, parseProjectRoles } from './project-roles.ts';
import { ACTIONS } from './vocabulary.ts';

const origin = { file: 'policy.csv' };
const who = (user: string, ...groups: string[]) => ({ user, groups });

function enforcer(csv: string, more: Omit<EnforcerOptions, 'rules'> = {}) {
  const { rules, diagnostics } = parsePolicy(csv, origin);
  expect(diagnostics).toEqual([]);
  return createEnforcer({ rules, ...more });
}

describe('what is built in', () => {
  const { allows } = enforcer('g, ann, role:readonly');
  const everything = Object.entries(ACTIONS).flatMap(([resource, actions]) =>
    actions
      .filter((action) => action !== 'action' && resource !== 'extensions')
      .map((action) => [resource, action.replace('/*', '/apps/Deployment/restart')] as const),
  );
  const object = (resource: string) =>
    ['applications', 'applicationsets', 'logs', 'exec'].includes(resource) ? 'shop/web' : 'shop';

  test.each(everything)('admin may, and nobody may not: %s %s', (resource, action) => {
    expect(allows(who('admin'), resource, action, object(resource))).toBe(true);
    expect(allows(who('eve'), resource, action, object(resource))).toBe(false);
  });
  test.each(everything)('readonly sees alone: %s %s', (resource, action) => {
    const expected = action === 'get' && resource !== 'audit';
    expect(allows(who('ann'), resource, action, object(resource))).toBe(expected);
  });
});

describe('a policy', () => {
  const { allows, explain } = enforcer(`
p, role:dev, applications, *, shop/*, allow
p, role:dev, applications, delete, */prod-*, deny
p, role:ops, applications, sync, */*, allow
p, carol, logs, get, shop/web, allow
p, suspended, *, *, *, deny
g, role:lead, role:dev
g, alice, role:dev
g, team-shop, role:lead
g, "cn=ops,dc=example", role:ops
g, role:a, role:b
g, role:b, role:a
g, circle, role:a
`);
  test.each([
    ['alice', [], 'applications', 'sync', 'shop/web', true],
    ['alice', [], 'applications', 'action/apps/Deployment/restart', 'shop/web', true],
    ['alice', [], 'applications', 'sync', 'pay/web', false],
    ['alice', [], 'applications', 'delete', 'shop/prod-web', false],
    ['alice', [], 'applications', 'delete', 'shop/web', true],
    ['alice', [], 'projects', 'get', 'shop', false],
    ['bob', ['team-shop'], 'applications', 'create', 'shop/web', true],
    ['bob', ['team-shop'], 'applications', 'delete', 'shop/prod-web', false],
    ['bob', ['cn=ops,dc=example'], 'applications', 'sync', 'pay/web', true],
    ['bob', ['team-shop', 'suspended'], 'applications', 'get', 'shop/web', false],
    ['carol', [], 'logs', 'get', 'shop/web', true],
    ['carol', [], 'logs', 'get', 'shop/web2', false],
    ['circle', [], 'applications', 'get', 'shop/web', false],
    ['role:admin', [], 'applications', 'get', 'shop/web', false],
    ['eve', ['role:admin'], 'applications', 'get', 'shop/web', false],
    ['eve', ['proj:shop:ci'], 'applications', 'get', 'shop/web', false],
    ['', [], 'applications', 'get', 'shop/web', false],
  ])('%s with %j: %s %s %s is %s', (user, groups, resource, action, object, expected) => {
    expect(allows(who(user, ...groups), resource, action, object)).toBe(expected);
  });

  test.each([
    [
      'alice',
      [],
      'sync',
      'shop/web',
      'alice may sync applications in shop/web: p, role:dev, applications, *, shop/*, allow (policy.csv:2), through alice → role:dev.',
    ],
    [
      'alice',
      [],
      'delete',
      'shop/prod-a',
      'alice may not delete applications in shop/prod-a: p, role:dev, applications, delete, */prod-*, deny (policy.csv:3), through alice → role:dev.',
    ],
    [
      'bob',
      ['team-shop'],
      'get',
      'shop/web',
      'bob may get applications in shop/web: p, role:dev, applications, *, shop/*, allow (policy.csv:2), through team-shop → role:lead → role:dev.',
    ],
    ['eve', ['x'], 'get', 'shop/web', 'eve may not get applications in shop/web: no rule allows it to eve, x.'],
    [
      'admin',
      [],
      'get',
      'shop/web',
      'admin may get applications in shop/web: p, role:readonly, applications, get, */*, allow (built in), through admin → role:admin → role:readonly.',
    ],
  ])('explains %s %j %s %s', (user, groups, action, object, expected) => {
    expect(explain(who(user, ...groups), 'applications', action, object)).toBe(expected);
  });
});

describe('policy.default', () => {
  const { allows } = enforcer('p, bob, applications, get, secret/*, deny', { defaultRole: 'role:readonly' });
  test('everybody has it', () => expect(allows(who('eve'), 'applications', 'get', 'shop/web')).toBe(true));
  test('it gives no more', () => expect(allows(who('eve'), 'applications', 'sync', 'shop/web')).toBe(false));
  test('a denial wins over it', () => expect(allows(who('bob'), 'applications', 'get', 'secret/x')).toBe(false));
});

describe('roles of projects', () => {
  const read = (project: string, roles: ProjectRole[]) => parseProjectRoles(project, roles);
  const shop = read('shop', [
    {
      name: 'ci',
      policies: ['p, proj:shop:ci, applications, sync, shop/*, allow', 'p, proj:shop:ci, logs, get, shop/*, allow'],
      groups: ['shop-ci', 'role:admin'],
    },
  ]);
  const pay = read('pay', [{ name: 'ci', policies: [], groups: ['pay-ci'] }]);
  const { allows, mightAllow, roleAllows } = createEnforcer({ rules: [], projectRoles: [shop, pay] });

  test.each([
    ['proj:shop:ci', [], 'applications', 'sync', 'shop/web', true],
    ['proj:shop:ci', [], 'applications', 'delete', 'shop/web', false],
    ['proj:shop:ci', [], 'applications', 'sync', 'pay/web', false],
    ['proj:shop:ci', [], 'projects', 'get', 'shop', true],
    ['proj:shop:ci', [], 'projects', 'get', 'pay', false],
    ['bob', ['shop-ci'], 'applications', 'sync', 'shop/web', true],
    ['bob', ['shop-ci'], 'logs', 'get', 'shop/web', true],
    ['bob', ['pay-ci'], 'applications', 'sync', 'shop/web', false],
    ['bob', ['pay-ci'], 'projects', 'get', 'pay', true],
    ['bob', ['role:admin'], 'applications', 'sync', 'shop/web', false],
  ])('%s with %j: %s %s %s is %s', (user, groups, resource, action, object, expected) => {
    expect(allows(who(user, ...groups), resource, action, object)).toBe(expected);
  });

  test.each([
    ['another role', 'p, proj:shop:dev, applications, sync, shop/*, allow'],
    ['a user', 'p, eve, applications, sync, shop/*, allow'],
    ['another project', 'p, proj:shop:ci, applications, sync, pay/*, allow'],
    ['every project', 'p, proj:shop:ci, applications, sync, *, allow'],
    ['every project by its first letters', 'p, proj:shop:ci, applications, sync, shop*, allow'],
    ['accounts', 'p, proj:shop:ci, accounts, update, shop/admin, allow'],
    ['everything', 'p, proj:shop:ci, *, *, shop/*, allow'],
    ['a grant', 'g, eve, role:admin'],
  ])('a policy for %s is refused', (_, policy) => {
    const { rules, diagnostics } = read('shop', [{ name: 'ci', policies: [policy], groups: [] }]);
    expect(diagnostics).toMatchObject([{ code: 'ACCESS_PROJECT_ROLE', origin: { line: 1 } }]);
    expect(rules).toHaveLength(1);
  });

  test('a denial of the role itself stays, however far it reaches', () => {
    const { rules } = read('shop', [{ name: 'ci', policies: ['p, proj:shop:ci, *, *, *, deny'], groups: [] }]);
    const { allows } = createEnforcer({ rules: [], projectRoles: [{ project: 'shop', rules }] });
    expect(allows(who('proj:shop:ci'), 'projects', 'get', 'shop')).toBe(false);
  });

  test('braces and sets of a pattern can not lead out of the project', () => {
    const { rules } = read('shop', [
      { name: 'ci', policies: ['p, proj:shop:ci, applications, get, "shop/{a,../pay/b}", allow'], groups: [] },
    ]);
    const { allows } = createEnforcer({ rules: [], projectRoles: [{ project: 'shop', rules }] });
    expect(allows(who('proj:shop:ci'), 'applications', 'get', 'pay/b')).toBe(false);
  });

  test('mightAllow and roleAllows', () => {
    expect(mightAllow(who('bob', 'shop-ci'), 'applications', 'sync')).toBe(true);
    expect(mightAllow(who('bob'), 'applications', 'sync')).toBe(false);
    expect(roleAllows('proj:shop:ci', 'applications', 'sync', 'shop/web')).toBe(true);
    expect(roleAllows('proj:shop:ci', 'applications', 'sync', 'pay/web')).toBe(false);
    expect(roleAllows('role:readonly', 'applications', 'get', 'pay/web')).toBe(true);
  });
});

describe('laws', () => {
  const word = fc.constantFrom('a', 'b', 'role:x', 'role:y');
  const permission = fc
    .tuple(
      word,
      fc.constantFrom('applications', '*'),
      fc.constantFrom('get', 'sync', '*'),
      fc.constantFrom('s/*', 's/w', '*'),
    )
    .map((fields) => ['p', ...fields]);
  const grant = fc.tuple(word, word).map((fields) => ['g', ...fields]);
  const question = fc.tuple(fc.constantFrom('get', 'sync'), fc.constantFrom('s/w', 's/x', 't/w'));
  const lines = (rules: string[][], effect: string) =>
    rules.map((fields) => (fields[0] === 'p' ? [...fields, effect] : fields).join(', '));

  test('a denial never gives anybody more, a permission never takes away', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(permission, grant)), permission, question, (rules, extra, [action, object]) => {
        const ask = (text: string[]) => enforcer(text.join('\n')).allows(who('a', 'b'), 'applications', action, object);
        const base = lines(rules, 'allow');
        const before = ask(base);
        const denied = ask([...base, ...lines([extra], 'deny')]);
        const allowed = ask([...base, ...lines([extra], 'allow')]);
        if (denied) expect(before).toBe(true);
        if (before) expect(allowed).toBe(true);
      }),
    );
  });

  test('the order of lines means nothing, and the explanation agrees', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(permission, grant)), question, (rules, [action, object]) => {
        const text = lines(rules, 'allow');
        const one = enforcer(text.join('\n'));
        const other = enforcer([...text].reverse().join('\n'));
        const allowed = one.allows(who('a'), 'applications', action, object);
        expect(other.allows(who('a'), 'applications', action, object)).toBe(allowed);
        expect(one.explain(who('a'), 'applications', action, object).startsWith('a may not')).toBe(!allowed);
      }),
    );
  });
});

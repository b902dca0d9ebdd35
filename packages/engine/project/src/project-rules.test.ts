import type { KubeObject } from '@sekisho/kube';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkApplication,
  checkObject,
  defaultProject,
  isOrphanIgnored,
  normalizeRepository,
  type Project,
  parseProject,
  permitsSource,
  projectRoles,
} from './index.ts';

function projectOf(spec: Record<string, unknown>): Project {
  const parsed = parseProject(objectOf(spec));
  if (!('project' in parsed)) throw new Error(parsed.diagnostics.map(({ message }) => message).join('\n'));
  return parsed.project;
}

function objectOf(spec: unknown): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'shop', namespace: 'argocd' },
    spec,
  };
}

describe('sourceRepos', () => {
  it.each<[rules: string[], repo: string, permitted: boolean, why: string]>([
    [['*'], 'https://git.example/a/b/c', true, 'a star alone is everything'],
    [[], 'https://git.example/a', false, 'an empty list permits nothing'],
    [['https://git.example/org/*'], 'https://git.example/org/app', true, ''],
    [['https://git.example/org/*'], 'https://git.example/org/team/app', false, 'a star stops at a slash'],
    [['https://git.example/org/**'], 'https://git.example/org/team/app', true, ''],
    [['https://git.example/org/app'], 'https://git.example/org/app.git', true, '.git says nothing'],
    [['https://git.example/ORG/app'], 'https://GIT.example/org/App', true, 'case says nothing'],
    [['git@git.example:org/*'], 'ssh://git@git.example/org/app', true, 'two ways to write one address'],
    [['git@git.example:org/*'], 'git@git.example:org/app.git', true, ''],
    [['https://git.example/org/**'], 'https://git.example/org/../secret/app', false, 'dots lead out of the folder'],
    [['https://git.example/org/**'], 'https://git.example/org/%2e%2e/secret/app', false, 'encoded dots, too'],
    [['!https://git.example/secret/*', '*'], 'https://git.example/secret/app', false, ''],
    [['*', '!https://git.example/secret/*'], 'https://git.example/secret/app', false, 'the order says nothing'],
    [['*', '!https://git.example/secret/*'], 'https://git.example/open/app', true, ''],
    [['!https://git.example/secret/*'], 'https://git.example/open/app', true, 'as in Argo CD: what it does not forbid'],
    [['embedded:*'], 'embedded:config', true, ''],
    [['embedded:team-*'], 'embedded:config', false, ''],
  ])('%j permits %s: %s (%s)', (sourceRepos, repo, permitted) => {
    expect(permitsSource(projectOf({ sourceRepos }), repo)).toBe(permitted);
  });

  it('normalizeRepository keeps what it normalized, and no address has dots in it', () => {
    const segments = fc.array(fc.constantFrom('a', 'b.git', '.', '..', '%2e%2E', '.%2e', 'ü', ' ', '@', ':'));
    fc.assert(
      fc.property(fc.constantFrom('https://h/', 'ssh://git@h/', 'git@h:', 'HTTP://h:8/'), segments, (host, path) => {
        const once = normalizeRepository(host + path.join('/'));
        expect(normalizeRepository(once)).toBe(once.replace(/\.git$/, ''));
        expect(once).not.toMatch(/(^|\/)(\.|%2e){1,2}(\/|$)/i);
      }),
    );
    expect(normalizeRepository('git@h:a/../b')).toBe('git@h/b');
  });

  it('normalizeRepository reads a megabyte of anything in a moment', () => {
    for (const text of ['@', 'a@', ':', '/', '../', 'git@', '%2e']) {
      expect(normalizeRepository(text.repeat(300_000))).toBeTypeOf('string');
    }
  });
});

describe('destinations', () => {
  const here = 'https://kubernetes.default.svc';
  const rule = (server: string, namespace: string) => ({ server, namespace });
  it.each<[rules: object[], destination: object, permitted: boolean]>([
    [[rule('*', '*')], { server: here, namespace: 'web' }, true],
    [[rule(here, 'web')], { server: here, namespace: 'web' }, true],
    [[rule(here, 'web')], { server: here, namespace: 'db' }, false],
    [[rule(here, 'team-*')], { server: here, namespace: 'team-a' }, true],
    [[rule('https://other', '*')], { server: here, namespace: 'web' }, false],
    [[{ name: 'prod', namespace: '*' }], { name: 'prod', namespace: 'web' }, true],
    [[{ name: 'prod', namespace: '*' }], { server: here, namespace: 'web' }, false],
    [[{ name: 'in-cluster', namespace: '*' }], { server: here, name: 'in-cluster', namespace: 'web' }, true],
    [[rule('*', '*'), rule('*', '!kube-system')], { server: here, namespace: 'kube-system' }, false],
    [[rule('*', '*'), rule('*', '!kube-system')], { server: here, namespace: 'web' }, true],
    [[rule('!https://prod', '*'), rule('*', '*')], { server: 'https://prod', namespace: 'web' }, false],
    [[rule('!https://prod', '*'), rule('*', '*')], { server: here, namespace: 'web' }, true],
    [[{ server: here }], { server: here, namespace: 'web' }, false],
    [[{ server: here }], { server: here, namespace: '' }, true],
    [[], { server: here, namespace: 'web' }, false],
    [[rule('*', '*')], { name: 'nowhere', namespace: 'web' }, true],
    [[rule('!https://prod', '*'), rule('*', '*')], { name: 'nowhere', namespace: 'web' }, false],
  ])('%j permits %j: %s', (destinations, destination, permitted) => {
    const project = projectOf({ sourceRepos: ['*'], destinations });
    const found = checkApplication(project, {
      name: 'web',
      namespace: 'argocd',
      sources: [{ repoURL: 'embedded:a' }],
      destination: destination as { namespace: string },
    });
    expect(found.map(({ code }) => code)).toEqual(permitted ? [] : ['PROJECT_DESTINATION_DENIED']);
  });

  it('permitOnlyProjectScopedClusters asks for a cluster of the project', () => {
    const project = projectOf({
      sourceRepos: ['*'],
      destinations: [rule('*', '*')],
      permitOnlyProjectScopedClusters: true,
    });
    const check = (scope?: string) =>
      checkApplication(project, {
        name: 'web',
        namespace: 'argocd',
        sources: [],
        destination: { server: 'https://x', namespace: 'web', project: scope },
      }).length;
    expect([check('shop'), check('other'), check()]).toEqual([0, 1, 1]);
  });
});

it('checkApplication tells every rule that is broken, each once', () => {
  const found = checkApplication(projectOf({}), {
    name: 'web',
    namespace: 'team-a',
    sources: [{ repoURL: 'embedded:a' }, { repoURL: 'embedded:b' }, { repoURL: 'embedded:a' }],
    destination: { server: 'https://x', namespace: 'web' },
  });
  expect(found.map(({ code, message }) => `${code}: ${message}`)).toEqual([
    "PROJECT_NAMESPACE_DENIED: application 'web' in namespace 'team-a' is not permitted to use project 'shop'",
    "PROJECT_SOURCE_DENIED: application repo embedded:a is not permitted in project 'shop'",
    "PROJECT_SOURCE_DENIED: application repo embedded:b is not permitted in project 'shop'",
    "PROJECT_DESTINATION_DENIED: application destination server 'https://x' and namespace 'web' do not match any of the allowed destinations in project 'shop'",
  ]);
});

it('sourceNamespaces are globs', () => {
  const project = projectOf({
    sourceRepos: ['*'],
    destinations: [{ server: '*', namespace: '*' }],
    sourceNamespaces: ['team-*'],
  });
  const check = (namespace: string) =>
    checkApplication(project, { name: 'a', namespace, sources: [], destination: { server: 'x', namespace: '' } })
      .length;
  expect([check('argocd'), check('team-a'), check('other')]).toEqual([0, 0, 1]);
});

describe('kinds', () => {
  const cluster = (kind: string, group = '', name = 'x') => ({ group, kind, name, namespaced: false, namespace: '' });
  const namespaced = (kind: string, group = '', namespace = 'web') => ({
    group,
    kind,
    name: 'x',
    namespaced: true,
    namespace,
  });
  it.each<[spec: Record<string, unknown>, object: Parameters<typeof checkObject>[1], code: string | undefined]>([
    [{}, cluster('Namespace'), 'PROJECT_KIND_DENIED'],
    [{ clusterResourceWhitelist: [{ group: '*', kind: '*' }] }, cluster('Namespace'), undefined],
    [{ clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }] }, cluster('Namespace'), undefined],
    [
      { clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }] },
      cluster('ClusterRole', 'rbac.authorization.k8s.io'),
      'PROJECT_KIND_DENIED',
    ],
    [
      { clusterResourceWhitelist: [{ group: '', kind: 'Namespace', name: 'team-*' }] },
      cluster('Namespace', '', 'team-a'),
      undefined,
    ],
    [
      { clusterResourceWhitelist: [{ group: '', kind: 'Namespace', name: 'team-*' }] },
      cluster('Namespace', '', 'kube-system'),
      'PROJECT_KIND_DENIED',
    ],
    [
      {
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
        clusterResourceBlacklist: [{ group: '*', kind: 'Cluster*' }],
      },
      cluster('ClusterRole', 'rbac.authorization.k8s.io'),
      'PROJECT_KIND_DENIED',
    ],
    [{}, namespaced('ConfigMap'), undefined],
    [{ namespaceResourceWhitelist: [] }, namespaced('ConfigMap'), 'PROJECT_KIND_DENIED'],
    [{ namespaceResourceWhitelist: [{ group: 'apps', kind: '*' }] }, namespaced('Deployment', 'apps'), undefined],
    [{ namespaceResourceWhitelist: [{ group: 'apps', kind: '*' }] }, namespaced('ConfigMap'), 'PROJECT_KIND_DENIED'],
    [
      { namespaceResourceBlacklist: [{ group: '', kind: 'ResourceQuota' }] },
      namespaced('ResourceQuota'),
      'PROJECT_KIND_DENIED',
    ],
    [{}, namespaced('ConfigMap', '', 'elsewhere'), 'PROJECT_DESTINATION_DENIED'],
  ])('%j on %j: %s', (spec, object, code) => {
    const project = projectOf({ destinations: [{ server: 'https://x', namespace: 'web' }], ...spec });
    expect(checkObject(project, object, { server: 'https://x' })?.code).toBe(code);
  });

  it('the message is the one of Argo CD', () => {
    expect(checkObject(projectOf({}), cluster('ClusterRole', 'rbac.authorization.k8s.io'), {})?.message).toBe(
      'resource rbac.authorization.k8s.io:ClusterRole is not permitted in project shop',
    );
  });
});

it('orphans: what is ignored', () => {
  const project = projectOf({
    orphanedResources: {
      ignore: [{ kind: 'Secret', name: 'cache-*' }, { group: 'apps' }, { group: '*', kind: 'Job' }],
    },
  });
  const ignored = (group: string, kind: string, name: string, namespace = 'web') =>
    isOrphanIgnored(project, { group, kind, namespace, name });
  expect(ignored('', 'Secret', 'cache-a')).toBe(true);
  expect(ignored('', 'Secret', 'password')).toBe(false);
  expect(ignored('apps', 'Deployment', 'any')).toBe(true);
  expect(ignored('batch', 'Job', 'any')).toBe(true);
  expect(ignored('batch', 'CronJob', 'any')).toBe(false);
  expect(ignored('', 'ConfigMap', 'kube-root-ca.crt')).toBe(true);
  expect(ignored('', 'Service', 'kubernetes', 'default')).toBe(true);
  expect(ignored('', 'Service', 'kubernetes')).toBe(false);
  expect(project.orphanedResources?.warn).toBe(true);
});

describe('roles', () => {
  it('projectRoles gives policies, groups and tokens; every role sees its project', () => {
    const policy = 'p, proj:shop:ci, applications, sync, shop/*, allow';
    const project = projectOf({
      roles: [
        { name: 'ci', policies: [policy], groups: ['dev'], jwtTokens: [{ iat: 5 }, { iat: 6, id: 'x', exp: 9 }] },
      ],
    });
    expect(projectRoles(project)).toEqual([
      {
        subject: 'proj:shop:ci',
        policies: ['p, proj:shop:ci, projects, get, shop, allow', policy],
        groups: ['dev'],
        tokenIds: ['5', 'x'],
      },
    ]);
  });

  it.each([
    'p, proj:shop:ci, applications, sync, other/*, allow',
    'p, proj:shop:ci, applications, sync, *, allow',
    'p, proj:other:ci, applications, sync, shop/*, allow',
    'p, role:admin, applications, sync, shop/*, allow',
    'g, alice, role:admin',
    'p, proj:shop:ci, accounts, update, shop/*, allow',
    'p, proj:shop:ci, applications, sync, shop/*, maybe',
    '',
  ])('a role can not be given: %s', (policy) => {
    const parsed = parseProject(objectOf({ roles: [{ name: 'ci', policies: [policy] }] }));
    if (!('project' in parsed)) throw new Error('unreadable');
    expect(parsed.warnings.map(({ code }) => code)).toEqual(['PROJECT_ROLE_POLICY']);
    expect(projectRoles(parsed.project)[0]?.policies).toHaveLength(1);
  });
});

describe('parseProject', () => {
  it('tells all faults at once, with the field', () => {
    const parsed = parseProject(
      objectOf({
        sourceRepos: ['https://[', 5],
        destinations: [{ namespace: 'x' }, 'y'],
        sourceNamespaces: ['/(a+)+$/'],
        clusterResourceWhitelist: 'all',
        orphanedResources: { warn: 'yes' },
        roles: [{ name: 'a' }, { name: 'a' }, { name: 'a,b' }],
        syncWindows: [{ kind: 'maybe', schedule: '* * *', duration: '1d', timeZone: 'Mars/Base' }],
      }),
    );
    if (!('diagnostics' in parsed)) throw new Error('it was accepted');
    expect(parsed.diagnostics.map(({ message }) => message.split(':')[0])).toEqual([
      'spec.sourceRepos[1]',
      'spec.sourceRepos[0]',
      'spec.destinations[1]',
      'spec.destinations[0]',
      'spec.sourceNamespaces[0]',
      'spec.clusterResourceWhitelist',
      'spec.orphanedResources.warn',
      'spec.roles[2].name',
      'spec.roles[1].name',
      'spec.syncWindows[0].kind',
      'spec.syncWindows[0].duration',
      'spec.syncWindows[0].schedule',
    ]);
    expect(new Set(parsed.diagnostics.map(({ code }) => code))).toEqual(new Set(['PROJECT_INVALID']));
  });

  it('warns of fields that nobody reads', () => {
    const parsed = parseProject(objectOf({ sourceRepo: ['*'] }));
    expect('warnings' in parsed && parsed.warnings.map(({ message }) => message)).toEqual([
      'spec.sourceRepo: is not a field of an AppProject',
    ]);
  });

  it('the default project permits everything', () => {
    const parsed = parseProject(defaultProject('argocd'));
    if (!('project' in parsed)) throw new Error('unreadable');
    const destination = { server: 'https://x', namespace: 'y' };
    expect(
      checkApplication(parsed.project, { name: 'a', namespace: 'argocd', sources: [{ repoURL: 'z' }], destination }),
    ).toEqual([]);
    const object = { group: 'a', kind: 'B', name: 'c', namespaced: false, namespace: '' };
    expect(checkObject(parsed.project, object, destination)).toBeUndefined();
    expect(checkObject(parsed.project, { ...object, namespaced: true, namespace: 'n' }, destination)).toBeUndefined();
  });

  it('no content makes it throw', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('sourceRepos', 'destinations', 'roles', 'syncWindows', 'orphanedResources'),
        (value, field) => {
          parseProject(objectOf({ [field]: value }));
          parseProject(objectOf({ [field]: [value] }));
          parseProject(objectOf(value));
        },
      ),
      { numRuns: 300 },
    );
  });
});

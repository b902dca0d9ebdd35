import { describe, expect, it } from 'vitest';
import type { MemorySources } from '../memory-sources.ts';
import type { ClusterInfo, PullRequestInfo, ScmRepository } from '../sources.ts';
import { generate, messages, paramsOf, yaml } from '../testing/sets.ts';

const GO = { goTemplate: true };
const REPO = 'https://git.example/infra';

function cluster(name: string, more: Partial<ClusterInfo> = {}): ClusterInfo {
  return { name, server: `https://${name}.example`, labels: {}, annotations: {}, ...more };
}

describe('list', () => {
  it('gives texts, and those of values with their prefix', async () => {
    const elements = [{ cluster: 'a', values: { region: 'eu' } }, { cluster: 'b' }];
    expect(await paramsOf({ list: { elements } })).toEqual([{ cluster: 'a', 'values.region': 'eu' }, { cluster: 'b' }]);
  });

  it('gives everything as it is with Go templates', async () => {
    const elements = [{ n: 1, deep: { list: [true] } }];
    expect(await paramsOf({ list: { elements } }, {}, GO)).toEqual(elements);
  });

  it('adds what elementsYaml holds', async () => {
    const list = { elements: [{ a: '1' }], elementsYaml: '- a: "2"\n- {a: "3", b: [x]}\n' };
    expect(await paramsOf({ list }, {}, GO)).toEqual([{ a: '1' }, { a: '2' }, { a: '3', b: ['x'] }]);
  });

  it('fills elementsYaml in from the first generator of a matrix', async () => {
    const first = { list: { elements: [{ teams: ['red', 'blue'] }] } };
    const second = { list: { elementsYaml: '{{ range .teams }}\n- team: {{ . }}\n{{ end }}' } };
    const made = await paramsOf({ matrix: { generators: [first, second] } }, {}, GO);
    expect(made.map(({ team }) => team)).toEqual(['red', 'blue']);
  });

  it.each([
    [
      { elements: [{ replicas: 3 }] },
      'spec.generators[0].list.elements[0].replicas: error parsing value as string: it is none',
    ],
    [
      { elements: [{ values: 'x' }] },
      'spec.generators[0].list.elements[0].values: error parsing values map: it is none',
    ],
    [
      { elements: [{ values: { a: 1 } }] },
      'spec.generators[0].list.elements[0].values.a: error parsing value as string: it is none',
    ],
    [
      { elementsYaml: 'a: 1' },
      'spec.generators[0].list.elementsYaml: error unmarshling decoded ElementsYaml: it is no list of objects',
    ],
    [{ elementsYaml: '- a: [' }, 'spec.generators[0].list.elementsYaml: error unmarshling decoded ElementsYaml: 1:7'],
  ])('tells of %j', async (list, message) => {
    const generated = await generate({ generators: [{ list }] });
    expect(generated.failure).toBe('ApplicationParamsGenerationError');
    expect(messages(generated)[0]).toContain(message);
  });
});

describe('clusters', () => {
  const world: MemorySources = {
    clusters: [
      { ...cluster('in-cluster'), server: 'https://kubernetes.default.svc', isImplicit: true },
      cluster('Prod_1', { labels: { env: 'prod' }, annotations: { owner: 'ops' }, project: 'shop' }),
      cluster('dev', { labels: { env: 'dev' } }),
    ],
  };

  it('gives all, that of Sekisho itself too', async () => {
    expect(await paramsOf({ clusters: {} }, world)).toEqual([
      { name: 'in-cluster', nameNormalized: 'in-cluster', server: 'https://kubernetes.default.svc', project: '' },
      {
        name: 'Prod_1',
        nameNormalized: 'prod-1',
        server: 'https://Prod_1.example',
        project: 'shop',
        'metadata.labels.env': 'prod',
        'metadata.annotations.owner': 'ops',
      },
      { name: 'dev', nameNormalized: 'dev', server: 'https://dev.example', project: '', 'metadata.labels.env': 'dev' },
    ]);
  });

  it.each([
    [{ matchLabels: { env: 'prod' } }, ['Prod_1']],
    [{ matchExpressions: [{ key: 'env', operator: 'In', values: ['dev', 'test'] }] }, ['dev']],
    // One without a Secret has no labels to be without.
    [{ matchExpressions: [{ key: 'env', operator: 'NotIn', values: ['dev'] }] }, ['Prod_1']],
    [{ matchExpressions: [{ key: 'env', operator: 'Exists' }] }, ['Prod_1', 'dev']],
    [{ matchExpressions: [{ key: 'env', operator: 'DoesNotExist' }] }, []],
    [{}, ['in-cluster', 'Prod_1', 'dev']],
  ])('selects %j', async (selector, names) => {
    expect((await paramsOf({ clusters: { selector } }, world)).map(({ name }) => name)).toEqual(names);
  });

  it('gives labels and annotations as maps with Go templates', async () => {
    const [, made] = await paramsOf({ clusters: {} }, world, GO);
    expect(made).toMatchObject({ metadata: { labels: { env: 'prod' }, annotations: { owner: 'ops' } } });
  });

  it('renders values from what it knows of the cluster, but not from each other', async () => {
    const clusters = {
      selector: { matchLabels: { env: 'dev' } },
      values: { host: '{{name}}.{{metadata.labels.env}}', other: '{{values.host}}' },
    };
    expect(await paramsOf({ clusters }, world)).toMatchObject([
      { 'values.host': 'dev.dev', 'values.other': '{{values.host}}' },
    ]);
  });

  it('gives one set with all of them as a flat list', async () => {
    const made = await paramsOf({ clusters: { flatList: true } }, world, GO);
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({ clusters: [{ name: 'in-cluster' }, { name: 'Prod_1' }, { name: 'dev' }] });
  });
});

describe('git directories', () => {
  const files = [
    'README.md',
    'apps/web/a.yaml',
    'apps/web/base/b.yaml',
    'apps/API_v2/a.yaml',
    'apps/.hidden/a.yaml',
    'infra/dns/a.yaml',
    'infra/{x}/a.yaml',
  ];
  const world = { repositories: { [REPO]: { '': Object.fromEntries(files.map((path) => [path, ''])) } } };
  const directories = (rules: readonly unknown[]) => ({ git: { repoURL: REPO, revision: 'HEAD', directories: rules } });

  it.each([
    [[{ path: 'apps/*' }], ['apps/API_v2', 'apps/web']],
    [[{ path: '*' }], ['apps', 'infra']],
    [
      [{ path: '*/*' }, { path: 'infra/*', exclude: true }],
      ['apps/API_v2', 'apps/web'],
    ],
    [[{ path: 'apps/web', exclude: true }, { path: 'apps/*' }], ['apps/API_v2']],
    // Two stars are no more than one.
    [[{ path: 'apps/**' }], ['apps/API_v2', 'apps/web']],
    [[{ path: 'apps/*/*' }], ['apps/web/base']],
    [[{ path: 'apps/[a-z]*' }], ['apps/web']],
    [[{ path: 'infra/{x}' }], ['infra/{x}']],
    [[{ path: 'apps/.hidden' }], []],
    [[{ path: 'nowhere/*' }], []],
    [[{ path: 'apps/web', exclude: true }], []],
  ])('matches %j', async (rules, paths) => {
    expect((await paramsOf(directories(rules), world)).map(({ path }) => path)).toEqual(paths);
  });

  it('names what the path consists of', async () => {
    expect(await paramsOf(directories([{ path: 'apps/A*' }]), world)).toEqual([
      {
        path: 'apps/API_v2',
        'path.basename': 'API_v2',
        'path.basenameNormalized': 'api-v2',
        'path[0]': 'apps',
        'path[1]': 'API_v2',
      },
    ]);
  });

  it('does so under a prefix, and in a map with Go templates', async () => {
    const { git } = directories([{ path: 'apps/web' }]);
    const place = { path: 'apps/web', basename: 'web', basenameNormalized: 'web', segments: ['apps', 'web'] };
    expect(await paramsOf({ git }, world, GO)).toEqual([{ path: place }]);
    const prefixed = { git: { ...git, pathParamPrefix: 'app' } };
    expect(await paramsOf(prefixed, world, GO)).toEqual([{ app: { path: place } }]);
    expect(await paramsOf(prefixed, world)).toMatchObject([{ 'app.path': 'apps/web', 'app.path[1]': 'web' }]);
  });

  it('says that a pattern is malformed, and that there is too much to look at', async () => {
    const malformed = await generate({ generators: [directories([{ path: 'apps/[' }])] }, world);
    expect(messages(malformed)).toEqual([
      'spec.generators[0].git.directories[0].path: "apps/[": syntax error in pattern',
    ]);
    const large = await generate({ generators: [directories([{ path: '*/*' }])] }, world, { limits: { maxPaths: 3 } });
    expect(messages(large)).toEqual(['spec.generators[0].git: more than 3 files and directories to look at']);
    expect(large.diagnostics[0]?.hint).toContain('apps/*');
  });

  it('opens each revision of a repository once, and tells which it read', async () => {
    const generators = [directories([{ path: 'apps/*' }]), directories([{ path: 'infra/*' }])];
    const generated = await generate(
      { generators, template: { metadata: { name: '{{path.basenameNormalized}}' } } },
      world,
    );
    expect(generated.repositories).toEqual([{ repoURL: REPO, revision: 'HEAD' }]);
    expect(generated.requeueAfterSeconds).toBe(180);
  });
});

describe('git files', () => {
  const tree = {
    'clusters/a/config.json': '{"cluster": {"name": "a", "size": 3, "zones": ["z1", "z2"]}, "big": 12000000}',
    'clusters/b/config.json': '[{"cluster": {"name": "b1"}}, {"cluster": {"name": "b2"}}]',
    'clusters/b/Deep.Dir/x.yaml': 'cluster:\n  name: deep\n  empty: {}\n  nothing: null\n',
    'clusters/empty.yaml': '# nothing\n',
    'top.yaml': 'cluster: {name: top}\n',
    'broken/syntax.yaml': 'a: [1,\n b: }\n',
    'broken/text.yaml': 'just text\n',
  };
  const world = { repositories: { [REPO]: { '': tree } } };
  const files = (...rules: readonly unknown[]) => ({
    git: {
      repoURL: REPO,
      revision: 'main',
      files: rules.map((rule) => (typeof rule === 'string' ? { path: rule } : rule)),
    },
  });

  it('flattens objects, and a list gives a set for each of its items', async () => {
    expect(await paramsOf(files('clusters/*/config.json'), world)).toMatchObject([
      {
        'cluster.name': 'a',
        'cluster.size': '3',
        'cluster.zones.0': 'z1',
        'cluster.zones.1': 'z2',
        // As Go prints a float64.
        big: '1.2e+07',
        path: 'clusters/a',
        'path.basename': 'a',
        'path.filename': 'config.json',
        'path.filenameNormalized': 'config.json',
        'path[0]': 'clusters',
      },
      { 'cluster.name': 'b1', path: 'clusters/b' },
      { 'cluster.name': 'b2', path: 'clusters/b' },
    ]);
  });

  it.each([
    // In git a star goes over slashes.
    [['clusters/*.yaml'], ['clusters', 'clusters/b/Deep.Dir']],
    [['clusters/**/config.json'], ['clusters/a', 'clusters/b', 'clusters/b']],
    [['clusters/b'], ['clusters/b/Deep.Dir', 'clusters/b', 'clusters/b']],
    [['top.yaml'], ['.']],
    [
      ['clusters/*', { path: 'clusters/b/*', exclude: true }],
      ['clusters/a', 'clusters'],
    ],
    [['clusters/a/config.json', 'clusters/a/*'], ['clusters/a']],
    [['*/config.js'], []],
  ])('matches %j', async (rules, paths) => {
    const made = await paramsOf(files(...rules), world);
    expect(made.map(({ path }) => path).toSorted()).toEqual(paths.toSorted());
  });

  it('keeps objects with Go templates, and adds the path to them', async () => {
    const [made] = await paramsOf(files('clusters/b/Deep.Dir/x.yaml'), world, GO);
    expect(made).toEqual({
      cluster: { name: 'deep', empty: {}, nothing: null },
      path: {
        path: 'clusters/b/Deep.Dir',
        basename: 'Deep.Dir',
        basenameNormalized: 'deep.dir',
        filename: 'x.yaml',
        filenameNormalized: 'x.yaml',
        segments: ['clusters', 'b', 'Deep.Dir'],
      },
    });
  });

  it('takes a file without anything in it for an empty object', async () => {
    expect(await paramsOf(files('clusters/empty.yaml'), world)).toMatchObject([{ 'path.filename': 'empty.yaml' }]);
  });

  it.each([
    ['broken/syntax.yaml', /^spec\.generators\[0\]\.git: unable to process file 'broken\/syntax\.yaml:2:\d+'/],
    [
      'broken/text.yaml',
      /unable to process file 'broken\/text\.yaml': it holds neither an object nor a list of objects/,
    ],
  ])('tells where %s is broken', async (path, message) => {
    expect(messages(await generate({ generators: [files(path)] }, world))[0]).toMatch(message);
  });

  it('reads no file that is larger than the limit', async () => {
    const generated = await generate({ generators: [files('top.yaml')] }, world, { limits: { maxFileBytes: 5 } });
    expect(generated.failure).toBe('ApplicationParamsGenerationError');
    const all = await generate({ generators: [files('clusters/*')] }, world, { limits: { maxBytes: 100 } });
    expect(messages(all)).toEqual(['spec.generators[0].git: its files are larger than 100 bytes']);
    const many = await generate({ generators: [files('clusters/*')] }, world, { limits: { maxParameterSets: 2 } });
    expect(messages(many)).toEqual(['spec.generators[0].git: matches more than 2 files']);
  });

  it('says that a repository is not there', async () => {
    const generated = await generate({ generators: [files('x')] });
    expect(messages(generated)).toEqual([
      `spec.generators[0].git: there is no repository ${REPO} with the revision "main"`,
    ]);
  });
});

describe('scmProvider', () => {
  function repository(name: string, branch: string, more: object = {}): ScmRepository & { paths?: string[] } {
    return {
      organization: 'org',
      repository: name,
      repositoryId: 7,
      url: `https://git.example/org/${name}`,
      branch,
      sha: `${name}-${branch}-0123456789`,
      labels: [],
      ...more,
    };
  }
  const scm = [
    repository('shop-web', 'main', { labels: ['deploy', 'go'], paths: ['chart/Chart.yaml'] }),
    repository('shop-web', 'feature/X', { labels: ['deploy', 'go'] }),
    repository('shop-api', 'main', { paths: ['kustomize/base/kustomization.yaml', 'OLD'] }),
    repository('docs', 'main'),
  ];

  it('gives a set for each repository and branch', async () => {
    const [made] = await paramsOf({ scmProvider: { github: { organization: 'org' } } }, { scm });
    expect(made).toEqual({
      organization: 'org',
      repository: 'shop-web',
      repository_id: 7n,
      url: 'https://git.example/org/shop-web',
      branch: 'main',
      sha: 'shop-web-main-0123456789',
      short_sha: 'shop-web',
      short_sha_7: 'shop-we',
      labels: 'deploy,go',
      branchNormalized: 'main',
    });
  });

  it.each([
    [[], ['shop-web main', 'shop-web feature/X', 'shop-api main', 'docs main']],
    [[{ repositoryMatch: '^shop-' }], ['shop-web main', 'shop-web feature/X', 'shop-api main']],
    [[{ labelMatch: 'deploy' }], ['shop-web main', 'shop-web feature/X']],
    [[{ branchMatch: 'main' }], ['shop-web main', 'shop-api main', 'docs main']],
    [[{ pathsExist: ['chart/'] }], ['shop-web main']],
    [[{ repositoryMatch: 'shop', pathsDoNotExist: ['OLD'] }], ['shop-web main', 'shop-web feature/X']],
    [
      [{ pathsExist: ['chart'] }, { pathsExist: ['kustomize/base'] }],
      ['shop-web main', 'shop-api main'],
    ],
    [[{ repositoryMatch: 'nobody' }], []],
  ])('filters by %j', async (filters, names) => {
    const made = await paramsOf({ scmProvider: { gitea: {}, filters } }, { scm });
    expect(made.map(({ repository, branch }) => `${repository} ${branch}`)).toEqual(names);
  });
});

describe('pullRequest', () => {
  function pull(number: number, more: Partial<PullRequestInfo> = {}): PullRequestInfo {
    return {
      number,
      title: `Change ${number}`,
      branch: 'feature/Größe_and@home',
      targetBranch: 'main',
      headSha: '0123456789abcdef',
      labels: ['preview'],
      author: 'ann',
      ...more,
    };
  }
  const world = { pullRequests: () => [pull(1), pull(2, { branch: 'fix', targetBranch: 'v1', title: 'hot: x' })] };

  it('gives a set for each of them', async () => {
    expect((await paramsOf({ pullRequest: { github: {} } }, world))[0]).toEqual({
      number: '1',
      title: 'Change 1',
      branch: 'feature/Größe_and@home',
      branch_slug: 'feature-grosse-andathome',
      target_branch: 'main',
      target_branch_slug: 'main',
      head_sha: '0123456789abcdef',
      head_short_sha: '01234567',
      head_short_sha_7: '0123456',
      author: 'ann',
    });
    expect((await paramsOf({ pullRequest: { github: {} } }, world, GO))[0]).toMatchObject({ labels: ['preview'] });
  });

  it.each([
    [[{ branchMatch: '^feature' }], ['1']],
    [[{ targetBranchMatch: 'v\\d' }], ['2']],
    [[{ branchMatch: 'fix', targetBranchMatch: 'main' }], []],
    [
      [{ titleMatch: '^hot:' }, { branchMatch: 'feature' }],
      ['1', '2'],
    ],
  ])('filters by %j', async (filters, numbers) => {
    const made = await paramsOf({ pullRequest: { gitlab: {}, filters } }, world);
    expect(made.map(({ number }) => number)).toEqual(numbers);
  });

  it('hands on what the generator says of its provider', async () => {
    const asked: unknown[] = [];
    await paramsOf(
      {
        matrix: {
          generators: [{ list: { elements: [{ org: 'acme' }] } }, { pullRequest: { github: { owner: '{{org}}' } } }],
        },
      },
      {
        pullRequests: (request) => {
          asked.push(request);
          return [];
        },
      },
    );
    expect(asked).toEqual([{ provider: 'github', settings: { owner: 'acme' }, cloneProtocol: '' }]);
  });
});

describe('plugin', () => {
  const generator = {
    plugin: { configMapRef: { name: 'svc' }, input: { parameters: { key: 'v' } }, values: { x: '{{a.b}}' } },
  };

  it('gives what the service answers, with the question', async () => {
    const asked: unknown[] = [];
    const plugin = (request: unknown) => asked.push(request) && [{ a: { b: 2 } }];
    expect(await paramsOf(generator, { plugin } as MemorySources)).toEqual([
      { 'a.b': '2', generator: { input: { parameters: { key: 'v' } } }, 'values.x': '2' },
    ]);
    expect(asked).toEqual([{ configMap: 'svc', parameters: { key: 'v' }, applicationSet: 'fleet' }]);
  });
});

describe('clusterDecisionResource', () => {
  it('gives the clusters that are known here', async () => {
    const clusterDecisions = {
      matchKey: 'clusterName',
      decisions: [{ clusterName: 'dev', reason: 'near' }, { clusterName: 'gone' }, { other: 'x' }],
    };
    const world = { clusters: [cluster('dev')], clusterDecisions };
    const generator = {
      clusterDecisionResource: { configMapRef: 'placement', name: 'p', values: { y: '{{reason}}' } },
    };
    expect(await paramsOf(generator, world)).toEqual([
      { name: 'dev', server: 'https://dev.example', clusterName: 'dev', reason: 'near', 'values.y': 'near' },
    ]);
  });
});

describe('selector', () => {
  const elements = yaml(`
- {app: web, url: "https://a:6443", deep: {env: prod, size: 3}}
- {app: api, url: "https://b:6443", deep: {env: dev, size: 4}}
`) as unknown as unknown[];

  it.each([
    [{ matchLabels: { app: 'web' } }, ['web']],
    [{ matchLabels: { 'deep.env': 'dev' } }, ['api']],
    [{ matchLabels: { 'deep.size': '3' } }, ['web']],
    [{ matchExpressions: [{ key: 'url', operator: 'In', values: ['https://b:6443'] }] }, ['api']],
    [{ matchExpressions: [{ key: 'missing', operator: 'DoesNotExist' }] }, ['web', 'api']],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, ['api']],
  ])('takes the sets that %j matches', async (selector, apps) => {
    const made = await paramsOf({ list: { elements }, selector }, {}, GO);
    expect(made.map(({ app }) => app)).toEqual(apps);
  });

  it('applies within a matrix, too', async () => {
    const generators = [
      { list: { elements }, selector: { matchLabels: { app: 'api' } } },
      { list: { elements: [{ z: '1' }, { z: '2' }] }, selector: { matchLabels: { z: '2' } } },
    ];
    expect(await paramsOf({ matrix: { generators } }, {}, GO)).toMatchObject([{ app: 'api', z: '2' }]);
  });
});

import { describe, expect, it } from 'vitest';
import { type BuildOptions, buildKustomization, type SourceFiles } from './index.ts';

function filesOf(texts: Readonly<Record<string, string>>): SourceFiles {
  const isFolder = (path: string) => Object.keys(texts).some((name) => path === '' || name.startsWith(`${path}/`));
  return {
    read: async (path) => (Object.hasOwn(texts, path) ? new TextEncoder().encode(texts[path]) : undefined),
    list: async (path) => (isFolder(path) ? [] : undefined),
  };
}

const SERVICE =
  'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n';
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - {name: a, image: "nginx:1"}
      - {name: b, image: "reg.io:5000/x@sha256:1"}
`;

function build(kustomization: string, more: Record<string, string> = {}, options: BuildOptions = {}) {
  return buildKustomization(filesOf({ 'kustomization.yaml': kustomization, ...more }), '', options);
}

async function built(kustomization: string, more: Record<string, string> = {}): Promise<string> {
  const { text, diagnostics } = await build(kustomization, more);
  expect(diagnostics).toEqual([]);
  return text;
}

async function fault(kustomization: string, more: Record<string, string> = {}, options: BuildOptions = {}) {
  const { diagnostics, text } = await build(kustomization, more, options);
  expect(text).toBe('');
  expect(diagnostics).toHaveLength(1);
  return diagnostics[0];
}

const both = { 'svc.yaml': SERVICE, 'dep.yaml': DEPLOYMENT };
const RESOURCES = 'resources: [svc.yaml, dep.yaml]\n';

describe('transformers', () => {
  it.each([
    ['namePrefix: p-', 'name: p-web'],
    ['nameSuffix: -s', 'name: web-s'],
    ['namespace: ns', 'namespace: ns'],
    ['commonLabels: {team: a}', '  selector:\n    app: web\n    team: a'],
    ['labels: [{pairs: {team: a}}]', '  labels:\n    team: a\n  name: web'],
    ['commonAnnotations: {k: v}', '  annotations:\n    k: v'],
    ['images: [{name: nginx, newTag: "2"}]', 'image: nginx:2'],
    ['images: [{name: "reg.io:5000/x", newName: z, digest: "sha256:2"}]', 'image: z@sha256:2'],
    ['replicas: [{name: web, count: 3}]', 'replicas: 3'],
    ['buildMetadata: [originAnnotations]', 'config.kubernetes.io/origin: |\n      path: svc.yaml'],
    ['buildMetadata: [managedByLabel]', 'app.kubernetes.io/managed-by: kustomize-v5.7.1'],
    [
      'patches: [{target: {kind: Dep.*}, patch: "- {op: add, path: /spec/x, value: 1}"}]',
      'spec:\n  template:\n    spec:\n      containers:\n      - image: nginx:1\n        name: a\n      - image: reg.io:5000/x@sha256:1\n        name: b\n  x: 1',
    ],
    [
      'replacements: [{source: {kind: Service, fieldPath: "spec.ports.0.port"}, targets: [{select: {kind: Deployment}, fieldPaths: [spec.replicas], options: {create: true}}]}]',
      'replicas: 80',
    ],
  ])('%s', async (field, wanted) => {
    expect(await built(`${RESOURCES}${field}\n`, both)).toContain(wanted);
  });

  it('merges lists by their keys, the elements of the patch first', async () => {
    const patch = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - {name: c, image: new}
      - {name: b, args: [x]}
      - {name: a, $patch: delete}
`;
    const text = await built(`${RESOURCES}patches: [{path: p.yaml}]\n`, { ...both, 'p.yaml': patch });
    expect(text).toContain(
      'containers:\n      - image: new\n        name: c\n      - args:\n        - x\n        image: reg.io:5000/x@sha256:1\n        name: b\n',
    );
    expect(text).not.toContain('name: a\n');
  });

  it('gives generated names a hash, and references follow', async () => {
    const pod = `apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: c, envFrom: [{configMapRef: {name: cm}}]}]}
`;
    const kustomization = 'namePrefix: x-\nresources: [p.yaml]\nconfigMapGenerator: [{name: cm, literals: [a=b]}]\n';
    const text = await built(kustomization, { 'p.yaml': pod });
    const [, name] = /^ {2}name: (x-cm-[a-z0-9]{10})$/m.exec(text) ?? [];
    expect(name).toBeDefined();
    expect(text).toContain(`name: ${name}\n    name: c`);
  });

  it('tells what is deprecated', async () => {
    const { warnings } = await build('bases: [base]\n', {
      'base/kustomization.yaml': 'resources: [s.yaml]\n',
      'base/s.yaml': SERVICE,
    });
    expect(warnings).toEqual([
      "# Warning: 'bases' is deprecated. Please use 'resources' instead. Run 'kustomize edit fix' to update your Kustomization automatically.",
    ]);
  });

  it('gives the objects with their origins, and all paths that were looked for', async () => {
    const { manifests, reads } = await build(RESOURCES, { ...both, 'svc.yaml': `# first\n${SERVICE}` });
    expect(manifests.map(({ origin }) => origin)).toEqual([
      { file: 'svc.yaml', line: 2, column: 1 },
      { file: 'dep.yaml', line: 1, column: 1 },
    ]);
    expect(reads).toEqual(expect.arrayContaining(['kustomization.yaml', 'kustomization.yml', 'svc.yaml', 'dep.yaml']));
  });
});

describe('bad input', () => {
  it.each([
    [
      'a missing file',
      'resources: [nope.yaml]\n',
      {},
      'KUSTOMIZE_FILE_MISSING',
      /lstat \/nope\.yaml: no such file or directory$/,
    ],
    [
      'an absolute path',
      'resources: [/etc/passwd]\n',
      {},
      'KUSTOMIZE_BUILD',
      /new root '\/etc\/passwd' cannot be absolute$/,
    ],
    [
      'a path out of the tree',
      'resources: [../../x.yaml]\n',
      {},
      'KUSTOMIZE_PATH_ESCAPE',
      /outside of the repository$/,
    ],
    [
      'a generator that reads elsewhere',
      'configMapGenerator: [{name: a, files: [../x]}]\n',
      {},
      'KUSTOMIZE_PATH_ESCAPE',
      /^loading KV pairs: file sources: \[\.\.\/x\]: security; file/,
    ],
    [
      'a cycle',
      'resources: [b]\n',
      { 'b/kustomization.yaml': 'resources: [../b]\n' },
      'KUSTOMIZE_CYCLE',
      /cycle detected/,
    ],
    ['an unknown field', 'foo: 1\n', {}, 'KUSTOMIZATION_INVALID', /^invalid Kustomization: json: unknown field "foo"$/],
    [
      'a wrong type',
      'namePrefix: 1\n',
      {},
      'KUSTOMIZATION_INVALID',
      /cannot unmarshal number into Go struct field Kustomization\.namePrefix of type string$/,
    ],
    ['broken YAML', 'resources: [a\n', {}, 'KUSTOMIZATION_INVALID', /^invalid Kustomization: yaml: line 2/],
    ['nothing at all', '', {}, 'KUSTOMIZE_BUILD', /is empty$/],
    [
      'a patch that meets nothing',
      `${RESOURCES}patches: [{patch: "{apiVersion: v1, kind: Service, metadata: {name: zz}}"}]\n`,
      both,
      'KUSTOMIZE_PATCH_TARGET',
      /failed to find unique target for patch Service\.v1\.\[noGrp\]\/zz\.\[noNs\]$/,
    ],
    [
      'a patch that is none',
      `${RESOURCES}patches: [{patch: "foo"}]\n`,
      both,
      'KUSTOMIZE_PATCH_INVALID',
      /unable to parse SM or JSON patch/,
    ],
    [
      'a resource twice',
      'resources: [svc.yaml, b.yaml]\n',
      { 'svc.yaml': SERVICE, 'b.yaml': SERVICE },
      'KUSTOMIZE_BUILD',
      /may not add resource with an already registered id: Service\.v1\.\[noGrp\]\/web\.\[noNs\]$/,
    ],
    [
      'a resource without a name',
      'resources: [r.yaml]\n',
      { 'r.yaml': 'apiVersion: v1\nkind: A\n' },
      'KUSTOMIZE_FILE_MISSING',
      /missing metadata\.name in object/,
    ],
    [
      'a remote resource',
      'resources: ["https://example.com/x.yaml"]\n',
      {},
      'KUSTOMIZE_REMOTE_REFUSED',
      /is not allowed$/,
    ],
    ['a chart', 'helmCharts: [{name: x}]\n', {}, 'KUSTOMIZE_BUILD', /must specify --enable-helm$/],
    [
      'a container function',
      'transformers: [t.yaml]\n',
      {
        't.yaml':
          'apiVersion: v1\nkind: F\nmetadata: {name: f, annotations: {config.kubernetes.io/function: "container: {image: x}"}}\n',
      },
      'KUSTOMIZE_PLUGIN_REFUSED',
      /are not run/,
    ],
    [
      'an external plugin',
      'transformers: [t.yaml]\n',
      { 't.yaml': 'apiVersion: x/v1\nkind: F\nmetadata: {name: f}\n' },
      'KUSTOMIZE_PLUGIN_REFUSED',
      /external plugins disabled/,
    ],
    [
      'a key twice',
      'resources: [r.yaml]\n',
      { 'r.yaml': `${SERVICE}kind: B\n` },
      'KUSTOMIZE_BUILD',
      /mapping key "kind" already defined at line 2$/,
    ],
  ] as const)('%s', async (_name, kustomization, more, code, message) => {
    const diagnostic = await fault(kustomization, more);
    expect(diagnostic?.message).toMatch(message);
    expect(diagnostic?.code).toBe(code);
    expect(diagnostic?.origin?.file).toBeDefined();
  });

  it('bounds aliases that explode', async () => {
    let text = 'apiVersion: v1\nkind: A\nmetadata: {name: a}\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n';
    for (let level = 1; level < 10; level++) {
      const alias = `*a${level - 1}`;
      text += `a${level}: &a${level} [${Array(10).fill(alias).join(', ')}]\n`;
    }
    const diagnostic = await fault('resources: [r.yaml]\n', { 'r.yaml': text }, { limits: { maxNodes: 50_000 } });
    expect(diagnostic?.message).toContain('document contains excessive aliasing');
  });

  it('bounds nesting, files, resources and output', async () => {
    const deep = `apiVersion: v1\nkind: A\nmetadata: {name: a}\nx: ${'['.repeat(300)}${']'.repeat(300)}\n`;
    expect((await fault('resources: [r.yaml]\n', { 'r.yaml': deep }))?.message).toContain('exceeded max depth');
    for (const limits of [{ maxFileBytes: 40 }, { maxResources: 1 }, { maxOutput: 50 }, { maxKustomizations: 0 }]) {
      expect((await fault(RESOURCES, both, { limits }))?.code).toBe('KUSTOMIZE_LIMIT');
    }
  });

  it('stops at the signal', async () => {
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(build(RESOURCES, both, { signal })).rejects.toThrow('stop');
  });
});

describe('charts', () => {
  const chart = {
    'charts/c/values.yaml': 'word: own\ndeep: {a: 1, b: 2}\n',
    'extra.yaml': 'word: extra\n',
  };
  const object = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made}\n';

  /** What the renderer is asked for. */
  async function asked(entry: string): Promise<Record<string, unknown>> {
    const requests: Record<string, unknown>[] = [];
    const { diagnostics, text } = await build(`namePrefix: p-\nhelmCharts: [${entry}]\n`, chart, {
      enableHelm: true,
      renderChart: async ({ files: _, ...request }) => {
        requests.push(request);
        return { text: object, diagnostics: [] };
      },
    });
    expect(diagnostics).toEqual([]);
    expect(text).toContain('name: p-made');
    return requests[0] ?? {};
  }

  it.each([
    [
      '{name: c}',
      { path: 'charts/c', values: [{ file: 'charts/c/values.yaml', text: chart['charts/c/values.yaml'] }] },
    ],
    ['{name: c, version: "1", repo: x}', { path: 'charts/c-1/c', values: [] }],
    ['{name: c, valuesFile: extra.yaml}', { values: [{ file: 'extra.yaml', text: 'word: extra\n' }] }],
    [
      '{name: c, valuesInline: {deep: {a: 0, b: null}}}',
      { values: [{ values: { word: 'own', deep: { a: 0, b: 2 } } }] },
    ],
    [
      '{name: c, valuesMerge: merge, valuesInline: {word: in, deep: {c: 3}}}',
      { values: [{ values: { word: 'own', deep: { a: 1, b: 2, c: 3 } } }] },
    ],
    ['{name: c, valuesMerge: replace, valuesInline: {word: in}}', { values: [{ values: { word: 'in' } }] }],
  ])('%s', async (entry, wanted) => {
    expect(await asked(entry)).toMatchObject(wanted);
  });

  it('a fault of a chart ends the build with its own place', async () => {
    const { diagnostics } = await build('helmCharts: [{name: c}]\n', chart, {
      enableHelm: true,
      renderChart: async () => ({
        text: '',
        diagnostics: [
          { code: 'TEMPLATE_FAILED', severity: 'error', message: 'no', origin: { file: 'charts/c/x', line: 3 } },
        ],
      }),
    });
    expect(diagnostics).toEqual([
      {
        code: 'TEMPLATE_FAILED',
        severity: 'error',
        message: "could not render chart 'c': no",
        origin: { file: 'charts/c/x', line: 3 },
      },
    ]);
  });
});

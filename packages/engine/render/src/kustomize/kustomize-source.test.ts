import { describe, expect, test } from 'vitest';
import { type KustomizeSource, type MemoryFile, memoryTree, type RenderOptions, render } from '../index.ts';

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: a, image: "nginx:1"}, {name: b, image: "reg.io/x:2"}]
`;
const TREE = {
  'base/kustomization.yaml': 'resources: [web.yaml]\n',
  'base/web.yaml': DEPLOYMENT,
  'app/kustomization.yaml':
    'resources: [../base]\nnamePrefix: old-\nimages: [{name: nginx, newTag: "7"}]\ncommonAnnotations: {a: "1"}\n',
  'app/extra/kustomization.yaml': 'kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nnameSuffix: -extra\n',
};

async function run(
  kustomize: KustomizeSource,
  files: Record<string, MemoryFile> = TREE,
  options: Partial<RenderOptions> = {},
) {
  const application = { name: 'shop' };
  return render(memoryTree(files), { path: 'app', kustomize, application, revision: 'abcdef0123456', ...options });
}

/** The one object; fails on any fault. */
async function object(kustomize: KustomizeSource, options: Partial<RenderOptions> = {}): Promise<unknown> {
  const { manifests, diagnostics } = await run(kustomize, TREE, options);
  expect(diagnostics).toEqual([]);
  return manifests[0]?.object;
}

const images = (...names: string[]) => ({
  spec: { template: { spec: { containers: names.map((image) => ({ image })) } } },
});

describe('source.kustomize changes the kustomization as kustomize edit does', () => {
  test.each<[string, KustomizeSource, object]>([
    ['nothing', {}, { metadata: { name: 'old-web', annotations: { a: '1' } } }],
    ['namePrefix in the place of its own', { namePrefix: 'new-' }, { metadata: { name: 'new-web' } }],
    ['nameSuffix', { nameSuffix: '-x' }, { metadata: { name: 'old-web-x' } }],
    ['namespace', { namespace: 'shop' }, { metadata: { namespace: 'shop' } }],
    ['an image with a tag', { images: ['nginx:8'] }, images('nginx:8', 'reg.io/x:2')],
    ['an image with a digest', { images: ['reg.io/x@sha256:aa'] }, images('nginx:7', 'reg.io/x@sha256:aa')],
    ['an image by another name', { images: ['nginx=reg.io:5000/n'] }, images('reg.io:5000/n:1', 'reg.io/x:2')],
    ['another name, the tag that is there', { images: ['nginx=n:*'] }, images('n:7', 'reg.io/x:2')],
    ['a variable in an image', { images: ['nginx:$ARGOCD_APP_REVISION_SHORT'] }, images('nginx:abcdef0', 'reg.io/x:2')],
    ['replicas', { replicas: [{ name: 'web', count: '3' }] }, { spec: { replicas: 3 } }],
    [
      'labels, selectors too',
      { commonLabels: { team: '$ARGOCD_APP_NAME' } },
      { metadata: { labels: { team: 'shop' } }, spec: { selector: { matchLabels: { app: 'web', team: 'shop' } } } },
    ],
    [
      'labels without selectors, but in templates',
      { commonLabels: { team: 'a' }, labelWithoutSelector: true, labelIncludeTemplates: true },
      {
        metadata: { labels: { team: 'a' } },
        spec: {
          selector: { matchLabels: { app: 'web' } },
          template: { metadata: { labels: { app: 'web', team: 'a' } } },
        },
      },
    ],
    ['annotations as they are', { commonAnnotations: { b: '$X' } }, { metadata: { annotations: { a: '1', b: '$X' } } }],
    [
      'annotations with variables, by force',
      { commonAnnotations: { a: '$ARGOCD_APP_NAME$$' }, commonAnnotationsEnvsubst: true, forceCommonAnnotations: true },
      { metadata: { annotations: { a: 'shop$' } } },
    ],
    ['components', { components: ['extra'] }, { metadata: { name: 'old-web-extra' } }],
    [
      'components that may be missing',
      { components: ['none', 'extra'], ignoreMissingComponents: true },
      { metadata: { name: 'old-web-extra' } },
    ],
    [
      'patches',
      {
        patches: [
          { target: { kind: 'Deployment' }, patch: '- {op: replace, path: /spec/replicas, value: 5}' },
          { target: { kind: 'Service' }, patch: '- {op: remove, path: /spec}' },
        ],
      },
      { spec: { replicas: 5 } },
    ],
  ])('%s', async (_title, kustomize, expected) => {
    expect(await object(kustomize)).toMatchObject(expected);
  });

  test.each<[string, KustomizeSource, string, RegExp]>([
    [
      'an annotation that is there',
      { commonAnnotations: { a: '2' } },
      'RENDER_KUSTOMIZE_OPTIONS',
      /annotation a already/,
    ],
    ['no image', { images: ['nginx'] }, 'RENDER_KUSTOMIZE_OPTIONS', /invalid format of image "nginx"/],
    ['no number', { replicas: [{ name: 'web', count: 'x' }] }, 'RENDER_KUSTOMIZE_OPTIONS', /integer value .* web/],
    [
      'labels in templates alone',
      { commonLabels: { a: 'b' }, labelIncludeTemplates: true },
      'RENDER_KUSTOMIZE_OPTIONS',
      /needs labelWithoutSelector/,
    ],
    ['a component that is missing', { components: ['none'] }, 'KUSTOMIZE_FILE_MISSING', /none/],
  ])('%s is one fault', async (_title, kustomize, code, message) => {
    const { manifests, diagnostics } = await run(kustomize);
    expect(manifests).toEqual([]);
    expect(diagnostics).toMatchObject([{ code, message: expect.stringMatching(message) }]);
  });
});

describe('a kustomization', () => {
  test('tells file, repository and revision of objects and faults', async () => {
    const place = { repo: 'https://x/y', revision: 'abc' };
    const { manifests } = await run({}, TREE, place);
    expect(manifests[0]?.origin).toMatchObject({ ...place, file: 'base/web.yaml', line: 1 });
    const broken = { ...TREE, 'base/web.yaml': 'a: [\n' };
    expect((await run({}, broken, place)).diagnostics).toMatchObject([
      { severity: 'error', origin: { ...place, file: 'base/web.yaml' } },
    ]);
  });

  test('warns of old fields', async () => {
    const { diagnostics } = await run({}, { ...TREE, 'app/kustomization.yaml': 'bases: [../base]\n' });
    expect(diagnostics).toMatchObject([
      { code: 'KUSTOMIZE_WARNING', severity: 'warning', message: expect.stringMatching(/^'bases' is deprecated/) },
    ]);
  });

  test('may have charts, whose folder counts as read', async () => {
    const files = {
      'app/kustomization.yaml': 'helmCharts: [{name: web, releaseName: r, valuesInline: {x: given}}]\n',
      'app/charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
      'app/charts/web/templates/a.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}-{{ .Values.x }}"}\ndata: {v: "{{ .Capabilities.KubeVersion.Minor }}"}\n',
    };
    const { manifests, diagnostics, reads } = await run({}, files, { cluster: { kubeVersion: '1.31.0' } });
    expect(diagnostics).toEqual([]);
    expect(manifests.map(({ object }) => object)).toMatchObject([{ metadata: { name: 'r-given' }, data: { v: '31' } }]);
    expect(reads.map(({ path }) => path)).toContain('app/charts/web');
  });

  test('may lie behind symbolic links inside the repository, and not outside', async () => {
    const linked = { ...TREE, app: { symlink: 'real' } };
    const { 'app/kustomization.yaml': text, 'app/extra/kustomization.yaml': _, ...rest } = TREE;
    const inside = { ...rest, app: linked.app, 'real/kustomization.yaml': text };
    expect((await run({}, inside)).manifests).toHaveLength(1);
    const outside = { ...TREE, 'base/web.yaml': { symlink: '../../etc/passwd' } };
    expect((await run({}, outside)).diagnostics).toMatchObject([{ code: 'RENDER_SYMLINK_ESCAPE' }]);
    // What nobody reads does not count.
    const beside = { ...TREE, 'real.yaml': DEPLOYMENT, 'base/web.yaml': { symlink: '../real.yaml' } };
    const { diagnostics } = await run({}, beside);
    expect(diagnostics.map(({ message }) => message)).toEqual([expect.stringContaining("is not in or below '/base'")]);
    const unread = { ...TREE, 'app/passwords': { symlink: '/etc/passwd' }, 'app/kustomization.yaml': 'resources: [x]' };
    expect((await run({}, unread)).diagnostics).toMatchObject([{ code: 'KUSTOMIZE_FILE_MISSING' }]);
  });

  test('is bounded', async () => {
    const { diagnostics } = await run({}, TREE, { limits: { maxFileBytes: 60 } });
    expect(diagnostics).toMatchObject([{ code: 'RENDER_FILE_TOO_LARGE' }]);
  });
});

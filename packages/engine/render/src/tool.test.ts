import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MemoryFile, memoryTree, type RenderOptions, render } from './index.ts';

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: plain\n';
const KUSTOMIZATION = 'namePrefix: built-\nresources: [plain.yaml]\n';
const CHART = {
  'app/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
  'app/templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n',
};

async function run(files: Record<string, MemoryFile>, options: Partial<RenderOptions> = {}) {
  const { tool, manifests, diagnostics } = await render(memoryTree(files), { path: 'app', ...options });
  return {
    tool,
    names: manifests.map(({ object }) => object.metadata.name),
    faults: diagnostics.map(({ code }) => code),
  };
}

describe('render chooses the tool as Argo CD does', () => {
  const plain = { 'app/plain.yaml': CONFIG_MAP };
  const kustomization = { ...plain, 'app/kustomization.yaml': KUSTOMIZATION };

  test.each<[string, Record<string, MemoryFile>, Partial<RenderOptions>, string, string[]]>([
    ['files alone', plain, {}, 'directory', ['plain']],
    ['kustomization.yaml', kustomization, {}, 'kustomize', ['built-plain']],
    ['kustomization.yml', { ...plain, 'app/kustomization.yml': KUSTOMIZATION }, {}, 'kustomize', ['built-plain']],
    ['Kustomization', { ...plain, 'app/Kustomization': KUSTOMIZATION }, {}, 'kustomize', ['built-plain']],
    ['Chart.yaml', CHART, {}, 'helm', ['app']],
    ['a kustomization beside a chart', { ...CHART, ...kustomization }, {}, 'kustomize', ['built-plain']],
    ['`helm` given', { ...CHART, ...kustomization }, { helm: {} }, 'helm', ['app']],
    [
      '`directory` given',
      { 'app/Chart.yaml': 'x: 1', ...plain },
      { directory: { include: 'plain.*' } },
      'directory',
      ['plain'],
    ],
    ['a folder named Chart.yaml', { ...plain, 'app/Chart.yaml/x': '' }, {}, 'directory', ['plain']],
  ])('%s', async (_title, files, options, tool, names) => {
    expect(await run(files, options)).toEqual({ tool, names, faults: [] });
  });

  test('options of two tools are a fault', async () => {
    const { faults } = await run(kustomization, { helm: {}, kustomize: {} });
    expect(faults).toEqual(['RENDER_SEVERAL_TOOLS']);
  });

  test('overrides in the source may say the tool', async () => {
    const files = { ...CHART, ...plain, 'app/.argocd-source.yaml': 'directory: {exclude: Chart.yaml}' };
    expect(await run(files)).toEqual({ tool: 'directory', names: ['plain'], faults: [] });
  });
});

test.each([
  ['helm: {valueFiles: a.yaml}', 'helm.valueFiles must be a list of strings'],
  ['helm: {parameters: [{value: "1"}]}', 'helm.parameters[0].name must be a string'],
  ['kustomize: {commonLabels: {a: 1}}', 'kustomize.commonLabels must be a map of strings'],
  ['directory: yes please', 'directory must be a map'],
  ['- a', 'the file holds no map'],
])('overrides %s are told where they stand', async (text, message) => {
  const files = { ...CHART, 'app/.argocd-source.yaml': text };
  const { diagnostics } = await render(memoryTree(files), { path: 'app' });
  expect(diagnostics).toMatchObject([
    { code: 'RENDER_OVERRIDES_INVALID', message, origin: { file: 'app/.argocd-source.yaml' } },
  ]);
});

test('no content of overrides, kustomizations, charts or values makes render throw', { timeout: 60_000 }, async () => {
  const yaml = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.json({ maxDepth: 3 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom('kustomize: []', 'helm: {valueFiles: 1}', 'helm: {parameters: [1]}', 'kustomize: {images: [{}]}'),
    fc.constantFrom('resources: [../..]', 'resources: [.]', 'helm: {valuesObject: 5}', '{{ fail "x" }}', 'a: &a [*a]'),
  );
  const files = fc.record(
    {
      'app/.argocd-source.yaml': yaml,
      'app/kustomization.yaml': yaml,
      'app/Chart.yaml': fc.oneof(yaml, fc.constant('apiVersion: v2\nname: a\nversion: 1.0.0\n')),
      'app/values.yaml': yaml,
      'app/templates/a.yaml': yaml,
      'app/x.yaml': yaml,
    },
    { requiredKeys: [] },
  );
  const options = fc.constantFrom<Partial<RenderOptions>>(
    {},
    { helm: { valueFiles: ['x.yaml', '*.yaml'] } },
    { kustomize: { namePrefix: 'a-', components: ['x'] } },
  );
  await fc.assert(
    fc.asyncProperty(files, options, async (tree, given) => {
      const { tool, manifests, diagnostics } = await render(memoryTree(tree), { path: 'app', ...given });
      expect(['directory', 'kustomize', 'helm']).toContain(tool);
      if (manifests.length === 0) expect(diagnostics.every(({ message }) => message !== '')).toBe(true);
    }),
    { numRuns: 300 },
  );
});

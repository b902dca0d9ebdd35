import { describe, expect, test } from 'vitest';
import { type MemoryFile, memoryTree, type RenderOptions, readsHold, render } from './index.ts';

type Files = Readonly<Record<string, MemoryFile | undefined>>;

const tree = (files: Files) =>
  memoryTree(Object.fromEntries(Object.entries(files).filter((entry): entry is [string, MemoryFile] => !!entry[1])));
const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

/** Whether what was rendered from `before` is still good with `after`. */
async function holds(before: Files, after: Files, options: Partial<RenderOptions> = {}, other: Files = {}) {
  const refs = new Map([['values', { tree: tree(OTHER) }]]);
  const { reads } = await render(tree(before), { path: 'app', refs, revision: 'one', ...options });
  const now = { tree: tree({ ...before, ...after }), revision: 'two' };
  const nowOther = { tree: tree({ ...OTHER, ...other }) };
  return readsHold(reads, (ref) => (ref === undefined ? now : ref === 'values' ? nowOther : undefined));
}

const OTHER = { 'prod.yaml': 'a: 1\n', 'dev.yaml': 'a: 2\n', 'env/a.yaml': 'b: 1\n' };
const OVERLAY = {
  'base/kustomization.yaml': 'resources: [a.yaml]\n',
  'base/a.yaml': configMap('a'),
  'base/b.yaml': configMap('b'),
  'app/kustomization.yaml': 'resources: [../base]\nconfigMapGenerator: [{name: c, files: [app.properties]}]\n',
  'app/app.properties': 'x=1\n',
  'app/sub/readme.md': 'hello',
};
const CHART = {
  'app/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'app/templates/a.yaml': configMap('{{ .Values.a }}'),
  'shared/values.yaml': 'a: x\n',
  'shared/other.yaml': 'a: y\n',
};

describe('a kustomization is rendered again when, and only when', () => {
  test.each<[string, Files, boolean]>([
    ['its own file changes', { 'app/kustomization.yaml': 'resources: [../base]\n' }, false],
    ['its base changes', { 'base/kustomization.yaml': 'resources: [a.yaml, b.yaml]\n' }, false],
    ['a resource of its base changes', { 'base/a.yaml': configMap('z') }, false],
    ['a file that it generates from changes', { 'app/app.properties': 'x=2\n' }, false],
    ['another kustomization file appears', { 'base/Kustomization': 'resources: []\n' }, false],
    ['overrides appear', { 'app/.argocd-source.yaml': 'kustomize: {namePrefix: x-}\n' }, false],
    ['a file that nothing names changes (not)', { 'base/b.yaml': configMap('z') }, true],
    ['a file in a folder below changes (not)', { 'app/sub/readme.md': 'bye' }, true],
    ['another folder appears (not)', { 'elsewhere/a.yaml': 'x' }, true],
  ])('%s', async (_title, after, expected) => {
    expect(await holds(OVERLAY, after)).toBe(expected);
  });

  test('what was missing appears', async () => {
    const { 'base/a.yaml': _, ...without } = OVERLAY;
    expect(await holds(without, {})).toBe(true);
    expect(await holds(without, { 'base/a.yaml': configMap('a') })).toBe(false);
    expect(await holds({ 'x.yaml': '' }, { 'app/a.yaml': configMap('a') })).toBe(false);
  });

  test('a symbolic link is turned', async () => {
    const linked = { ...OVERLAY, 'base/a.yaml': { symlink: 'b.yaml' } };
    expect(await holds(linked, { 'base/c.yaml': configMap('c') })).toBe(true);
    expect(await holds(linked, { 'base/b.yaml': configMap('c') })).toBe(false);
    expect(await holds(linked, { 'base/a.yaml': { symlink: './b.yaml' } })).toBe(false);
  });
});

describe('a chart is rendered again when, and only when', () => {
  const helm = { valueFiles: ['../shared/values.yaml', '$values/prod.yaml', '$values/env/*.yaml'] };

  test.each<[string, Files, Files, boolean]>([
    ['a template changes', { 'app/templates/a.yaml': configMap('b') }, {}, false],
    ['a template appears', { 'app/templates/b.yaml': configMap('b') }, {}, false],
    ['a values file changes', { 'shared/values.yaml': 'a: z\n' }, {}, false],
    ['a values file of another source changes', {}, { 'prod.yaml': 'a: 3\n' }, false],
    ['a glob matches another file', {}, { 'env/b.yaml': 'b: 2\n' }, false],
    ['a file that a glob matches changes', {}, { 'env/a.yaml': 'b: 2\n' }, false],
    ['another file beside the values changes (not)', { 'shared/other.yaml': 'a: z\n' }, {}, true],
    ['another file of the other source changes (not)', {}, { 'dev.yaml': 'a: 3\n' }, true],
  ])('%s', async (_title, after, other, expected) => {
    expect(await holds(CHART, after, { helm }, other)).toBe(expected);
  });

  test('a values file that may be missing appears', async () => {
    const missing = { valueFiles: ['/none.yaml'], ignoreMissingValueFiles: true };
    expect(await holds(CHART, {}, { helm: missing })).toBe(true);
    expect(await holds(CHART, { 'none.yaml': 'a: 1\n' }, { helm: missing })).toBe(false);
  });

  test('the commit moves, if it is used', async () => {
    const parameters = (value: string) => ({ helm: { parameters: [{ name: 'a', value }] } });
    expect(await holds(CHART, {}, parameters('x'))).toBe(true);
    expect(await holds(CHART, {}, parameters('$ARGOCD_APP_REVISION'))).toBe(false);
  });

  test('the other source is gone', async () => {
    const { reads } = await render(tree(CHART), {
      path: 'app',
      helm,
      refs: new Map([['values', { tree: tree(OTHER) }]]),
    });
    expect(await readsHold(reads, (ref) => (ref === undefined ? { tree: tree(CHART) } : undefined))).toBe(false);
  });
});

describe('what a render depends on besides files', () => {
  test.each<[string, Files, Partial<RenderOptions>, string[]]>([
    ['of a directory nothing', { 'app/a.yaml': configMap('a') }, {}, []],
    ['of a kustomization nothing', OVERLAY, {}, []],
    [
      'of a kustomization with variables the application',
      OVERLAY,
      { kustomize: { images: ['x:$ARGOCD_APP_NAME'] } },
      ['application'],
    ],
    [
      'with overrides for one application, it',
      { ...OVERLAY, 'app/.argocd-source-x.yaml': 'helm: null' },
      {},
      ['application'],
    ],
    ['of a chart release and cluster', CHART, {}, ['application', 'cluster']],
  ])('%s', async (_title, files, options, expected) => {
    expect((await render(tree(files), { path: 'app', ...options })).dependsOn).toEqual(expected);
  });
});

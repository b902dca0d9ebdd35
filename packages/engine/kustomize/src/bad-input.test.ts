import { describe, expect, it } from 'vitest';
import { type BuildOptions, buildKustomization, type SourceFiles } from './index.ts';

/** @param links paths and where they lead */
function filesOf(texts: Readonly<Record<string, string>>, links: Readonly<Record<string, string>> = {}): SourceFiles {
  const real = (path: string) => links[path] ?? path;
  const isFolder = (path: string) => Object.keys(texts).some((name) => path === '' || name.startsWith(`${path}/`));
  return {
    read: async (path) => (Object.hasOwn(texts, real(path)) ? new TextEncoder().encode(texts[real(path)]) : undefined),
    list: async (path) => (isFolder(real(path)) ? [] : undefined),
    realPath: async (path) => real(path),
  };
}

async function fault(
  texts: Readonly<Record<string, string>>,
  options: BuildOptions & { folder?: string; links?: Readonly<Record<string, string>> } = {},
) {
  const { folder = '', links, ...rest } = options;
  const { diagnostics, text } = await buildKustomization(filesOf(texts, links), folder, rest);
  expect(text).toBe('');
  expect(diagnostics).toHaveLength(1);
  const { code, origin, message = '' } = diagnostics[0] ?? {};
  return { code, message, place: `${origin?.file}:${origin?.line ?? '-'}:${origin?.column ?? '-'}` };
}

const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec: {ports: [{port: 80}]}\n';
const base = { 's.yaml': SERVICE };
const K = 'kustomization.yaml';

describe('one message, with file, line and column', () => {
  it.each<[string, Record<string, string>, string, string]>([
    ['a missing file', { [K]: 'resources:\n- s.yaml\n- nope.yaml\n', ...base }, 'KUSTOMIZE_FILE_MISSING', `${K}:3:3`],
    ['a missing base', { [K]: 'namePrefix: a\nresources: [../x]\n' }, 'KUSTOMIZE_PATH_ESCAPE', `${K}:2:13`],
    [
      'a missing file of a base',
      { [K]: 'resources: [b]\n', 'b/kustomization.yaml': 'resources:\n- n.yaml\n' },
      'KUSTOMIZE_FILE_MISSING',
      'b/kustomization.yaml:2:3',
    ],
    [
      'a cycle of bases',
      {
        [K]: 'resources: [b]\n',
        'b/kustomization.yaml': 'resources:\n- ../c\n',
        'c/kustomization.yaml': 'resources: [../b]\n',
      },
      'KUSTOMIZE_CYCLE',
      'c/kustomization.yaml:1:13',
    ],
    [
      'a cycle of components',
      { [K]: 'resources: [s.yaml]\ncomponents: [.]\n', ...base },
      'KUSTOMIZE_CYCLE',
      `${K}:2:14`,
    ],
    ['a folder without kustomization', { [K]: 'resources: [b]\n', 'b/x': '' }, 'KUSTOMIZE_FILE_MISSING', `${K}:1:13`],
    [
      'two kustomizations',
      { [K]: 'resources: []\n', 'kustomization.yml': '' },
      'KUSTOMIZE_BUILD',
      'kustomization.yml:-:-',
    ],
    ['an unknown field', { [K]: 'resources: []\nfoo: 1\n' }, 'KUSTOMIZATION_INVALID', `${K}:2:6`],
    ['an unknown field inside', { [K]: 'images:\n- name: a\n  tag: b\n' }, 'KUSTOMIZATION_INVALID', `${K}:3:8`],
    ['a wrong type', { [K]: 'labels:\n- pairs:\n    a: 1\n' }, 'KUSTOMIZATION_INVALID', `${K}:3:8`],
    ['a wrong kind', { [K]: 'kind: Foo\nresources: []\n' }, 'KUSTOMIZE_BUILD', `${K}:1:7`],
    ['broken YAML', { [K]: 'resources:\n- a\n b: c\n' }, 'KUSTOMIZATION_INVALID', `${K}:3:2`],
    ['no object', { [K]: '\n- a\n' }, 'KUSTOMIZATION_INVALID', `${K}:2:1`],
    [
      'broken YAML of resources',
      { [K]: 'resources: [s.yaml]\n', 's.yaml': 'a: [\n' },
      'KUSTOMIZE_MALFORMED_YAML',
      's.yaml:2:1',
    ],
    [
      'a resource without kind',
      { [K]: 'resources: [s.yaml]\n', 's.yaml': `${SERVICE}---\napiVersion: v1\nmetadata: {name: a}\n` },
      'KUSTOMIZE_FILE_MISSING',
      's.yaml:7:1',
    ],
    [
      'a resource twice',
      { [K]: 'resources: [s.yaml, t.yaml]\n', ...base, 't.yaml': SERVICE },
      'KUSTOMIZE_BUILD',
      't.yaml:1:1',
    ],
    [
      'a patch that matches nothing',
      {
        [K]: 'resources: [s.yaml]\npatches:\n- path: p.yaml\n',
        ...base,
        'p.yaml': '\napiVersion: v1\nkind: Service\nmetadata: {name: x}\n',
      },
      'KUSTOMIZE_PATCH_TARGET',
      'p.yaml:2:1',
    ],
    [
      'an inline patch that matches nothing',
      {
        [K]: 'resources: [s.yaml]\npatches:\n- patch: |\n    apiVersion: v1\n    kind: Service\n    metadata: {name: x}\n',
        ...base,
      },
      'KUSTOMIZE_PATCH_TARGET',
      `${K}:4:5`,
    ],
    [
      'an inline patch with a fault',
      { [K]: 'resources: [s.yaml]\npatches:\n- patch: |\n    a: b\n    - c\n', ...base },
      'KUSTOMIZE_PATCH_INVALID',
      `${K}:5:5`,
    ],
    [
      'a JSON patch that does not apply',
      {
        [K]: 'resources: [s.yaml]\npatches:\n- target: {kind: Service}\n  patch: "- {op: remove, path: /spec/x}"\n',
        ...base,
      },
      'KUSTOMIZE_BUILD',
      `${K}:3:3`,
    ],
    [
      'a selector that is no regular expression',
      { [K]: 'resources: [s.yaml]\npatches:\n- patch: "[{}]"\n  target: {kind: "("}\n', ...base },
      'KUSTOMIZE_BUILD',
      `${K}:3:3`,
    ],
    [
      'replicas of nothing',
      { [K]: 'resources: [s.yaml]\nreplicas:\n- {name: x, count: 1}\n', ...base },
      'KUSTOMIZE_BUILD',
      `${K}:3:3`,
    ],
    [
      'a generator without its file',
      { [K]: 'configMapGenerator:\n- name: a\n  files: [x]\n' },
      'KUSTOMIZE_FILE_MISSING',
      `${K}:2:3`,
    ],
    [
      'a replacement of nothing',
      {
        [K]: 'resources: [s.yaml]\nreplacements:\n- source: {kind: X}\n  targets: [{select: {kind: Service}}]\n',
        ...base,
      },
      'KUSTOMIZE_BUILD',
      `${K}:3:1`,
    ],
    ['a remote base', { [K]: 'resources:\n- https://example.com/x\n' }, 'KUSTOMIZE_REMOTE_REFUSED', `${K}:2:3`],
    [
      'a schema that is none',
      { [K]: 'resources: [s.yaml]\nopenapi:\n  path: o.json\n', ...base, 'o.json': '[]' },
      'KUSTOMIZE_BUILD',
      'o.json:-:-',
    ],
  ])('%s', async (_name, texts, code, place) => {
    const given = await fault(texts);
    expect(given).toMatchObject({ code, place });
  });

  it('a link out of the folder', async () => {
    const texts = { 'k/kustomization.yaml': 'resources:\n- s.yaml\n', 'secret.yaml': SERVICE };
    const given = await fault(texts, { folder: 'k', links: { 'k/s.yaml': 'secret.yaml' } });
    expect(given).toMatchObject({ code: 'KUSTOMIZE_PATH_ESCAPE', place: 'k/kustomization.yaml:2:3' });
    expect(given.message).toContain("security; file '/k/s.yaml' is not in or below '/k'");
  });

  it('a base that is a link to a folder that holds it', async () => {
    const texts = { 'k/kustomization.yaml': 'resources: [up]\n', 'kustomization.yaml': 'resources: [k]\n' };
    expect((await fault(texts, { folder: 'k', links: { 'k/up': '' } })).code).toBe('KUSTOMIZE_CYCLE');
  });
});

describe('what explodes', { timeout: 60_000 }, () => {
  const limited = (limits: BuildOptions['limits']) => (limits === undefined ? {} : { limits });
  const kustomize = (patch: unknown[]) =>
    `resources: [s.yaml]\npatches:\n- target: {kind: Service}\n  patch: '${JSON.stringify(patch)}'\n`;
  const doubling = Array.from({ length: 40 }, (_, index) => ({ op: 'copy', from: '/spec', path: `/spec/c${index}` }));
  const chain = Array.from({ length: 40 }, (_, index) => ({
    op: 'copy',
    from: '/spec',
    path: `/spec${'/x'.repeat(2 ** Math.min(index, 14))}`,
  }));
  const aliases = `${SERVICE}a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from(
    { length: 9 },
    (_, level) => `a${level + 1}: &a${level + 1} [${Array(10).fill(`*a${level}`).join(', ')}]\n`,
  ).join('')}`;
  const replacements = Array.from({ length: 40 }, (_, index) => ({
    source: { kind: 'Service', fieldPath: 'spec' },
    targets: [{ select: { kind: 'Service' }, fieldPaths: [`spec.c${index}`], options: { create: true } }],
  }));

  it.each<[string, Record<string, string>, BuildOptions['limits'], RegExp]>([
    ['aliases', { [K]: 'resources: [s.yaml]\n', 's.yaml': aliases }, undefined, /excessive aliasing/],
    [
      'one long text behind many aliases',
      {
        [K]: 'resources: [s.yaml]\n',
        's.yaml': `${SERVICE}t: &t "${'x'.repeat(100_000)}"\nl: [${Array(9000).fill('*t').join(',')}]\n`,
      },
      { maxOutput: 10_000_000 },
      /the output is larger than/,
    ],
    ['copies of copies', { [K]: kustomize(doubling), ...base }, undefined, /copy more than 1000000 values/],
    [
      'copies inside of one another',
      { [K]: kustomize(chain), ...base },
      undefined,
      /doc is missing|nests too deeply|copy more than/,
    ],
    [
      'replacements with one another',
      { [K]: `resources: [s.yaml]\nreplacements: ${JSON.stringify(replacements)}\n`, ...base },
      undefined,
      /copy more than 1000000 values/,
    ],
    [
      'a patch for many',
      {
        [K]: `resources: [s.yaml]\npatches:\n- target: {kind: A}\n  patch: '{apiVersion: v1, kind: A, metadata: {name: a}, x: [${'1,'.repeat(3000)}1]}'\n`,
        's.yaml': Array.from({ length: 400 }, (_, i) => `{apiVersion: v1, kind: A, metadata: {name: a${i}}}\n`).join(
          '---\n',
        ),
      },
      undefined,
      /copy more than/,
    ],
    [
      'variables in a row',
      {
        [K]: 'resources: [s.yaml]\nvars: [{name: V, objref: {apiVersion: v1, kind: A, name: a}, fieldref: {fieldpath: t}}]\n',
        's.yaml': `apiVersion: v1\nkind: A\nmetadata: {name: a}\nt: ${'y'.repeat(20_000)}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, args: ["${'$(V)'.repeat(2000)} "]}]}\n`,
      },
      undefined,
      /\$\(V\) makes a text of more than/,
    ],
    [
      'a file read many times',
      {
        [K]: `configMapGenerator: [{name: a, files: [${Array.from({ length: 100 }, (_, i) => `k${i}=f`).join(',')}]}]\n`,
        f: 'x'.repeat(1_000_000),
      },
      undefined,
      /reads more than 67108864 bytes/,
    ],
    [
      'a huge list',
      { [K]: `resources: [${'s.yaml, '.repeat(60_000)}s.yaml]\n`, ...base },
      undefined,
      /already registered id/,
    ],
    [
      'many resources',
      { [K]: 'resources: [s.yaml]\n', 's.yaml': 'apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n'.repeat(3) },
      { maxResources: 0 },
      /more than 0 resources/,
    ],
    [
      'deep nesting',
      { [K]: 'resources: [s.yaml]\n', 's.yaml': `${SERVICE}x: ${'['.repeat(5000)}${']'.repeat(5000)}\n` },
      undefined,
      /exceeded max depth/,
    ],
    [
      'a pattern that would never end',
      {
        [K]: `resources: [s.yaml]\npatches:\n- target: {name: "(a*)*b|((w+)+)+x"}\n  patch: '[{"op": "remove", "path": "/spec/nope"}]'\n`,
        's.yaml': SERVICE.replace('web', `${'w'.repeat(5000)}x`),
      },
      undefined,
      /nonexistent key/,
    ],
  ])('%s', async (_name, texts, limits, message) => {
    expect((await fault(texts, limited(limits))).message).toMatch(message);
  });
});

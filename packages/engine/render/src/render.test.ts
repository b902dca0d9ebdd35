import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MemoryFile, memoryTree, type RenderOptions, render, renderKey } from './index.ts';

const configMap = (name: string, extra = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${extra}`;

const run = (files: Record<string, MemoryFile>, options: Partial<RenderOptions> = {}) =>
  render(memoryTree(files), { path: '.', ...options });

/** `name @ file:line` of every object; fails on any error. */
async function objects(files: Record<string, MemoryFile>, options: Partial<RenderOptions> = {}): Promise<string[]> {
  const { manifests, diagnostics } = await run(files, options);
  expect(diagnostics.filter((fault) => fault.severity === 'error')).toEqual([]);
  return manifests.map(({ object, origin }) => `${object.metadata.name} @ ${origin.file}:${origin.line}`);
}

/** `CODE file:line` of every fault. */
async function faults(files: Record<string, MemoryFile>, options: Partial<RenderOptions> = {}): Promise<string[]> {
  const { diagnostics } = await run(files, options);
  return diagnostics.map(
    ({ code, severity, origin }) =>
      `${severity === 'warning' ? 'warning ' : ''}${code} ${origin?.file ?? ''}${origin?.line === undefined ? '' : `:${origin.line}`}`,
  );
}

describe('render finds files as Argo CD does', () => {
  const tree = {
    'app/a.yaml': configMap('a'),
    'app/b.yml': `# comment\n---\n${configMap('b1')}---\n---\n${configMap('b2')}`,
    'app/c.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}',
    'app/README.md': '# not this',
    'app/d.txt': 'nor this',
    'app/.argocd-source.yaml': 'path: elsewhere',
    'app/sub/e.yaml': configMap('e'),
    'app/sub/deep/f.yaml': configMap('f'),
    'other/g.yaml': configMap('g'),
  };

  test.each<[string, Partial<RenderOptions>, string[]]>([
    [
      'one directory',
      { path: 'app' },
      ['a @ app/a.yaml:1', 'b1 @ app/b.yml:3', 'b2 @ app/b.yml:9', 'c @ app/c.json:1'],
    ],
    [
      'recurse',
      { path: './app/sub//', directory: { recurse: true } },
      ['f @ app/sub/deep/f.yaml:1', 'e @ app/sub/e.yaml:1'],
    ],
    ['include', { path: 'app', directory: { include: '*.yaml' } }, ['a @ app/a.yaml:1']],
    [
      '`*` crosses directories',
      { path: 'app', directory: { recurse: true, include: '*.yaml' } },
      ['a @ app/a.yaml:1', 'f @ app/sub/deep/f.yaml:1', 'e @ app/sub/e.yaml:1'],
    ],
    [
      'a list of globs',
      { path: 'app', directory: { recurse: true, include: '{a.yaml,sub/*.yaml}', exclude: '{sub/deep/*,*.json}' } },
      ['a @ app/a.yaml:1', 'e @ app/sub/e.yaml:1'],
    ],
    ['`..` inside the repository', { path: 'app/../other' }, ['g @ other/g.yaml:1']],
    ['the root', { path: '', directory: { recurse: true, include: 'other/*' } }, ['g @ other/g.yaml:1']],
  ])('%s', async (_title, options, expected) => {
    expect(await objects(tree, options)).toEqual(expected);
  });

  test('origins carry repository and revision', async () => {
    const { manifests } = await run(tree, { path: 'other', repo: 'https://x/y', revision: 'abc' });
    expect(manifests[0]?.origin).toEqual({
      repo: 'https://x/y',
      revision: 'abc',
      file: 'other/g.yaml',
      line: 1,
      column: 1,
    });
  });

  test('a Jsonnet file is not dropped silently', async () => {
    expect(await faults({ 'a.jsonnet': '{}' })).toEqual(['RENDER_UNSUPPORTED_SOURCE a.jsonnet']);
    expect(await faults({ 'a.jsonnet': '{}' }, { directory: { exclude: '*.jsonnet' } })).toEqual([]);
  });

  test('a file with the skip marker is not rendered, not even parsed', async () => {
    expect(await objects({ 'a.yaml': '# +argocd:skip-file-rendering\n{{ broken' })).toEqual([]);
  });

  test('files that have nothing to do with Kubernetes are left out with a warning', async () => {
    const files = { 'a.yaml': configMap('a'), 'values.yaml': 'image: x\n', 'list.yaml': '- 1\n', 'n.yaml': 'null\n' };
    expect(await objects(files)).toEqual(['a @ a.yaml:1']);
    expect(await faults(files)).toEqual([
      'warning RENDER_NOT_AN_OBJECT list.yaml:1',
      'warning RENDER_NOT_AN_OBJECT values.yaml:1',
    ]);
  });
});

describe('render unfolds lists', () => {
  test('a List, with the line of each item', async () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: b}\n`;
    expect(await objects({ 'l.yaml': list })).toEqual(['a @ l.yaml:4', 'b @ l.yaml:7']);
  });

  test('a typed list gives its items their type', async () => {
    const { manifests } = await run({
      'l.yaml': 'apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a}\n',
    });
    expect(manifests[0]?.object).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
  });

  test('a broken item is found at its line', async () => {
    const list = 'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {}\n- 5\n';
    expect(await faults({ 'l.yaml': list })).toEqual([
      'RENDER_NOT_AN_OBJECT l.yaml:6',
      'RENDER_NOT_AN_OBJECT l.yaml:7',
    ]);
  });
});

describe('render refuses', () => {
  test.each<[string, string, string]>([
    ['an object without apiVersion', 'kind: A\nmetadata: {name: a}\n', '1'],
    ['an object without kind', '\napiVersion: v1\nmetadata: {name: a}\n', '2'],
    ['an object without a name', 'apiVersion: v1\nkind: A\nmetadata:\n  labels: {}\n', '3'],
    ['an object without metadata', 'apiVersion: v1\nkind: A\n', '1'],
    ['a name that is a number', 'apiVersion: v1\nkind: A\nmetadata:\n  name: 12\n', '4'],
    ['a label that is a boolean', 'apiVersion: v1\nkind: A\nmetadata:\n  name: a\n  labels:\n    x: yes\n', '6'],
    ['annotations that are a list', 'apiVersion: v1\nkind: A\nmetadata:\n  name: a\n  annotations: [a]\n', '5'],
    ['a stranger among objects', `${configMap('a')}---\nx: 1\n`, '6'],
  ])('%s', async (_title, text, line) => {
    expect(await faults({ 'a.yaml': text })).toEqual([`RENDER_NOT_AN_OBJECT a.yaml:${line}`]);
  });

  test('every fault of every file at once', async () => {
    const files = {
      'a.yaml': 'a: [\n',
      'b.yaml': `${configMap('b')}data:\n  x: "1"\n  x: "2"\n`,
      'c.yaml': configMap('c'),
    };
    expect(await faults(files)).toEqual(['YAML_SYNTAX a.yaml:2', 'YAML_DUPLICATE_KEY b.yaml:7']);
  });

  test('two objects with one identity, naming both', async () => {
    const { diagnostics } = await run({
      'a.yaml': configMap('x'),
      'b.yaml': `\n${configMap('x')}`,
      'c.yaml': configMap('x', '  namespace: other\n'),
    });
    expect(diagnostics).toMatchObject([{ code: 'RENDER_DUPLICATE_OBJECT', origin: { file: 'b.yaml', line: 2 } }]);
    expect(diagnostics[0]?.message).toContain('a.yaml:1:1');
  });

  test('generateName makes no identity', async () => {
    const job = 'apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: a-\n';
    expect(await objects({ 'a.yaml': `${job}---\n${job}` })).toHaveLength(2);
  });

  test.each<[string, string]>([
    ['/etc', 'RENDER_PATH_ESCAPE '],
    ['../x', 'RENDER_PATH_ESCAPE '],
    ['a/../../x', 'RENDER_PATH_ESCAPE '],
    ['a\\b', 'RENDER_PATH_ESCAPE '],
    ['a\0b', 'RENDER_PATH_ESCAPE '],
    ['missing', 'RENDER_PATH_MISSING '],
    ['a.yaml', 'RENDER_PATH_MISSING '],
    ['a.yaml/x', 'RENDER_PATH_MISSING '],
    ['module', 'RENDER_SUBMODULE module'],
    ['module/deeper', 'RENDER_SUBMODULE module'],
    ['out', 'RENDER_SYMLINK_ESCAPE out'],
  ])('the path %j', async (path, expected) => {
    const files = { 'a.yaml': '', module: { submodule: true }, out: { symlink: '../elsewhere' } } as const;
    expect(await faults(files, { path })).toEqual([expected]);
  });

  test('files over the limit, without reading them', async () => {
    const tree = memoryTree({ 'a.yaml': configMap('a'), 'big.yaml': 'x'.repeat(5000) });
    const read: string[] = [];
    const watched = {
      ...tree,
      read(path: string, options: { maxBytes: number }) {
        read.push(path);
        return tree.read(path, options);
      },
    };
    const { diagnostics } = await render(watched, { path: '', limits: { maxFileBytes: 1000 } });
    expect(diagnostics).toMatchObject([{ code: 'RENDER_FILE_TOO_LARGE', origin: { file: 'big.yaml' } }]);
    expect(read).toEqual(['a.yaml']);
  });

  test.each<[string, Partial<RenderOptions>]>([
    ['RENDER_TOO_LARGE ', { limits: { maxTotalBytes: 100 } }],
    ['RENDER_TOO_MANY_FILES ', { limits: { maxFiles: 1 } }],
    ['RENDER_TOO_MANY_FILES ', { limits: { maxEntries: 2 } }],
    ['RENDER_TOO_MANY_OBJECTS b.yaml', { limits: { maxObjects: 1 } }],
    ['RENDER_INVALID_GLOB ', { directory: { include: '{a' } }],
  ])('%s', async (code, options) => {
    const files = { 'a.yaml': configMap('a'), 'b.yaml': configMap('b'), 'c.yaml': configMap('c') };
    expect(await faults(files, options)).toEqual([code]);
  });

  test('bytes that are no text', async () => {
    expect(await faults({ 'a.yaml': Uint8Array.of(0x61, 0xff, 0xfe) })).toEqual(['RENDER_NOT_TEXT a.yaml']);
  });
});

describe('render follows symlinks inside the repository only', () => {
  const link = (symlink: string) => ({ symlink });

  test('to files, to files through directories, and of the source itself', async () => {
    const files = {
      'base/a.yaml': configMap('a'),
      'app/x.yaml': link('../base/a.yaml'),
      'app/y.yaml': link('../dir/b.yaml'),
      dir: link('real'),
      'real/b.yaml': configMap('b'),
      source: link('app'),
    };
    expect(await objects(files, { path: 'source' })).toEqual(['a @ source/x.yaml:1', 'b @ source/y.yaml:1']);
    const { reads } = await run(files, { path: 'source' });
    expect(reads.map((read) => read.path).sort()).toEqual(
      ['app', 'app/x.yaml', 'app/y.yaml', 'base/a.yaml', 'dir', 'real/b.yaml', 'source'].sort(),
    );
  });

  test.each(['/etc/passwd', '../../etc/passwd', 'sub/../../../x', '..\\x'])('never to %s', async (target) => {
    expect(await faults({ 'app/a.yaml': link(target) }, { path: 'app' })).toEqual(['RENDER_SYMLINK_ESCAPE app/a.yaml']);
    expect(await faults({ 'app/notes': link(target) }, { path: 'app' })).toEqual(['RENDER_SYMLINK_ESCAPE app/notes']);
  });

  test('through another symlink that leads out', async () => {
    const files = { 'app/a.yaml': link('../hop/a.yaml'), hop: link('/etc') };
    expect(await faults(files, { path: 'app' })).toEqual(['RENDER_SYMLINK_ESCAPE app/a.yaml']);
  });

  test('loops and loose ends are warnings', async () => {
    const files = { 'a.yaml': link('b.yaml'), 'b.yaml': link('a.yaml'), 'c.yaml': link('nowhere') };
    expect(await faults(files)).toEqual(
      ['a.yaml', 'b.yaml', 'c.yaml'].map((file) => `warning RENDER_BROKEN_SYMLINK ${file}`),
    );
    expect(await faults({ a: link('a') }, { path: 'a' })).toEqual(['RENDER_PATH_MISSING ']);
  });

  test('a directory that contains itself is not entered', async () => {
    expect(
      await objects({ 'app/a.yaml': configMap('a'), 'app/self': link('.') }, { directory: { recurse: true } }),
    ).toHaveLength(1);
  });
});

describe('renderKey', () => {
  const base = { 'app/a.yaml': configMap('a'), 'app/README.md': '1', 'app/sub/b.yaml': configMap('b') };
  const key = (files: Record<string, MemoryFile>) => renderKey(memoryTree(files), { path: 'app' });

  test('moves with the files that are rendered, and with nothing else', async () => {
    const before = await key(base);
    expect((await run(base, { path: 'app' })).key).toBe(before);
    expect(await key({ ...base, 'app/README.md': '2', 'app/sub/b.yaml': 'x', 'other/c.yaml': 'y' })).toBe(before);
    expect(await key({ ...base, 'app/a.yaml': configMap('a2') })).not.toBe(before);
    expect(await key({ ...base, 'app/c.yaml': '' })).not.toBe(before);
    expect(await key({ ...base, 'app/Chart.yaml': '' })).not.toBe(before);
  });

  test('the directory is what the result depends on', async () => {
    const { reads } = await run(base, { path: 'app' });
    expect(reads).toEqual([{ path: 'app', id: await memoryTree(base).idOf?.('app') }]);
    expect((await run(base, { path: 'none' })).reads).toEqual([{ path: 'none', id: '' }]);
  });
});

test('render lets others have their turn, and stops when told to', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`${n}.yaml`, configMap(`a${n}`, `data:\n  x: "${'y'.repeat(5000)}"\n`)]),
  );
  let turns = 0;
  await run(files, { yield: async () => void turns++ });
  expect(turns).toBeGreaterThan(3);
  const stop = new AbortController();
  const stopped = run(files, { signal: stop.signal, yield: async () => stop.abort(new Error('enough')) });
  await expect(stopped).rejects.toThrow('enough');
});

test('large files go to the parser that the caller gives', async () => {
  const files = {
    'small.yaml': configMap('a'),
    'large.yaml': configMap('b', `data:\n  x: "${'y'.repeat(600_000)}"\n`),
  };
  const seen: string[] = [];
  await run(files, {
    parse: async (_text, { file }) => {
      seen.push(file);
      return { manifests: [], diagnostics: [] };
    },
  });
  expect(seen).toEqual(['large.yaml']);
});

test('no content makes render throw', async () => {
  const yamlish = fc.array(
    fc.constantFrom(
      'apiVersion: v1\n',
      'kind: List\n',
      'items:\n',
      '- ',
      'metadata:\n',
      '  name: a\n',
      '---\n',
      '{',
      '[',
      '*a',
      '&a ',
      ': ',
      '"',
      'x',
      '\n',
      '  ',
    ),
    { maxLength: 20 },
  );
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    yamlish.map((parts) => parts.join('')),
    fc.record({ symlink: fc.string() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(content, { maxLength: 4 }), fc.string(), fc.string(), async (contents, include, path) => {
      const files = Object.fromEntries(contents.map((file, index) => [`d/${index}.yaml`, file]));
      await run(files, { path: 'd', directory: { recurse: true, include } });
      await run(files, { path });
    }),
    { numRuns: 500 },
  );
});

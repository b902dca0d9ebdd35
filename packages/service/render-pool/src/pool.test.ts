import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SekishoError, silentLogger } from '@sekisho/base';
import { type FileTree, type MemoryFile, memoryTree, type RenderResult, render } from '@sekisho/render';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRenderPool, type Rendering, type RenderPool, type RenderPoolOptions } from './index.ts';

const pool = createRenderPool({ threads: 1, logger: silentLogger });
afterAll(() => pool.close());

const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: NAME\ndata:\n  value: "1"\n';

function overlay(value = 'a', more: Record<string, MemoryFile> = {}): FileTree {
  return memoryTree({
    'base/kustomization.yaml': 'resources: [config.yaml]\n',
    'base/config.yaml': CONFIG.replace('NAME', 'base'),
    'app/kustomization.yaml': `namePrefix: ${value}-\nresources: [../base]\n`,
    'plain/config.yaml': CONFIG.replace('NAME', 'plain'),
    ...more,
  });
}

function chart(template: string, values = '{}\n'): FileTree {
  return memoryTree({
    'app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
    'app/values.yaml': values,
    'app/templates/all.yaml': template,
  });
}

const namesOf = ({ manifests }: RenderResult) => manifests.map(({ object }) => object.metadata.name);
const codesOf = ({ diagnostics }: RenderResult) => diagnostics.map(({ code }) => code);
/** Goes on for minutes: each round does some work inside of one step. */
const ENDLESS = '{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}';
/** Goes on between steps, where no limit of the engine looks. */
const SLOW_TREE: FileTree = {
  ...chart(CONFIG),
  read: () => new Promise(() => undefined),
  idOf: async () => 'root',
};

describe('createRenderPool', () => {
  it.each(['app', 'plain'])('gives what render gives: %s', async (path) => {
    const options = { path, repo: 'https://example.com/r.git', revision: 'abc' };
    const here = await render(overlay(), options);
    expect(await pool.render(overlay(), options)).toEqual(here);
    expect(codesOf(here)).toEqual([]);
    expect(namesOf(here)).toHaveLength(1);
  });

  it('surveys as surveySource does', async () => {
    for (const path of ['app', 'plain', 'missing']) {
      const { files, diagnostics } = await pool.survey(overlay(), { path });
      expect({ files, diagnostics }).toEqual(
        (({ files: known, diagnostics: told }) => ({ files: known, diagnostics: told }))(
          await render(overlay(), { path }),
        ),
      );
    }
  });

  it('answers with the same object while nothing that was read has changed', async () => {
    const from: string[] = [];
    const own = createRenderPool({ threads: 1, logger: silentLogger, onRender: (told) => from.push(told.from) });
    try {
      const first = await own.render(overlay(), { path: 'app', revision: '1' });
      expect(await own.render(overlay('a', { 'other/file.yaml': 'x' }), { path: 'app', revision: '2' })).toBe(first);
      const changed = await own.render(overlay('b'), { path: 'app', revision: '3' });
      expect(namesOf(changed)).toEqual(['b-base']);
      expect(await own.render(overlay('b'), { path: 'app', isNew: true })).not.toBe(changed);
      expect(from).toEqual(['thread', 'memory', 'thread', 'thread']);
    } finally {
      await own.close();
    }
  });

  it('keeps variants of one source apart', async () => {
    const main = await pool.render(overlay('m'), { path: 'app', variant: 'main' });
    await pool.render(overlay('n'), { path: 'app', variant: 'next' });
    expect(await pool.render(overlay('m'), { path: 'app', variant: 'main' })).toBe(main);
  });

  it('finishes a result once, and keeps it finished', async () => {
    const finish = (result: RenderResult): RenderResult => ({ ...result, manifests: [] });
    const finished = await pool.render(overlay('f'), { path: 'app', variant: 'finished', finish });
    expect(finished.manifests).toEqual([]);
    expect(await pool.render(overlay('f'), { path: 'app', variant: 'finished', finish })).toBe(finished);
    expect(namesOf(await pool.render(overlay('f'), { path: 'app' }))).toEqual(['f-base']);
  });

  it('does not get a tree whose content its variant names before it needs it', async () => {
    let got = 0;
    const lazy = async () => {
      got++;
      return overlay('p');
    };
    const first = await pool.render(lazy, { path: 'app', variant: '1.0.0', isPinned: true });
    expect(await pool.render(lazy, { path: 'app', variant: '1.0.0', isPinned: true })).toBe(first);
    expect(got).toBe(1);
    await pool.render(lazy, { path: 'app', variant: '1.0.1', isPinned: true });
    expect(got).toBe(2);
  });

  it('reads trees of references and fetches charts through the process', async () => {
    const refs = new Map([['values', { tree: memoryTree({ 'prod.yaml': 'name: from-ref\n' }) }]]);
    const tree = chart(CONFIG.replace('NAME', '{{ .Values.name }}'));
    const result = await pool.render(tree, { path: 'app', refs, helm: { valueFiles: ['$values/prod.yaml'] } });
    expect(codesOf(result)).toEqual([]);
    expect(namesOf(result)).toEqual(['from-ref']);

    const charts = overlay('a', {
      'app/kustomization.yaml': 'helmCharts: [{name: web, repo: https://charts.example.com, version: 1.2.3}]\n',
    });
    const asked: string[] = [];
    const fetchChart = async ({ repository, name, version }: { repository: string; name: string; version: string }) => {
      asked.push(`${repository} ${name} ${version}`);
      throw new SekishoError('CHART_REPOSITORY_AWAY', 'away', { retryable: true });
    };
    await expect(pool.render(charts, { path: 'app', fetchChart })).rejects.toMatchObject({
      code: 'CHART_REPOSITORY_AWAY',
      retryable: true,
    });
    expect(asked).toEqual(['https://charts.example.com web 1.2.3']);
  });

  it('hands large results over in parts, in their order', async () => {
    const count = 1001;
    const tree = chart(
      `{{ range until ${count} }}\n---\n${CONFIG.replace('NAME', 'config-{{ . | printf "%04d" }}')}{{ end }}`,
    );
    const names = namesOf(await pool.render(tree, { path: 'app' }));
    expect(names).toEqual(Array.from({ length: count }, (_, n) => `config-${String(n).padStart(4, '0')}`));
  });

  it('ends a render that goes over its time, tells so, and goes on with others', async () => {
    const hasty = createRenderPool({ threads: 1, logger: silentLogger, limits: { timeMs: 500 } });
    try {
      const outcomes = await Promise.all([
        hasty.render(SLOW_TREE, { path: 'app', helm: {} }),
        hasty.render({ ...SLOW_TREE, idOf: async () => 'other' }, { path: 'app', directory: {} }),
        hasty.render(chart(ENDLESS), { path: 'app' }),
      ]);
      expect(codesOf(outcomes[0])).toEqual(['RENDER_TIMEOUT']);
      expect(outcomes[0].diagnostics[0]).toMatchObject({
        message: expect.stringContaining('app'),
        origin: { file: 'app' },
      });
      // The engine's own limit on steps may come first.
      expect(['RENDER_TIMEOUT', 'TEMPLATE_FAILED']).toContain(codesOf(outcomes[2])[0]);
      expect(namesOf(await hasty.render(overlay(), { path: 'plain' }))).toEqual(['plain']);
    } finally {
      await hasty.close();
    }
  });

  it('ends a render that needs too much memory, and renders others in a new thread', async () => {
    const small = createRenderPool({ threads: 1, logger: silentLogger, limits: { memoryMb: 48 } });
    try {
      const many = chart(
        '{{ $all := list }}{{ range until 3000 }}{{ $all = append $all (until 10000) }}{{ end }}{{ len $all }}',
      );
      expect(codesOf(await small.render(many, { path: 'app' }))).toEqual(['RENDER_MEMORY']);
      expect(namesOf(await small.render(overlay(), { path: 'app' }))).toEqual(['a-base']);
    } finally {
      await small.close();
    }
  });

  it('stops when its caller does', async () => {
    const stop = new AbortController();
    const rendering = pool.render(SLOW_TREE, { path: 'app', helm: {}, signal: stop.signal });
    stop.abort(new Error('no longer'));
    await expect(rendering).rejects.toThrow('no longer');
    await expect(pool.render(overlay(), { path: 'app', signal: stop.signal })).rejects.toThrow('no longer');
    expect(namesOf(await pool.render(overlay('z'), { path: 'app' }))).toEqual(['z-base']);
  });

  it('rejects everything when it is closed', async () => {
    const closing = createRenderPool({ threads: 1, logger: silentLogger });
    const outcome = closing.render(SLOW_TREE, { path: 'app', helm: {} }).catch((error: unknown) => error);
    await new Promise((resolve) => setImmediate(resolve));
    await closing.close();
    expect(await outcome).toMatchObject({ code: 'RENDER_CLOSED' });
  });
});

describe('createRenderPool with a folder', () => {
  let folder = '';
  let pools: RenderPool[] = [];
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'sekisho-renders-')), 'cache');
  });
  afterEach(async () => {
    await Promise.all(pools.map((started) => started.close()));
    pools = [];
    await rm(join(folder, '..'), { recursive: true, force: true });
  });

  /** A pool that has forgotten all but the folder. */
  function restarted(more: Partial<RenderPoolOptions> = {}) {
    const from: Rendering['from'][] = [];
    const started = createRenderPool({
      threads: 1,
      logger: silentLogger,
      cacheFolder: folder,
      onRender: (told) => from.push(told.from),
      ...more,
    });
    pools.push(started);
    return { from, pool: started };
  }
  const keptFiles = async () =>
    (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));

  it('knows results after a restart while their inputs are the same', async () => {
    const first = await restarted().pool.render(overlay(), { path: 'app', revision: '1' });
    const after = restarted();
    expect(await after.pool.render(overlay(), { path: 'app', revision: '2' })).toEqual(first);
    expect(namesOf(await after.pool.render(overlay('b'), { path: 'app', revision: '3' }))).toEqual(['b-base']);
    expect(after.from).toEqual(['disk', 'thread']);
  });

  it('is for its owner alone', async () => {
    await restarted().pool.render(overlay(), { path: 'app' });
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const file of await keptFiles()) expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('reads large results in a thread', async () => {
    const tree = chart(
      `{{ range until 300 }}\n---\n${CONFIG.replace('NAME', 'config-{{ . }}').replace('"1"', '{{ repeat 2000 "x" }}')}{{ end }}`,
    );
    const first = await restarted().pool.render(tree, { path: 'app' });
    const after = restarted();
    expect(await after.pool.render(tree, { path: 'app' })).toEqual(first);
    expect(after.from).toEqual(['disk']);
  });

  it('keeps nothing that holds a Secret, has faults, or is said to be secret', async () => {
    const { pool: started } = restarted();
    await started.render(chart('apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: clear}\n'), {
      path: 'app',
    });
    await started.render(chart('{{ fail "no" }}'), { path: 'app' });
    await started.render(overlay(), { path: 'app', secret: true });
    expect(await keptFiles()).toEqual([]);
  });

  it.each([
    ['cut', (file: string) => truncate(file, 200)],
    ['emptied', (file: string) => truncate(file, 0)],
    ['changed', async (file: string) => writeFile(file, (await readFile(file, 'utf8')).replace('a-base', 'x-base'))],
  ])('removes a result that was damaged (%s), and makes it anew', async (_name, damage) => {
    const first = await restarted().pool.render(overlay(), { path: 'app' });
    const [file = ''] = await keptFiles();
    await damage(file);
    const after = restarted();
    expect(await after.pool.render(overlay(), { path: 'app' })).toEqual(first);
    expect(after.from).toEqual(['thread']);
    expect(await keptFiles()).toEqual([file]);
  });

  it('removes what was used longest ago when there is more than it may keep', async () => {
    const { pool: started } = restarted({ cacheBytes: 8_000 });
    for (let n = 0; n < 40; n++) await started.render(overlay(`v${n}`), { path: 'app', variant: String(n) });
    await started.close();
    const files = await keptFiles();
    const bytes = (await Promise.all(files.map(async (file) => (await stat(file)).size))).reduce(
      (sum, size) => sum + size,
      0,
    );
    expect(bytes).toBeLessThan(14_000);
    expect(files.length).toBeGreaterThan(2);
  });

  it('renders where the folder can not be written', async () => {
    await writeFile(folder, 'a file in its place');
    const { pool: started, from } = restarted();
    expect(namesOf(await started.render(overlay(), { path: 'app' }))).toEqual(['a-base']);
    expect(from).toEqual(['thread']);
  });
});

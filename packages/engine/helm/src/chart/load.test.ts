import { createHash } from 'node:crypto';
import { gzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { loadChart, loadChartArchive } from '../index.ts';
import { memoryFiles } from '../testing/memory-files.ts';

const META = 'apiVersion: v2\nname: app\nversion: 1.0.0\n';

/** One entry of a tar: ustar, without a checksum that anybody looks at. */
function tarEntry(name: string, content: string, flag = '0'): Uint8Array {
  const data = new TextEncoder().encode(content);
  const block = new Uint8Array(512 + Math.ceil(data.length / 512) * 512);
  const put = (text: string, at: number) => block.set(new TextEncoder().encode(text), at);
  put(name, 0);
  put(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
  put(flag, 156);
  put('ustar\0', 257);
  block.set(data, 512);
  return block;
}

function archive(...entries: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(entries.reduce((length, entry) => length + entry.length, 1024));
  let at = 0;
  for (const entry of entries) {
    all.set(entry, at);
    at += entry.length;
  }
  return gzipSync(all);
}

describe('loadChart', () => {
  test('reads a folder: chart, values, templates, files and subcharts, and says what it read', async () => {
    const { chart, diagnostics, reads } = await loadChart(
      memoryFiles({
        'app/Chart.yaml': META,
        'app/values.yaml': 'a: 1\n',
        'app/templates/x.yaml': 'kind: X\n',
        'app/notes.md': 'hello',
        'app/charts/sub/Chart.yaml': META.replace('app', 'sub'),
      }),
      'app',
    );
    expect(diagnostics).toEqual([]);
    expect(chart?.metadata.name).toBe('app');
    expect(chart?.values).toEqual({ a: 1 });
    expect(chart?.templates.map(({ name }) => name)).toEqual(['templates/x.yaml']);
    expect(chart?.files.map(({ name }) => name)).toEqual(['notes.md']);
    expect(chart?.dependencies.map(({ metadata }) => metadata.name)).toEqual(['sub']);
    expect(reads).toContain('app/.helmignore');
    expect(reads).toContain('app/values.yaml');
  });

  test('a folder without a chart is a fault with the file that was looked for', async () => {
    const { chart, diagnostics, reads } = await loadChart(memoryFiles({ 'x/y': '' }), 'x');
    expect(chart).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code: 'CHART_NOT_FOUND', origin: { file: 'x/Chart.yaml' } }]);
    expect(reads).toContain('x/Chart.yaml');
  });

  test.each([
    ['an unclosed list', 'apiVersion: [v2', 'CHART_YAML_INVALID'],
    ['no name', 'apiVersion: v2\nversion: 1.0.0\n', 'CHART_INVALID'],
    ['another API', 'apiVersion: v9\nname: a\nversion: 1.0.0\n', 'CHART_INVALID'],
    ['nothing', '', 'CHART_INVALID'],
    ['a scalar', '5', 'CHART_YAML_INVALID'],
  ])('Chart.yaml with %s is a fault', async (_, text, code) => {
    const { chart, diagnostics } = await loadChart(memoryFiles({ 'Chart.yaml': text }), '');
    expect(chart).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code, origin: { file: 'Chart.yaml' } }]);
  });

  test('files, bytes and depth are bounded', async () => {
    const files = memoryFiles({ 'Chart.yaml': META, a: 'x'.repeat(100), b: 'y' });
    for (const limits of [{ maxFiles: 2 }, { maxFileBytes: 50 }, { maxChartBytes: 100 }]) {
      const { diagnostics } = await loadChart(files, '', { limits });
      expect(diagnostics).toMatchObject([{ code: 'CHART_TOO_LARGE' }]);
    }
    const deep = Object.fromEntries(
      Array.from({ length: 30 }, (_, depth) => [`${'charts/app/'.repeat(depth)}Chart.yaml`, META]),
    );
    expect((await loadChart(memoryFiles(deep), '')).diagnostics).toMatchObject([{ code: 'CHART_TOO_LARGE' }]);
  });
});

describe('loadChartArchive', () => {
  test('reads what lies below the one folder of the archive', () => {
    const bytes = archive(
      tarEntry('app/Chart.yaml', META),
      tarEntry('app/templates/a.yaml', 'kind: A\n'),
      tarEntry('app/x/', '', '5'),
    );
    const { chart, diagnostics } = loadChartArchive(bytes, 'app.tgz');
    expect(diagnostics).toEqual([]);
    expect(chart?.templates.map(({ name }) => name)).toEqual(['templates/a.yaml']);
  });

  test.each([
    ['a path that leaves it', tarEntry('app/../../etc/passwd', 'x')],
    ['an absolute path', tarEntry('/etc/passwd', 'x')],
    ['a drive', tarEntry('C:/x', 'x')],
    ['a backslash path that leaves it', tarEntry('app\\..\\..\\x', 'x')],
    ['a symbolic link', tarEntry('app/link', '', '2')],
    ['a hard link', tarEntry('app/link', '', '1')],
    ['a device', tarEntry('app/null', '', '3')],
    ['Chart.yaml without a folder', tarEntry('Chart.yaml', META)],
  ])('refuses %s', (_, entry) => {
    const { chart, diagnostics } = loadChartArchive(archive(tarEntry('app/Chart.yaml', META), entry), 'app.tgz');
    expect(chart).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code: 'CHART_ARCHIVE_INVALID' }]);
  });

  test('a bomb ends where the limit is', () => {
    const bomb = gzipSync(new Uint8Array(8 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    const { diagnostics } = loadChartArchive(bomb, 'bomb.tgz', { limits: { maxChartBytes: 64 * 1024 } });
    expect(diagnostics).toMatchObject([{ code: 'CHART_TOO_LARGE' }]);
  });

  test('bytes that are no archive, and archives that end early, are faults', () => {
    const whole = archive(tarEntry('app/Chart.yaml', META));
    const noise = createHash('sha512').update('noise').digest();
    for (const bytes of [
      new Uint8Array(),
      noise,
      new Uint8Array([0x1f, 0x8b, 8, 0, ...noise]),
      whole.subarray(0, 40),
      gzipSync(tarEntry('app/x', 'abc').subarray(0, 513)),
    ]) {
      const { chart, diagnostics } = loadChartArchive(bytes, 'x.tgz');
      expect(chart).toBeUndefined();
      expect(diagnostics).toMatchObject([{ severity: 'error' }]);
    }
  });
});

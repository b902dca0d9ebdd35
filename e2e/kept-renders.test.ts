import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TempDir, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import { configMap } from './lib/folder-apps.ts';
import { APPLICATIONS } from './lib/resource-types.ts';
import { AUTOMATED, applicationObject, type Sekisho, startSekisho } from './lib/sekisho.ts';

const chart = (template: string) => ({
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'templates/web.yaml': template,
});
const FILES = Object.fromEntries(
  Object.entries({
    overlay: { 'kustomization.yaml': 'resources: [config.yaml]\n', 'config.yaml': configMap('overlay', 'one') },
    chart: chart(configMap('{{ .Release.Name }}', '{{ .Capabilities.KubeVersion.Version }}')),
    secret: chart('apiVersion: v1\nkind: Secret\nmetadata: {name: hidden}\nstringData: {password: not-on-disk}\n'),
  }).flatMap(([folder, files]) => Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text])),
);

let folder: TempDir;
let sekisho: Sekisho;
beforeAll(async () => {
  folder = await tempDir('sekisho-kept-renders-');
  sekisho = await startSekisho({ dataDir: folder.path });
});
afterAll(async () => {
  await sekisho?.close();
  await folder?.remove();
});

/** Renders so far, by where their results came from. */
async function renders() {
  const { url, token } = sekisho.server;
  const response = await fetch(new URL('/metrics', url), { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  const value = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);
  return {
    computed: value(/^sekisho_renders_total (\d+)$/m),
    disk: value(/^sekisho_render_cache_hits_total\{from="disk"\} (\d+)$/m),
  };
}

test('after a restart nothing is rendered that is the same, but for what holds a Secret', async () => {
  const repository = await sekisho.repository('config', FILES);
  const names = ['overlay', 'chart', 'secret'];
  for (const name of names) {
    const wish = { repoURL: repository.url, path: name, syncPolicy: AUTOMATED };
    await sekisho.kube.create(APPLICATIONS, applicationObject(name, wish));
  }
  for (const name of names) await sekisho.untilGood(name);
  const kept = await readKept();
  expect(kept.filter((text) => text.includes('"overlay"'))).toHaveLength(1);
  expect(kept.filter((text) => text.includes('not-on-disk'))).toEqual([]);

  await sekisho.server.close();
  sekisho = await startSekisho({ dataDir: folder.path });
  const found = await eventually(
    async () => {
      const counts = await renders();
      return counts.computed + counts.disk >= names.length ? counts : undefined;
    },
    () => 'not all were looked at',
  );
  expect(found).toEqual({ computed: 1, disk: 2 });
});

test('a hard refresh renders anew', async () => {
  const before = await renders();
  expect((await sekisho.cli('app refresh overlay --hard')).code).toBe(0);
  await eventually(
    async () => ((await renders()).computed > before.computed ? true : undefined),
    () => 'nothing was rendered',
  );
});

async function readKept(): Promise<string[]> {
  const root = join(folder.path, 'cache', 'renders');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')));
}

import { silentLogger } from '@sekisho/base';
import { startChartRepository, tempDir } from '@sekisho/testkit';
import { afterEach, expect, test } from 'vitest';
import { createChartRepositories } from './chart-repositories.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(allowLoopback: boolean) {
  const [server, folder] = [await startChartRepository(), await tempDir('sekisho-chart-repositories-')];
  const credentials = { charts: async () => undefined };
  const repositories = createChartRepositories({
    cacheFolder: folder.path,
    credentials,
    allowLoopback,
    logger: silentLogger,
  });
  cleanups.push(server.close, folder.remove, repositories.close);
  return { server, repositories };
}

test('charts are fetched', async () => {
  const { server, repositories } = await start(true);
  server.add({ name: 'web', version: '1.0.0' });
  const { version } = await repositories.fetch({ repository: server.url, name: 'web', version: '' });
  expect(version).toBe('1.0.0');
});

test.each(['', 'oci://'])('other ports of this machine are refused: %s', async (scheme) => {
  const { server, repositories } = await start(false);
  const repository = scheme === '' ? server.url : `${scheme}${new URL(server.url).host}/charts`;
  await expect(repositories.resolve(repository, 'web', '1.0.0')).rejects.toMatchObject({ code: 'GIT_FORBIDDEN_URL' });
  expect(server.requests).toEqual([]);
});

test('an index does not lead to the metadata of a cloud', async () => {
  const { server, repositories } = await start(true);
  server.add({ name: 'web', version: '1.0.0', url: 'http://169.254.169.254/latest/web-1.0.0.tgz' });
  const fetching = repositories.fetch({ repository: server.url, name: 'web', version: '' });
  await expect(fetching).rejects.toMatchObject({ code: 'GIT_FORBIDDEN_URL' });
});

import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { silentLogger } from '@sekisho/base';
import {
  chartArchive,
  createCertificate,
  fakeClock,
  startChartRepository,
  startRegistry,
  type TestChartRepository,
  type TestRegistry,
  type TestRegistryOptions,
  tempDir,
} from '@sekisho/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { sha256 } from './archive-store.ts';
import { type ChartsOptions, createCharts } from './charts.ts';
import type { ChartCredentials } from './types.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function charts(options: Partial<ChartsOptions> = {}) {
  const created = createCharts({ credentials: async () => undefined, logger: silentLogger, ...options });
  cleanups.push(created.close);
  return created;
}

async function repository(options?: Parameters<typeof startChartRepository>[0]): Promise<TestChartRepository> {
  const started = await startChartRepository(options);
  cleanups.push(started.close);
  return started;
}

async function folder(): Promise<string> {
  const made = await tempDir('sekisho-charts-');
  cleanups.push(made.remove);
  return made.path;
}

const who = (credentials: ChartCredentials) => async () => credentials;

describe('a chart repository', () => {
  test('gives the newest of a range, with its digest', async () => {
    const { url, add } = await repository();
    add({ name: 'web', version: '1.2.0' });
    const archive = add({ name: 'web', version: '1.10.0' });
    add({ name: 'web', version: '2.0.0-rc.1' });
    const { fetch, resolve, versions } = charts();
    const fetched = await fetch({ repository: url, name: 'web', version: '^1' });
    expect(fetched).toEqual({ archive: Buffer.from(archive), version: '1.10.0', digest: `sha256:${sha256(archive)}` });
    expect(await resolve(url, 'web', '')).toEqual({ version: '1.10.0', digest: `sha256:${sha256(archive)}` });
    expect((await versions(`${url}/`, 'web')).map(({ version }) => version)).toEqual(['2.0.0-rc.1', '1.10.0', '1.2.0']);
  });

  test('is asked for its index again only after a while, and then whether it changed', async () => {
    const { url, add, requests } = await repository();
    add({ name: 'web', version: '1.0.0' });
    const clock = fakeClock();
    const { resolve } = charts({ clock });
    await resolve(url, 'web', '');
    await resolve(url, 'web', '');
    expect(requests).toEqual(['/charts/index.yaml']);
    add({ name: 'web', version: '1.1.0' });
    expect((await resolve(url, 'web', '')).version).toBe('1.0.0');
    await clock.advance(10_000);
    expect((await resolve(url, 'web', '')).version).toBe('1.1.0');
    await clock.advance(10_000);
    expect((await resolve(url, 'web', '')).version).toBe('1.1.0');
    expect(requests.length).toBe(3);
  });

  test('is asked at once for a version that its index lacks', async () => {
    const { url, add } = await repository();
    add({ name: 'web', version: '1.0.0' });
    const clock = fakeClock();
    const { resolve } = charts({ clock });
    await resolve(url, 'web', '');
    await clock.advance(1);
    add({ name: 'web', version: '1.1.0' });
    expect((await resolve(url, 'web', '1.1.0')).version).toBe('1.1.0');
  });

  test('that is away for a while: what was known of it counts', async () => {
    const server = await repository();
    server.add({ name: 'web', version: '1.0.0' });
    const clock = fakeClock();
    const { resolve } = charts({ clock });
    await resolve(server.url, 'web', '');
    await clock.advance(60_000);
    server.intercept = (_, response) => {
      response.writeHead(503).end();
      return true;
    };
    const resolving = resolve(server.url, 'web', '');
    await passing(clock, resolving);
    expect((await resolving).version).toBe('1.0.0');
  });

  test.each([
    ['basic authentication', { username: 'user', password: 'secret-word' }],
    ['no authentication', undefined],
  ])('with archives on another host: %s', async (_, credentials) => {
    const [index, host] = [await repository(credentials), await repository()];
    host.add({ name: 'web', version: '1.0.0' });
    index.add({ name: 'web', version: '1.0.0', url: `${host.url}/web-1.0.0.tgz` });
    const wanted = { repository: index.url, name: 'web', version: '1.0.0' };
    await charts({ credentials: who(credentials ?? {}) }).fetch(wanted);
    expect(host.authorizations).toEqual(['']);
    await charts({ credentials: who({ ...credentials, passCredentials: true }) }).fetch(wanted);
    await charts({ credentials: who(credentials ?? {}) }).fetch({ ...wanted, passCredentials: true });
    const passed = credentials === undefined ? '' : index.authorizations[0];
    expect(host.authorizations.slice(1)).toEqual([passed, passed]);
  });

  test.each([
    ['credentials of the address', (url: string) => url.replace('://', '://user:secret-word@'), {}],
    ['given ones', (url: string) => url, { username: 'user', password: 'secret-word' }],
  ])('takes %s', async (_, address, credentials) => {
    const { url, add } = await repository({ username: 'user', password: 'secret-word' });
    add({ name: 'web', version: '1.0.0' });
    const { fetch } = charts({ credentials: who(credentials) });
    expect((await fetch({ repository: address(url), name: 'web', version: '' })).version).toBe('1.0.0');
  });

  test.each([
    ['CHART_REPOSITORY_NO_CHART', { name: 'other' }, {}],
    ['CHART_REPOSITORY_NO_VERSION', { version: '3.x' }, {}],
    ['CHART_REPOSITORY_NO_VERSION', { version: 'latest' }, {}],
    ['CHART_REPOSITORY_DIGEST', {}, { digest: '0'.repeat(64) }],
    ['CHART_REPOSITORY_REFUSED', {}, { url: 'not-there.tgz' }],
    ['CHART_REPOSITORY_ADDRESS', {}, { url: 'file:///etc/passwd' }],
  ])('says %s for %j', async (code, wanted, entry) => {
    const { url, add } = await repository();
    add({ name: 'web', version: '1.0.0', ...entry });
    const request = { repository: url, name: 'web', version: '1.0.0', ...wanted };
    await expect(charts().fetch(request)).rejects.toMatchObject({ code });
  });

  test.each([
    ['no YAML', 'a: [', 'index.yaml:1:'],
    ['no index', 'hello: world', 'apiVersion'],
    ['a page', '<html><body>hello</body></html>', 'index'],
    ['a list', '[1]', 'apiVersion'],
    ['no JSON', '{"entries": ', 'JSON'],
    ['an exploding text', `a: &a [x]\n${bomb()}`, 'index.yaml:'],
  ])('says of %s that it is no index', async (_, text, part) => {
    const { url, files } = await repository();
    files.set('index.yaml', text);
    await expect(charts().fetch({ repository: url, name: 'web', version: '' })).rejects.toMatchObject({
      code: 'CHART_REPOSITORY_INDEX',
      message: expect.stringContaining(part),
    });
  });

  test('may write its index as JSON, and have entries that are none', async () => {
    const { url, files } = await repository();
    files.set('web.tgz', chartArchive('web', { 'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n' }));
    const web = [null, 1, { urls: [] }, { version: '1.0.0', urls: ['web.tgz'] }, { version: '9.0.0-x', urls: null }];
    files.set('index.yaml', JSON.stringify({ apiVersion: 'v1', entries: { web, other: null } }));
    expect((await charts().fetch({ repository: url, name: 'web', version: '' })).version).toBe('1.0.0');
    const places = charts().fetch({ repository: url, name: 'web', version: '9.0.0-x' });
    await expect(places).rejects.toMatchObject({ code: 'CHART_REPOSITORY_ADDRESS' });
  });

  test.each([
    ['index.yaml', { maxIndexBytes: 100 }],
    ['an archive', { maxArchiveBytes: 100 }],
  ])('%s that is too large is refused', async (_, limits) => {
    const { url, add } = await repository();
    add({ name: 'web', version: '1.0.0' });
    await expect(charts({ limits }).fetch({ repository: url, name: 'web', version: '' })).rejects.toMatchObject({
      code: 'CHART_REPOSITORY_TOO_LARGE',
    });
  });

  test('wants credentials: no secret is told', async () => {
    const { url, add } = await repository({ username: 'user', password: 'secret-word' });
    add({ name: 'web', version: '1.0.0' });
    const { fetch } = charts({ credentials: who({ username: 'user', password: 'wrong-word' }) });
    const error = await fetch({ repository: `${url}?token=hidden-token`, name: 'web', version: '' }).catch((e) => e);
    expect(error).toMatchObject({ code: 'CHART_REPOSITORY_REFUSED' });
    expect(JSON.stringify(error) + String(error.stack) + error.hint).not.toMatch(/wrong-word|hidden-token/);
  });

  test('that fails is asked three times', async () => {
    const server = await repository();
    server.add({ name: 'web', version: '1.0.0' });
    const clock = fakeClock();
    server.intercept = (_, response) => {
      if (server.requests.length > 2) return false;
      response.writeHead(500).end();
      return true;
    };
    const fetching = charts({ clock }).fetch({ repository: server.url, name: 'web', version: '' });
    await passing(clock, fetching);
    expect((await fetching).version).toBe('1.0.0');
  });

  test('is asked once by callers who come together; one may leave', async () => {
    const { url, add, requests } = await repository();
    add({ name: 'web', version: '1.0.0' });
    const { fetch } = charts();
    const leaving = new AbortController();
    const all = [undefined, leaving.signal, undefined].map((signal) =>
      fetch({ repository: url, name: 'web', version: '', ...(signal === undefined ? {} : { signal }) }),
    );
    leaving.abort(new Error('left'));
    const results = await Promise.allSettled(all);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(requests).toEqual(['/charts/index.yaml', '/charts/web-1.0.0.tgz']);
  });

  test('that never answers is left when the caller leaves, or the time is up', async () => {
    const server = await repository();
    server.intercept = () => true;
    const clock = fakeClock();
    const request = { repository: server.url, name: 'web', version: '' };
    await expect(charts().fetch({ ...request, signal: AbortSignal.timeout(20) })).rejects.toThrow('timeout');
    const slow = charts({ clock, limits: { maxFetchMs: 1_000 } }).fetch(request);
    await passing(clock, slow);
    await expect(slow).rejects.toMatchObject({ code: 'CHART_REPOSITORY_UNREACHABLE', retryable: true });
  });
});

describe('over TLS', () => {
  test('certificates are checked, by given authorities; a server may ask for ours', async (context) => {
    const [certificate, ours] = [await createCertificate('127.0.0.1'), await createCertificate('client')];
    if (certificate === undefined || ours === undefined) return context.skip();
    const archive = chartArchive('web', { 'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n' });
    const entries = { web: [{ version: '1.0.0', urls: ['web.tgz'] }] };
    const server = createServer(
      {
        cert: certificate.certificatePem,
        key: certificate.keyPem,
        ca: ours.certificatePem,
        requestCert: true,
        rejectUnauthorized: true,
      },
      (request, response) => {
        const isIndex = request.url === '/index.yaml';
        response.end(isIndex ? JSON.stringify({ apiVersion: 'v1', entries }) : archive);
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const wanted = { repository: url, name: 'web', version: '' };
    const clientCertificate = { cert: ours.certificatePem, key: ours.keyPem };
    const tlsCa = certificate.certificatePem;
    for (const credentials of [
      { tlsCa, clientCertificate },
      { insecure: true, clientCertificate },
    ]) {
      expect((await charts({ credentials: who(credentials) }).fetch(wanted)).version).toBe('1.0.0');
    }
    const clock = fakeClock();
    for (const credentials of [{}, { tlsCa }, { clientCertificate }]) {
      const refused = charts({ credentials: who(credentials), clock }).fetch(wanted);
      await passing(clock, refused);
      await expect(refused).rejects.toMatchObject({ code: 'CHART_REPOSITORY_UNREACHABLE' });
    }
  });
});

describe('archives on disk', () => {
  test('are fetched once, and again when they are damaged', async () => {
    const { url, add, requests } = await repository();
    const archive = add({ name: 'web', version: '1.0.0' });
    const cacheFolder = await folder();
    const wanted = { repository: url, name: 'web', version: '1.0.0' };
    const fetched = () => requests.filter((path) => path.endsWith('.tgz')).length;
    await charts({ cacheFolder }).fetch(wanted);
    await charts({ cacheFolder }).fetch(wanted);
    expect(fetched()).toBe(1);
    await writeFile(join(cacheFolder, 'charts', `${sha256(archive)}.tgz`), 'damaged');
    expect((await charts({ cacheFolder }).fetch(wanted)).archive).toEqual(Buffer.from(archive));
    expect(fetched()).toBe(2);
  });

  test('are bounded: what was not used for longest goes, and what was never finished', async () => {
    const { url, add } = await repository();
    const cacheFolder = await folder();
    const sizes = ['1.0.0', '2.0.0', '3.0.0'].map((version) => add({ name: 'web', version }).length);
    const old = join(cacheFolder, 'charts', `${'a'.repeat(64)}.1.0.tmp`);
    await mkdir(join(cacheFolder, 'charts'));
    await writeFile(old, 'half');
    await utimes(old, 1, 1);
    const { fetch } = charts({ cacheFolder, limits: { maxCacheBytes: (sizes[0] ?? 0) * 2.5 } });
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
      const { digest } = await fetch({ repository: url, name: 'web', version });
      const seconds = Number(version[0]);
      await utimes(join(cacheFolder, 'charts', `${digest.slice(7)}.tgz`), seconds, seconds).catch(() => {});
    }
    const left = await readdir(join(cacheFolder, 'charts'));
    expect(left.every((name) => name.endsWith('.tgz'))).toBe(true);
    expect(left.length).toBe(2);
  });

  test('where nothing can be written: charts come all the same', async () => {
    const { url, add } = await repository();
    add({ name: 'web', version: '1.0.0' });
    const cacheFolder = join(await folder(), 'file');
    await writeFile(cacheFolder, '');
    const { version } = await charts({ cacheFolder }).fetch({ repository: url, name: 'web', version: '' });
    expect(version).toBe('1.0.0');
  });
});

describe('a registry', () => {
  const user = { username: 'user', password: 'secret' };

  async function registry(options: TestRegistryOptions = {}) {
    const started = await startRegistry(options);
    cleanups.push(started.close);
    return started;
  }

  function push(registry: TestRegistry, version: string, config = 'application/vnd.cncf.helm.config.v1+json') {
    const archive = chartArchive('web', { 'Chart.yaml': `apiVersion: v2\nname: web\nversion: ${version}\n` });
    const digest = registry.addArtifact(`charts/web:${version.replaceAll('+', '_')}`, {
      config: { mediaType: config, content: '{}' },
      layers: [
        { mediaType: 'application/vnd.cncf.helm.chart.provenance.v1.prov', content: 'signed' },
        { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', content: archive },
      ],
    });
    return { archive, digest };
  }

  test.each([
    ['nobody is asked', {}],
    ['basic authentication', { auth: 'basic' }],
    ['a bearer token', { auth: 'token' }],
  ] as const)('gives the newest of a range: %s', async (_, options) => {
    const server = await registry(options);
    push(server, '1.0.0');
    const { archive } = push(server, '1.2.0+build.1');
    push(server, '2.0.0');
    const { fetch, versions, resolve } = charts({ credentials: who({ ...user, plainHttp: true }) });
    for (const repository of [`oci://${server.host}/charts`, `${server.host}/charts/`]) {
      const fetched = await fetch({ repository, name: 'web', version: '1.x' });
      expect(fetched).toEqual({
        archive: Buffer.from(archive),
        version: '1.2.0+build.1',
        digest: `sha256:${sha256(archive)}`,
      });
    }
    const all = await versions(`oci://${server.host}/charts`, 'web');
    expect(all.map(({ version }) => version)).toEqual(['2.0.0', '1.2.0+build.1', '1.0.0']);
    const exact = await resolve(`oci://${server.host}/charts`, 'web', '1.2.0+build.1');
    expect(exact.digest).toBe(`sha256:${sha256(archive)}`);
  });

  test('gives a chart by its address, with its provenance', async () => {
    const server = await registry();
    const { archive, digest } = push(server, '1.0.0');
    const { download } = charts({ credentials: who({ plainHttp: true }) });
    for (const end of ['', ':1.0.0', `:1.0.0@${digest}`]) {
      const address = `oci://${server.host}/charts/web${end}`;
      const signed = await download(address, { provenance: true });
      expect(signed).toMatchObject({ archive: Buffer.from(archive), version: '1.0.0', file: 'web-1.0.0.tgz' });
      expect(Buffer.from(signed.provenance ?? []).toString()).toBe('signed');
    }
    const byDigest = await download(`oci://${server.host}/charts/web@${digest}`);
    expect(byDigest.archive).toEqual(Buffer.from(archive));
  });

  test('may hold what the index of a repository names', async () => {
    const server = await registry();
    const { archive } = push(server, '1.0.0');
    const { url, add } = await repository();
    const address = `oci://${server.host}/charts/web:1.0.0`;
    add({ name: 'web', version: '1.0.0', url: address, digest: sha256(archive) });
    const { fetch } = charts({
      credentials: async (wanted) => (wanted === address ? { plainHttp: true } : undefined),
    });
    expect((await fetch({ repository: url, name: 'web', version: '' })).archive).toEqual(Buffer.from(archive));
  });

  test.each([
    ['CHART_REPOSITORY_NO_VERSION', 'web', '9.x'],
    ['CHART_REPOSITORY_NO_VERSION', 'web', 'newest'],
    ['REGISTRY_NOT_FOUND', 'web', '9.0.0'],
    ['CHART_REPOSITORY_NO_CHART', 'other', ''],
  ])('says %s for %s %s', async (code, name, version) => {
    const server = await registry();
    push(server, '1.0.0');
    const { fetch } = charts({ credentials: who({ plainHttp: true }) });
    const request = { repository: `oci://${server.host}/charts`, name, version };
    await expect(fetch(request)).rejects.toMatchObject({ code });
  });

  test('with something else than a chart: it is told', async () => {
    const server = await registry();
    push(server, '1.0.0', 'application/vnd.oci.image.config.v1+json');
    const { download } = charts({ credentials: who({ plainHttp: true }) });
    const at = `oci://${server.host}/charts/web`;
    await expect(download(`${at}:1.0.0`)).rejects.toMatchObject({ code: 'CHART_REPOSITORY_ADDRESS' });
    await expect(download(`${at}:1.0.0`, { version: '2.0.0' })).rejects.toMatchObject({
      message: expect.stringContaining('2.0.0'),
    });
  });
});

test('addresses are asked only when the caller permits them, also those of an index', async () => {
  const [index, host] = [await repository(), await repository()];
  host.add({ name: 'web', version: '1.0.0' });
  index.add({ name: 'web', version: '1.0.0', url: `${host.url}/web-1.0.0.tgz` });
  const permit = async (address: string) => {
    if (new URL(address).host === new URL(host.url).host) throw new Error('forbidden');
  };
  const { fetch } = charts({ permit });
  await expect(fetch({ repository: index.url, name: 'web', version: '' })).rejects.toThrow('forbidden');
  await expect(fetch({ repository: host.url, name: 'web', version: '' })).rejects.toThrow('forbidden');
  index.intercept = (request, response) => {
    if (!request.url?.endsWith('.tgz')) return false;
    response.writeHead(302, { location: `${host.url}/web-2.0.0.tgz` }).end();
    return true;
  };
  index.add({ name: 'web', version: '2.0.0' });
  await expect(fetch({ repository: index.url, name: 'web', version: '2.0.0' })).rejects.toThrow('forbidden');
  const registry = fetch({ repository: `oci://${new URL(host.url).host}/charts`, name: 'web', version: '1.0.0' });
  await expect(registry).rejects.toThrow(/forbidden|reached/);
  expect(host.requests).toEqual([]);
});

test.each(['', 'web', 'ftp://charts.example/x', 'file:///etc', 'https://', 'stable/'])(
  '%j is no address of charts',
  async (repository) => {
    const code = expect.stringMatching(/^(CHART_REPOSITORY_ADDRESS|REGISTRY_REFERENCE)$/);
    await expect(charts().fetch({ repository, name: 'web', version: '1.0.0' })).rejects.toMatchObject({ code });
  },
);

/** Lets time pass until the work has ended. */
async function passing(clock: ReturnType<typeof fakeClock>, work: Promise<unknown>): Promise<void> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  work.then(end, end);
  while (!ended) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(100);
  }
}

function bomb(): string {
  const names = [...'abcdefghij'];
  return names
    .map(
      (name, i) => `${names[i + 1] ?? 'z'}: &${names[i + 1] ?? 'z'} [*${name},*${name},*${name},*${name},*${name}]\n`,
    )
    .join('');
}

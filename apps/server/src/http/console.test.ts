import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type TempDir, tempDir } from '@sekisho/testkit';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compressAnswers } from './compression.ts';
import { consoleRoutes } from './console.ts';

const PAGE = '<!doctype html><title>Sekisho</title>';
const SCRIPT = 'export const text = "a script";\n'.repeat(100);

let folder: TempDir;
let app: FastifyInstance;

beforeAll(async () => {
  folder = await tempDir('sekisho-console-');
  await mkdir(join(folder.path, 'assets'));
  await writeFile(join(folder.path, 'index.html'), PAGE);
  await writeFile(join(folder.path, 'sekisho.svg'), '<svg/>');
  await writeFile(join(folder.path, 'assets/index-1a2b3c.js'), SCRIPT);
  await writeFile(join(folder.path, 'assets/index-1a2b3c.js.gz'), gzipSync(SCRIPT));
  await writeFile(join(folder.path, '.secret'), 'not for the world');
  app = fastify();
  compressAnswers(app);
  app.get('/api/v1/long', () => ({ text: 'long '.repeat(1000) }));
  app.get('/api/v1/short', () => ({ text: 'short' }));
  app.get('/api/v1/session', () => ({ csrf: 'secret '.repeat(1000) }));
  consoleRoutes({ folder: folder.path })(app);
  await app.ready();
});
afterAll(async () => {
  await app?.close();
  await folder?.remove();
});

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
const html = { accept: 'text/html,*/*' };

describe('the console', () => {
  test.each(['/', '/applications/argocd/web', '/audit?search=x'])(
    '%s is the page, asked for each time',
    async (url) => {
      const answer = await get(url, html);
      expect(answer.body).toBe(PAGE);
      expect(answer.headers['cache-control']).toBe('no-cache');
      expect(answer.headers.etag).toBeTruthy();
      const again = await get(url, { ...html, 'if-none-match': String(answer.headers.etag) });
      expect(again.statusCode).toBe(304);
    },
  );

  test('its policy lets nothing run but its own scripts', async () => {
    const policy = String((await get('/', html)).headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe/);
  });

  test('assets are kept for a year, and come as they were compressed at the build', async () => {
    const plain = await get('/assets/index-1a2b3c.js');
    expect(plain.body).toBe(SCRIPT);
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const zipped = await get('/assets/index-1a2b3c.js', { 'accept-encoding': 'gzip' });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(zipped.rawPayload).toString()).toBe(SCRIPT);
    expect(zipped.headers['content-type']).toContain('javascript');
  });

  test.each([
    ['/assets/nothing.js', 404],
    ['/assets/../.secret', 404],
    ['/assets/%2e%2e/.secret', 404],
    ['/assets/..%2f.secret', 403],
    ['/api/v1/nothing', 404],
  ])('%s is answered %i', async (url, status) => {
    const answer = await get(url);
    expect(answer.statusCode).toBe(status);
    expect(answer.body).not.toContain('not for the world');
  });

  test('a mistyped address of the API is no page', async () => {
    expect((await get('/api/v1/aplications', { accept: 'application/json' })).statusCode).toBe(404);
  });

  test('which is not built says how to build it', async () => {
    const bare = fastify();
    consoleRoutes({ folder: join(folder.path, 'assets') })(bare);
    const answer = await bare.inject({ url: '/', headers: html });
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain('npm run build -w apps/console');
    await bare.close();
  });
});

describe('answers', () => {
  test.each([
    ['/api/v1/long', 'gzip, deflate, br', 'gzip'],
    ['/api/v1/long', 'br, gzip;q=0.5', 'gzip'],
    ['/api/v1/long', '*', 'gzip'],
    ['/api/v1/long', 'br, gzip;q=0', undefined],
    ['/api/v1/long', '', undefined],
    ['/api/v1/short', 'gzip', undefined],
    ['/api/v1/session', 'gzip', undefined],
  ])('%s for a caller that accepts "%s" is encoded as %s', async (url, accepted, encoding) => {
    const answer = await get(url, { 'accept-encoding': accepted });
    expect(answer.headers['content-encoding']).toBe(encoding);
    const body = encoding === undefined ? answer.rawPayload : gunzipSync(answer.rawPayload);
    expect(Object.keys(JSON.parse(body.toString()))).toHaveLength(1);
    if (url.endsWith('long')) expect(answer.headers.vary).toContain('accept-encoding');
  });
});

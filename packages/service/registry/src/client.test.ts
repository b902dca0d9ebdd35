import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startRegistry, type TestRegistry, type TestRegistryOptions, tempDir } from '@sekisho/testkit';
import { afterEach, expect, test } from 'vitest';
import { createRegistryClient, type RegistryClient } from './client.ts';
import { type Credentials, dockerCredentials } from './credentials.ts';
import { digestOf } from './digest.ts';
import { MANIFEST_TYPES } from './manifest.ts';
import { parseReference } from './reference.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const user: Credentials = { username: 'user', secret: 'secret' };

async function start(options: TestRegistryOptions = {}, credentials?: Credentials) {
  const registry = await startRegistry(options);
  const client = createRegistryClient({ plainHttp: true, timeoutMs: 2000, credentials: async () => credentials });
  cleanups.push(registry.close, client.close);
  return { registry, client, reference: parseReference(`${registry.host}/team/policies:v1`) };
}

async function push(client: RegistryClient, registry: TestRegistry, content = 'package main') {
  const reference = parseReference(`${registry.host}/team/policies:v1`);
  const config = await client.putBlob(reference, Buffer.from('{}'), 'application/vnd.unknown.config.v1+json');
  const layer = await client.putBlob(reference, Buffer.from(content), 'text/plain');
  const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPES.image, config, layers: [layer] } as const;
  return { digest: await client.putManifest(reference, manifest), layer };
}

test.each([
  ['nobody is asked', {}, undefined],
  ['basic authentication', { auth: 'basic' }, user],
  ['a bearer token', { auth: 'token' }, user],
] as const)('what was pushed is pulled: %s', async (_, options, credentials) => {
  const { registry, client, reference } = await start(options, credentials);
  const { digest, layer } = await push(client, registry);
  const pulled = await client.getManifest(reference);
  expect(pulled.digest).toBe(digest);
  expect(pulled.manifest.layers).toEqual([layer]);
  expect((await client.getBlob(reference, layer, { maxBytes: 100 })).toString()).toBe('package main');
  expect((await client.getManifest({ ...reference, digest })).digest).toBe(digest);
});

test('tags are listed, page by page', async () => {
  const { registry, client, reference } = await start({ auth: 'token' }, user);
  const { manifest } = await push(client, registry).then(() => client.getManifest(reference));
  for (const tag of ['v2', 'v3', 'v4', 'v5']) await client.putManifest({ ...reference, tag }, manifest);
  expect(await client.listTags(reference)).toEqual(['v1', 'v2', 'v3', 'v4', 'v5']);
  const unknown = { ...reference, repository: 'team/nothing' };
  await expect(client.listTags(unknown)).rejects.toMatchObject({ code: 'REGISTRY_NOT_FOUND' });
});

test.each(['no JSON', '{"tags": 1}', '{"tags": [1]}'])('%s is no list of tags', async (body) => {
  const { registry, client, reference } = await start();
  registry.intercept = (_, response) => {
    response.end(body);
    return true;
  };
  await expect(client.listTags(reference)).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
});

test('a blob that the registry has is not sent again', async () => {
  const { registry, client } = await start();
  await push(client, registry);
  const puts = () => registry.requests.filter((line) => line.startsWith('PUT') && line.includes('/blobs/')).length;
  const before = puts();
  await push(client, registry);
  expect(puts()).toBe(before);
});

test.each([
  ['wrong credentials', { auth: 'basic' }, { username: 'user', secret: 'wrong-password' }],
  ['no credentials', { auth: 'basic' }, undefined],
  ['wrong credentials for a token', { auth: 'token' }, { username: 'user', secret: 'wrong-password' }],
] as const)('%s are told without the secret', async (_, options, credentials) => {
  const { client, reference } = await start(options, credentials);
  const error: unknown = await client.getManifest(reference).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'REGISTRY_AUTH' });
  expect(JSON.stringify(error) + String(error)).not.toContain('wrong-password');
});

test('bytes that are not what their digest says are refused', async () => {
  const { registry, client, reference } = await start();
  const { layer, digest } = await push(client, registry);
  registry.blobs.set(layer.digest, Buffer.from('package evil'));
  await expect(client.getBlob(reference, layer, { maxBytes: 100 })).rejects.toMatchObject({ code: 'REGISTRY_DIGEST' });
  registry.manifests.set(`team/policies@${digest}`, Buffer.from('{}'));
  await expect(client.getManifest({ ...reference, digest })).rejects.toMatchObject({ code: 'REGISTRY_DIGEST' });
});

test('a blob beyond the limit is not read, whatever its descriptor says', async () => {
  const { registry, client, reference } = await start();
  const { layer } = await push(client, registry);
  await expect(client.getBlob(reference, layer, { maxBytes: 3 })).rejects.toMatchObject({ code: 'REGISTRY_TOO_LARGE' });
  const large = Buffer.alloc(2 * 1024 * 1024);
  registry.blobs.set(layer.digest, large);
  await expect(client.getBlob(reference, layer, { maxBytes: 100 })).rejects.toMatchObject({
    code: 'REGISTRY_TOO_LARGE',
  });
});

test.each([
  ['no JSON', 'nonsense'],
  ['null', 'null'],
  ['an index', JSON.stringify({ schemaVersion: 2, manifests: [] })],
  ['a digest that is none', manifestWith({ digest: 'sha256:abc' })],
  ['a negative size', manifestWith({ size: -1 })],
])('a manifest that is %s is refused', async (_, text) => {
  const { registry, client, reference } = await start();
  registry.manifests.set('team/policies:v1', Buffer.from(text));
  await expect(client.getManifest(reference)).rejects.toMatchObject({ code: 'REGISTRY_MANIFEST' });
});

function manifestWith(change: object): string {
  const descriptor = { mediaType: 'a', digest: digestOf(Buffer.from('a')), size: 1 };
  return JSON.stringify({ schemaVersion: 2, config: descriptor, layers: [{ ...descriptor, ...change }] });
}

test('what is missing, refused or broken is told', async () => {
  const { registry, client, reference } = await start();
  await expect(client.getManifest(reference)).rejects.toMatchObject({ code: 'REGISTRY_NOT_FOUND' });
  for (const [status, code, retryable] of [
    [403, 'REGISTRY_AUTH', false],
    [429, 'REGISTRY_REFUSED', true],
    [500, 'REGISTRY_REFUSED', true],
    [418, 'REGISTRY_REFUSED', false],
  ] as const) {
    registry.intercept = (_, response) => {
      response.writeHead(status).end();
      return true;
    };
    await expect(client.getManifest(reference)).rejects.toMatchObject({ code, retryable });
  }
  registry.intercept = (_, response) => {
    response.destroy();
    return true;
  };
  await expect(client.getManifest(reference)).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE', retryable: true });
});

test('redirects are followed without credentials, and not for ever', async () => {
  const { registry, client, reference } = await start({ auth: 'basic' }, user);
  const { layer } = await push(client, registry);
  const storage = await startRegistry();
  cleanups.push(storage.close);
  let seen: string | undefined = 'nothing';
  storage.intercept = (request, response) => {
    seen = request.headers.authorization;
    response.end('package main');
    return true;
  };
  registry.intercept = (request, response) => {
    if (!request.url?.includes('/blobs/')) return false;
    response.writeHead(307, { location: `http://${storage.host}/there` }).end();
    return true;
  };
  expect((await client.getBlob(reference, layer, { maxBytes: 100 })).toString()).toBe('package main');
  expect(seen).toBeUndefined();
  registry.intercept = (request, response) => {
    response.writeHead(307, { location: request.url ?? '' }).end();
    return true;
  };
  await expect(client.getManifest(reference)).rejects.toMatchObject({ code: 'REGISTRY_REDIRECT' });
});

test('an upload goes nowhere else', async () => {
  const { registry, client, reference } = await start();
  registry.intercept = (request, response) => {
    if (request.method !== 'POST') return false;
    response.writeHead(202, { location: 'http://127.0.0.1:1/elsewhere' }).end();
    return true;
  };
  await expect(client.putBlob(reference, Buffer.from('x'), 'text/plain')).rejects.toMatchObject({
    code: 'REGISTRY_REDIRECT',
  });
});

test('the signal ends it', async () => {
  const { registry, client, reference } = await start();
  registry.intercept = () => true;
  const controller = new AbortController();
  const pulling = client.getManifest(reference, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(pulling).rejects.toThrow('enough');
});

test("dockerCredentials reads Docker's file and asks helpers", async () => {
  const { path: folder, remove } = await tempDir();
  cleanups.push(remove);
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const script = '#!/bin/sh\nread host\necho "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"of $host\\"}"\n';
  await writeFile(join(bin, 'docker-credential-test'), script, { mode: 0o755 });
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({
      auths: { 'a.example': { auth: Buffer.from('me:pass:word').toString('base64') }, 'b.example': {} },
      credHelpers: { 'c.example': 'test', 'd.example': 'not-there', 'e.example': '../evil' },
    }),
  );
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` };
  const find = dockerCredentials({ folder, env });
  expect(await find('a.example')).toEqual({ username: 'me', secret: 'pass:word' });
  expect(await find('b.example')).toBeUndefined();
  expect(await find('c.example')).toEqual({ username: '<token>', secret: 'of c.example', isIdentityToken: true });
  await expect(find('d.example')).rejects.toMatchObject({ code: 'REGISTRY_CREDENTIALS' });
  await expect(find('e.example')).rejects.toMatchObject({ code: 'REGISTRY_CREDENTIALS' });
  expect(await dockerCredentials({ folder: join(folder, 'none') })('a.example')).toBeUndefined();
});

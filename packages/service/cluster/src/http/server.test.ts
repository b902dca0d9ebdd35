import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { silentLogger } from '@sekisho/base';
import { type TempDir, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, openCluster } from '../cluster.ts';

let dir: TempDir;
let cluster: Cluster;
let url: string;
beforeAll(async () => {
  dir = await tempDir();
  cluster = await openCluster({ dataDir: dir.path, logger: silentLogger });
  ({ url } = await cluster.listen({ host: '127.0.0.1', port: 0 }));
});
afterAll(async () => {
  await cluster.close();
  await dir.remove();
});

interface Options {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly token?: string | undefined;
}

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly bytes: Buffer;
  readonly json: () => Record<string, unknown>;
}

function http(path: string, options: Options = {}): Promise<Reply> {
  const token = 'token' in options ? options.token : cluster.adminToken;
  const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...options.headers };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}${path}`,
      { method: options.method ?? 'GET', ca: cluster.caPem, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            bytes,
            json: () => JSON.parse(bytes.toString()),
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

const MAPS = '/api/v1/namespaces/default/configmaps';
const JSON_TYPE = { 'content-type': 'application/json' };

test('only health and version answer without a token', async () => {
  for (const path of ['/healthz', '/livez', '/readyz', '/version', '/readyz/ping']) {
    expect([path, (await http(path, { token: undefined })).status]).toEqual([path, 200]);
  }
  for (const path of ['/api', '/apis', '/openapi/v3', MAPS, '/']) {
    const reply = await http(path, { token: undefined });
    expect([path, reply.status, reply.json()['reason']]).toEqual([path, 401, 'Unauthorized']);
  }
  expect((await http('/api', { token: 'wrong' })).status).toBe(401);
  expect((await http('/version', { token: 'wrong' })).status).toBe(401);
});

test('issued tokens work, also after a restart, and are stored only as hashes', async () => {
  const token = await cluster.issueToken('alice', ['team']);
  const review = await http('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    method: 'POST',
    token,
    headers: JSON_TYPE,
    body: '{}',
  });
  expect(review.json()['status']).toEqual({ userInfo: { username: 'alice', groups: ['team'] } });
  const admin = cluster.adminToken;
  await cluster.close();
  expect(readFileSync(join(dir.path, 'storage/objects.lmdb')).includes(token)).toBe(false);
  expect(statSync(join(dir.path, 'admin.token')).mode & 0o777).toBe(0o600);
  expect(statSync(join(dir.path, 'tls/ca.key')).mode & 0o777).toBe(0o600);
  const ca = cluster.caPem;
  cluster = await openCluster({ dataDir: dir.path, logger: silentLogger });
  ({ url } = await cluster.listen({ host: '127.0.0.1', port: 0 }));
  expect([cluster.adminToken, cluster.caPem]).toEqual([admin, ca]);
  expect((await http('/api', { token })).status).toBe(200);
});

test.each([
  ['broken JSON', { body: '{', headers: JSON_TYPE }, 400, 'BadRequest'],
  ['broken YAML', { body: 'a: [', headers: { 'content-type': 'application/yaml' } }, 400, 'BadRequest'],
  [
    'a YAML alias bomb',
    {
      body: `a: &a [x,x]\nb: &b [*a,*a]\n${Array.from({ length: 20 }, (_, n) => `c${n}: &c${n} [${n === 0 ? '*b,*b' : `*c${n - 1},*c${n - 1}`}]`).join('\n')}`,
      headers: { 'content-type': 'application/yaml' },
    },
    400,
    'BadRequest',
  ],
  [
    'broken protobuf',
    {
      body: Buffer.from('k8s\0\x0a\xff\xff', 'latin1'),
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
    },
    400,
    'BadRequest',
  ],
  ['CBOR', { body: 'x', headers: { 'content-type': 'application/cbor' } }, 415, 'UnsupportedMediaType'],
  ['more than 3 MiB', { body: 'x'.repeat(3 * 1024 * 1024 + 1), headers: JSON_TYPE }, 413, 'RequestEntityTooLarge'],
  ['gzip that is none', { body: 'x', headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } }, 400, 'BadRequest'],
])('%s is refused with a Status', async (_, options, code, reason) => {
  const reply = await http(MAPS, { method: 'POST', ...options } as Options);
  expect([reply.status, reply.json()['reason']]).toEqual([code, reason]);
});

test('other methods are refused', async () => {
  expect((await http(MAPS, { method: 'OPTIONS' })).status).toBe(405);
});

test('YAML bodies are read, large answers are compressed when the client takes it', async () => {
  const body = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata: {text: "${'abc'.repeat(100_000)}"}\n`;
  expect((await http(MAPS, { method: 'POST', body, headers: { 'content-type': 'application/yaml' } })).status).toBe(
    201,
  );
  const plain = await http(`${MAPS}/big`);
  const packed = await http(`${MAPS}/big`, { headers: { 'accept-encoding': 'gzip' } });
  expect(packed.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true);
});

test('a watch streams one JSON object a line and ends when the server closes', async () => {
  const folder = mkdtempSync(join(dir.path, 'second-'));
  const other = await openCluster({ dataDir: folder, logger: silentLogger });
  const at = await other.listen({ host: '127.0.0.1', port: 0 });
  const lines: string[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    request(
      `${at.url}/api/v1/namespaces?watch=true`,
      { ca: other.caPem, headers: { authorization: `Bearer ${other.adminToken}` } },
      (response) => {
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          lines.push(...chunk.split('\n').filter((line) => line !== ''));
          if (lines.length === 4) void other.close();
        });
        response.on('end', resolve);
      },
    )
      .on('error', reject)
      .end();
  });
  await ended;
  expect(lines.map((line) => JSON.parse(line).object.metadata.name)).toEqual([
    'default',
    'kube-node-lease',
    'kube-public',
    'kube-system',
  ]);
});

test('discovery documents carry their media type, OpenAPI its hash', async () => {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
  const aggregated = await http('/apis', { headers: { accept } });
  expect(aggregated.headers['content-type']).toBe(
    'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  );
  const index = (await http('/openapi/v3')).json() as { paths: Record<string, { serverRelativeURL: string }> };
  const address = index.paths['apis/apps/v1']?.serverRelativeURL ?? '';
  const document = await http(address);
  expect(document.headers['cache-control']).toContain('immutable');
  const again = await http(address, { headers: { 'if-none-match': String(document.headers['etag']) } });
  expect(again.status).toBe(304);
});

test('OpenAPI v2 is served as JSON and as protobuf', async () => {
  const swagger = (await http('/openapi/v2')).json() as { swagger: string; definitions: Record<string, unknown> };
  expect([swagger.swagger, 'io.k8s.api.apps.v1.Deployment' in swagger.definitions]).toEqual(['2.0', true]);
  const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
  const reply = await http('/openapi/v2', { headers: { accept } });
  expect(reply.headers['content-type']).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
  expect(reply.bytes.subarray(0, 5).toString('latin1')).toBe('\n\x032.0');
  expect(reply.bytes.includes('io.k8s.api.apps.v1.Deployment')).toBe(true);
});

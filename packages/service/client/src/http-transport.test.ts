import { chmod, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import type { WatchEvent } from '@sekisho/kube';
import { tempDir } from '@sekisho/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import type { ConnectionConfig } from './index.ts';
import { createClient, createHttpTransport, type HttpTransport, type HttpTransportOptions } from './index.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

interface Setup {
  readonly transport: HttpTransport;
  readonly server: Server;
  readonly url: string;
  readonly sockets: Set<Socket>;
  /** Connections accepted so far. */
  accepted(): number;
}

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setup(
  handler: Handler,
  config: Partial<ConnectionConfig> = {},
  options: HttpTransportOptions = {},
): Promise<Setup> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => handler(request, response, body));
  });
  server.on('connection', (socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = createHttpTransport({ name: 'test', server: url, ...config }, options);
  cleanups.push(async () => {
    await transport.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { transport, server, url, sockets, accepted: () => accepted };
}

function json(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

const line = (type: string, name: string) =>
  `${JSON.stringify({ type, object: { kind: 'Pod', metadata: { name } } })}\n`;

describe('createHttpTransport', () => {
  test('sends what the request says and keeps its connection', async () => {
    const seen: unknown[] = [];
    const { transport, accepted, url } = await setup(
      (request, response, body) => {
        seen.push([
          request.method,
          request.url,
          request.headers['content-type'],
          request.headers.authorization,
          request.headers['user-agent'],
          body,
        ]);
        json(response, { ok: true }, 201);
      },
      { auth: { kind: 'token', token: 'abc' } },
    );
    const first = await transport.request({
      method: 'PATCH',
      path: '/api/v1/namespaces/a%20b/pods/x',
      query: { labelSelector: 'a in (b,c)', force: 'true' },
      contentType: 'application/merge-patch+json',
      body: { a: 'ü' },
      userAgent: 'me',
    });
    await transport.request({ method: 'GET', path: '/api' });
    expect(url).toContain('127.0.0.1');
    expect([first.status, first.body, first.headers['content-type']]).toEqual([201, { ok: true }, 'application/json']);
    expect(seen.slice(0, 2)).toEqual([
      [
        'PATCH',
        '/api/v1/namespaces/a%20b/pods/x?labelSelector=a+in+%28b%2Cc%29&force=true',
        'application/merge-patch+json',
        'Bearer abc',
        'me',
        '{"a":"ü"}',
      ],
      ['GET', '/api', undefined, 'Bearer abc', 'sekisho', ''],
    ]);
    for (let turn = 0; turn < 10; turn++) await transport.request({ method: 'GET', path: '/api' });
    expect(accepted()).toBeLessThanOrEqual(2);
  });

  test('puts the path of the server before each path, and impersonates', async () => {
    const seen: unknown[] = [];
    const { url } = await setup((request, response) => {
      seen.push([
        request.url,
        request.headers.authorization,
        request.headers['impersonate-user'],
        request.headers['impersonate-group'],
      ]);
      json(response, {});
    });
    const transport = createHttpTransport({
      name: 'gateway',
      server: `${url}/k8s/clusters/c-1/`,
      auth: { kind: 'basic', username: 'u', password: 'p' },
      impersonate: { user: 'alice', groups: ['dev', 'ops'] },
    });
    cleanups.push(() => transport.close());
    await transport.request({ method: 'GET', path: '/version' });
    expect(seen).toEqual([['/k8s/clusters/c-1/version', 'Basic dTpw', 'alice', 'dev, ops']]);
  });

  test('hands over errors as answers, and makes a Status of what is none', async () => {
    const { transport } = await setup((request, response) => {
      if (request.url === '/json') json(response, { kind: 'Status', reason: 'NotFound' }, 404);
      else response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
    });
    expect(await transport.request({ method: 'GET', path: '/json' })).toMatchObject({
      status: 404,
      body: { reason: 'NotFound' },
    });
    expect(await transport.request({ method: 'GET', path: '/html' })).toMatchObject({
      status: 502,
      body: { kind: 'Status', code: 502, message: '<h1>Bad gateway</h1>' },
    });
  });

  test('text is handed over as text', async () => {
    const { transport } = await setup((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/plain' }).end('ok'),
    );
    expect((await transport.request({ method: 'GET', path: '/healthz' })).body).toBe('ok');
  });

  test('reads a watch line by line, however its pieces are cut', async () => {
    const text = `${line('ADDED', 'ä')}\n${line('MODIFIED', 'b'.repeat(5_000))}${line('DELETED', 'c')}`;
    const bytes = Buffer.from(text);
    const { transport } = await setup((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      let at = 0;
      const next = (): void => {
        if (at >= bytes.length) return void response.end('{"cut off');
        response.write(bytes.subarray(at, at + 7), next);
        at += 7;
      };
      next();
    });
    const { events } = await transport.request({ method: 'GET', path: '/api/v1/pods', query: { watch: 'true' } });
    const names: string[] = [];
    for await (const event of events ?? []) names.push(`${event.type} ${event.object.metadata.name?.slice(0, 2)}`);
    expect(names).toEqual(['ADDED ä', 'MODIFIED bb', 'DELETED c']);
  });

  test.each([
    ['a line that never ends', 'x'.repeat(3_000), 'KUBE_RESPONSE_TOO_LARGE'],
    ['a long line with its end', `"${'x'.repeat(3_000)}"\n`, 'KUBE_RESPONSE_TOO_LARGE'],
    ['a line that is not JSON', 'nonsense\n', 'KUBE_INTERNAL'],
    ['a line that is no event', '{"a": 1}\n', 'KUBE_INTERNAL'],
  ])('refuses %s in a watch and lets go of the socket', async (_title, text, code) => {
    const { transport, sockets } = await setup(
      (_request, response) => void response.writeHead(200).write(text),
      {},
      { maxLineBytes: 1_000 },
    );
    const { events } = await transport.request({ method: 'GET', path: '/w', query: { watch: '1' } });
    const reading = (async () => {
      for await (const _ of events ?? []);
    })();
    await expect(reading).rejects.toMatchObject({ code });
    await until(() => sockets.size === 0);
  });

  test('a watch ends when its signal aborts, and when its reader leaves; no socket stays', async () => {
    const { transport, sockets } = await setup(
      (_request, response) => void response.writeHead(200).write(line('ADDED', 'a')),
    );
    const client = createClient(transport);
    const type = { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true };
    const aborting = new AbortController();
    const seen: WatchEvent[] = [];
    for await (const event of client.watch(type, { resourceVersion: '1', signal: aborting.signal })) {
      seen.push(event);
      aborting.abort();
    }
    for await (const event of client.watch(type, { resourceVersion: '1', signal: new AbortController().signal })) {
      seen.push(event);
      break;
    }
    expect(seen).toHaveLength(2);
    await until(() => sockets.size === 0);
  });

  test('watches do not stand in the way of requests', async () => {
    const { transport } = await setup((request, response) => {
      if (request.url?.includes('watch')) response.writeHead(200).write(line('ADDED', 'a'));
      else json(response, {});
    });
    const signal = new AbortController();
    const watches = await Promise.all(
      Array.from({ length: 40 }, () =>
        transport.request({ method: 'GET', path: '/w', query: { watch: 'true' }, signal: signal.signal }),
      ),
    );
    expect(watches.every((watch) => watch.events !== undefined)).toBe(true);
    expect((await transport.request({ method: 'GET', path: '/x' })).status).toBe(200);
    signal.abort();
  });

  test('aborting a request rejects with the reason and frees the socket', async () => {
    const { transport, sockets } = await setup(() => {});
    const aborting = new AbortController();
    const request = transport.request({ method: 'GET', path: '/slow', signal: aborting.signal });
    await until(() => sockets.size === 1);
    aborting.abort(new Error('enough'));
    await expect(request).rejects.toThrow('enough');
    await transport.close();
    await until(() => sockets.size === 0);
  });

  test('a server that never answers is unreachable after the time for headers', async () => {
    const { transport } = await setup(() => {}, {}, { headersTimeoutMs: 50 });
    await expect(transport.request({ method: 'POST', path: '/slow', body: {} })).rejects.toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      retryable: true,
      message: expect.stringContaining('UND_ERR_HEADERS_TIMEOUT'),
    });
  });

  test('a server that stops in the middle of an answer is unreachable, too', async () => {
    const { transport } = await setup(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{"a"');
      },
      {},
      { bodyTimeoutMs: 50 },
    );
    await expect(transport.request({ method: 'GET', path: '/stalls' })).rejects.toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
    });
  });

  test('nobody there is unreachable, with a hint and without secrets', async () => {
    const { transport, server } = await setup((_request, response) => json(response, {}), {
      auth: { kind: 'token', token: 'very-secret' },
    });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const error = await transport.request({ method: 'GET', path: '/x' }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'CLUSTER_UNREACHABLE', hint: expect.stringContaining('running') });
    expect(String(error)).not.toContain('very-secret');
  });

  test('a read whose connection was dropped goes again once, a write never', async () => {
    let calls = 0;
    const { transport } = await setup((request, response) => {
      if (++calls === 1 || request.method === 'POST') request.socket.destroy();
      else json(response, { calls });
    });
    expect((await transport.request({ method: 'GET', path: '/x' })).body).toEqual({ calls: 2 });
    await expect(transport.request({ method: 'POST', path: '/x', body: {} })).rejects.toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
    });
    expect(calls).toBe(3);
  });

  test('an answer without end is refused', async () => {
    const { transport, sockets } = await setup(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const more = (): void => void response.write('x'.repeat(65_536), more);
        more();
      },
      {},
      { maxBodyBytes: 200_000 },
    );
    await expect(transport.request({ method: 'GET', path: '/x' })).rejects.toMatchObject({
      code: 'KUBE_RESPONSE_TOO_LARGE',
    });
    await transport.close();
    await until(() => sockets.size === 0);
  });

  test('waits as a throttling server asks, and gives up in the end', async () => {
    let calls = 0;
    const { transport } = await setup((request, response) => {
      const enough = request.url === '/once' && ++calls > 1;
      json(response, { calls }, enough ? 200 : 429, { 'retry-after': '0' });
    });
    expect(await transport.request({ method: 'GET', path: '/once' })).toMatchObject({
      status: 200,
      body: { calls: 2 },
    });
    expect((await transport.request({ method: 'GET', path: '/always' })).status).toBe(429);
  });

  test('a token file is read again after a 401', async () => {
    const folder = await tempDir();
    cleanups.push(folder.remove);
    const path = join(folder.path, 'token');
    await writeFile(path, 'old\n');
    let valid = 'Bearer old';
    const { transport } = await setup(
      (request, response) => {
        json(response, {}, request.headers.authorization === valid ? 200 : 401);
      },
      { auth: { kind: 'tokenFile', path } },
    );
    expect((await transport.request({ method: 'GET', path: '/a' })).status).toBe(200);
    await writeFile(path, 'new\n');
    valid = 'Bearer new';
    expect((await transport.request({ method: 'GET', path: '/a' })).status).toBe(200);
    valid = 'Bearer other';
    expect((await transport.request({ method: 'GET', path: '/a' })).status).toBe(401);
    await writeFile(path, '');
    await expect(transport.request({ method: 'GET', path: '/a' })).rejects.toMatchObject({
      code: 'CLUSTER_CREDENTIALS',
    });
  });

  test('a credential plugin is run once, and again when its credential is refused', async () => {
    const folder = await tempDir();
    cleanups.push(folder.remove);
    const command = join(folder.path, 'plugin');
    await writeFile(
      command,
      `#!/bin/sh
echo run >> ${folder.path}/runs
n=$(wc -l < ${folder.path}/runs | tr -d ' ')
case "$KUBERNETES_EXEC_INFO" in *ExecCredential*) ;; *) exit 3;; esac
[ "$MODE" = ok ] || { echo "secret-output"; exit 1; }
echo "{\\"status\\": {\\"token\\": \\"t$n\\"}}"
`,
    );
    await chmod(command, 0o755);
    const exec = {
      kind: 'exec',
      apiVersion: 'client.authentication.k8s.io/v1',
      command,
      args: [],
      env: { MODE: 'ok' },
    } as const;
    const seen: (string | undefined)[] = [];
    let valid = 'Bearer t1';
    const { transport, url } = await setup(
      (request, response) => {
        seen.push(request.headers.authorization);
        json(response, {}, request.headers.authorization === valid ? 200 : 401);
      },
      { auth: exec },
    );
    await transport.request({ method: 'GET', path: '/a' });
    await transport.request({ method: 'GET', path: '/a' });
    valid = 'Bearer t2';
    expect((await transport.request({ method: 'GET', path: '/a' })).status).toBe(200);
    expect(seen).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t1', 'Bearer t2']);
    for (const [auth, message] of [
      [{ ...exec, env: { MODE: 'fail' } }, 'ended with 1'],
      [{ ...exec, command: join(folder.path, 'nothing') }, 'was not found'],
    ] as const) {
      const broken = createHttpTransport({ name: 'broken', server: url, auth });
      const error = await broken.request({ method: 'GET', path: '/a' }).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'CLUSTER_CREDENTIALS', message: expect.stringContaining(message) });
      expect(String(error)).not.toContain('secret-output');
      await broken.close();
    }
  });

  test('goes through a proxy', async () => {
    const connects: (string | undefined)[] = [];
    const { url } = await setup((_request, response) => json(response, { via: 'target' }));
    const { connect } = await import('node:net');
    const proxy = createServer();
    proxy.on('connect', (request, client) => {
      connects.push(request.url);
      const target = connect(Number(new URL(url).port), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.pipe(target).pipe(client);
      });
      target.on('error', () => client.destroy());
      client.on('error', () => target.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const transport = createHttpTransport({ name: 'proxied', server: url, proxyUrl });
    expect((await transport.request({ method: 'GET', path: '/x' })).body).toEqual({ via: 'target' });
    expect(connects).toEqual([new URL(url).host]);
    await transport.close();
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });

  test.each([
    [{ server: 'not a url' }, 'CLUSTER_URL_INVALID'],
    [{ server: 'ftp://user:hush@host' }, 'CLUSTER_URL_INVALID'],
    [{ server: 'https://host', proxyUrl: 'socks5://user:hush@p' }, 'CLUSTER_PROXY_INVALID'],
    [{ server: 'https://host', tls: { ca: 'no pem', cert: 'hush', key: 'hush' } }, 'CLUSTER_TLS_INVALID'],
  ])('refuses %j at once', (config, code) => {
    const create = () => createHttpTransport({ name: 'bad', ...config });
    expect(create).toThrow(expect.objectContaining({ code }));
    expect(create).not.toThrow(/hush/);
  });

  test('close ends requests and watches; later requests are refused', async () => {
    const { transport, sockets } = await setup((request, response) => {
      if (request.url?.includes('watch')) response.writeHead(200).write(line('ADDED', 'a'));
    });
    const hanging = transport.request({ method: 'GET', path: '/slow' });
    hanging.catch(() => {});
    const { events } = await transport.request({ method: 'GET', path: '/w', query: { watch: 'true' } });
    const reading = (async () => {
      for await (const _ of events ?? []);
    })();
    await until(() => sockets.size === 2);
    await transport.close();
    await expect(hanging).rejects.toMatchObject({ code: 'CLUSTER_CLOSED' });
    await reading;
    await expect(transport.request({ method: 'GET', path: '/x' })).rejects.toMatchObject({ code: 'CLUSTER_CLOSED' });
    await until(() => sockets.size === 0);
    await transport.close();
  });
});

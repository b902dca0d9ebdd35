import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestRegistry {
  /** `127.0.0.1:port`; it speaks http. */
  readonly host: string;
  readonly blobs: Map<string, Buffer>;
  /** By `repository:tag` and `repository@digest`. */
  readonly manifests: Map<string, Buffer>;
  /** `GET /v2/…` of everything asked, in order. */
  readonly requests: string[];
  /** Answers in its place when it returns true. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Puts an artifact there as if it had been pushed. Gives the digest of its manifest. @param name `repository:tag` */
  addArtifact(name: string, artifact: TestArtifact): string;
  close(): Promise<void>;
}

export interface TestArtifact {
  readonly config: TestBlob;
  readonly layers: readonly TestBlob[];
}

export interface TestBlob {
  readonly mediaType: string;
  readonly content: Uint8Array | string;
}

export interface TestRegistryOptions {
  /** How it asks who is there; default: it doesn't. */
  readonly auth?: 'basic' | 'token';
  readonly username?: string;
  readonly password?: string;
}

const TOKEN = 'token-of-the-test';

/** A small OCI registry in this process. @see the OCI distribution specification */
export async function startRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, Buffer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const registry: TestRegistry = {
    host,
    blobs,
    manifests,
    requests,
    intercept: undefined,
    addArtifact(name, { config, layers }) {
      const put = ({ mediaType, content }: TestBlob) => {
        const bytes = Buffer.from(content);
        const digest = digestOf(bytes);
        blobs.set(digest, bytes);
        return { mediaType, digest, size: bytes.length };
      };
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      const manifest = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType, config: put(config), layers: layers.map(put) }),
      );
      const digest = digestOf(manifest);
      const [repository = ''] = name.split(':');
      manifests.set(name, manifest).set(`${repository}@${digest}`, manifest);
      return digest;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  const basic = `Basic ${Buffer.from(`${options.username ?? 'user'}:${options.password ?? 'secret'}`).toString('base64')}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    const url = new URL(request.url ?? '/', `http://${host}`);
    requests.push(`${method} ${url.pathname}`);
    const body = await readAll(request);
    if (registry.intercept?.(request, response) === true) return;
    if (url.pathname === '/token') {
      const right = headers.authorization === basic;
      response.writeHead(right ? 200 : 401).end(right ? JSON.stringify({ token: TOKEN }) : '');
      return;
    }
    const wanted = options.auth === 'basic' ? basic : options.auth === 'token' ? `Bearer ${TOKEN}` : undefined;
    if (wanted !== undefined && headers.authorization !== wanted) {
      const challenge =
        options.auth === 'basic' ? 'Basic realm="test"' : `Bearer realm="http://${host}/token",service="test"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
      return;
    }
    route(method, url, headers['content-type'], body, response);
  }

  function route(method: string, url: URL, type: string | undefined, body: Buffer, response: ServerResponse): void {
    const [, tagged] = /^\/v2\/(.+)\/tags\/list$/.exec(url.pathname) ?? [];
    if (tagged !== undefined) {
      listTags(tagged, url, response);
      return;
    }
    const [, repository = '', kind = '', name = ''] =
      /^\/v2\/(.+)\/(blobs|manifests)\/(.*)$/.exec(decodeURIComponent(url.pathname)) ?? [];
    const key = name.startsWith('sha256:') ? `${repository}@${name}` : `${repository}:${name}`;
    if (kind === 'blobs' && method === 'POST') {
      response.writeHead(202, { location: `/v2/${repository}/blobs/uploads/1` }).end();
    } else if (kind === 'blobs' && method === 'PUT') {
      const digest = url.searchParams.get('digest') ?? '';
      const right = digest === digestOf(body);
      if (right) blobs.set(digest, body);
      response.writeHead(right ? 201 : 400).end();
    } else if (kind === 'blobs') {
      const blob = blobs.get(name);
      if (blob === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'content-length': blob.length }).end(method === 'HEAD' ? undefined : blob);
    } else if (kind === 'manifests' && method === 'PUT') {
      manifests.set(key, body).set(`${repository}@${digestOf(body)}`, body);
      response.writeHead(201).end();
    } else if (kind === 'manifests') {
      const manifest = manifests.get(key);
      if (manifest === undefined) {
        response.writeHead(404).end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN' }] }));
        return;
      }
      const headers = {
        'content-type': type ?? 'application/vnd.oci.image.manifest.v1+json',
        'content-length': manifest.length,
        'docker-content-digest': digestOf(manifest),
      };
      response.writeHead(200, headers).end(method === 'HEAD' ? undefined : manifest);
    } else response.writeHead(404).end();
  }

  /** Two at a time, so that pages are read. */
  function listTags(repository: string, url: URL, response: ServerResponse): void {
    const prefix = `${repository}:`;
    const all = [...manifests.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    const last = url.searchParams.get('last');
    const tags = all.sort().filter((tag) => last === null || tag > last);
    const page = tags.slice(0, 2);
    const link = { link: `</v2/${repository}/tags/list?last=${encodeURIComponent(page.at(-1) ?? '')}>; rel="next"` };
    if (all.length === 0) response.writeHead(404).end(JSON.stringify({ errors: [{ code: 'NAME_UNKNOWN' }] }));
    else response.writeHead(200, tags.length > 2 ? link : {}).end(JSON.stringify({ name: repository, tags: page }));
  }
  return registry;
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

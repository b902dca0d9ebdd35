import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

export interface TestChartRepository {
  /** `http://127.0.0.1:port/charts` */
  readonly url: string;
  /** What is served below `url`, by name: `web-1.2.3.tgz`, `web-1.2.3.tgz.prov`. `index.yaml` is made unless it is here. */
  readonly files: Map<string, Uint8Array | string>;
  /** Paths of everything asked, in order. */
  readonly requests: string[];
  /** `Authorization` of everything asked, in order; '' for none. */
  readonly authorizations: string[];
  /** Answers in its place when it returns true. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Puts an archive there and its line into the index. Gives the archive. */
  add(chart: TestChart): Uint8Array;
  close(): Promise<void>;
}

export interface TestChart {
  readonly name: string;
  readonly version: string;
  /** Besides Chart.yaml, by path in the chart. */
  readonly files?: Readonly<Record<string, string>>;
  /** Of the index; default the name of the file. */
  readonly url?: string;
  /** Of the index; default the right one. */
  readonly digest?: string;
}

/** A small repository of Helm charts in this process: index.yaml with an ETag, archives. */
export async function startChartRepository(
  options: { readonly username?: string; readonly password?: string } = {},
): Promise<TestChartRepository> {
  const files = new Map<string, Uint8Array | string>();
  const entries = new Map<string, string[]>();
  const requests: string[] = [];
  const authorizations: string[] = [];
  const basic = `Basic ${Buffer.from(`${options.username ?? ''}:${options.password ?? ''}`).toString('base64')}`;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    requests.push(path);
    authorizations.push(request.headers.authorization ?? '');
    if (repository.intercept?.(request, response) === true) return;
    if (options.username !== undefined && request.headers.authorization !== basic) response.writeHead(401).end();
    else answer(decodeURIComponent(path.replace(/^\/charts\//, '')), request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const repository: TestChartRepository = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/charts`,
    files,
    requests,
    authorizations,
    intercept: undefined,
    add({ name, version, files: more = {}, url, digest }) {
      const archive = chartArchive(name, { 'Chart.yaml': chartYaml(name, version), ...more });
      const file = `${name}-${version}.tgz`;
      files.set(file, archive);
      const lines = entries.get(name) ?? [];
      lines.push(indexEntry(name, version, url ?? file, digest ?? sha256(archive)));
      entries.set(name, lines);
      return archive;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };

  function answer(name: string, request: IncomingMessage, response: ServerResponse): void {
    const content = files.get(name) ?? (name === 'index.yaml' ? indexText(entries) : undefined);
    if (content === undefined) {
      response.writeHead(404).end();
      return;
    }
    const etag = `"${sha256(content)}"`;
    if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag }).end(content);
  }
  return repository;
}

/** The .tgz of a chart: its files below one folder of its name. */
export function chartArchive(name: string, files: Readonly<Record<string, string>>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([path, content]) => {
    const body = Buffer.from(content);
    return [tarHeader(`${name}/${path}`, body.length), body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

function tarHeader(path: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(path, 0);
  header.write('0000644\0', 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0ustar\x0000', 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function chartYaml(name: string, version: string): string {
  return `apiVersion: v2\nname: ${name}\nversion: ${version}\n`;
}

function indexEntry(name: string, version: string, url: string, digest: string): string {
  return `  - apiVersion: v2\n    name: ${name}\n    version: ${version}\n    digest: "${digest}"\n    urls: ["${url}"]\n`;
}

function indexText(entries: ReadonlyMap<string, readonly string[]>): string {
  const parts = [...entries].map(([name, lines]) => `  ${name}:\n${lines.join('')}`);
  return `apiVersion: v1\nentries:${parts.length === 0 ? ' {}' : ''}\n${parts.join('')}`;
}

function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

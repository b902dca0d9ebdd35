import { redactUrl, SekishoError } from '@sekisho/base';
import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { ConnectionConfig } from './connection.ts';

export interface HttpTimeouts {
  /** TCP and TLS together. Default 10,000. */
  readonly connectTimeoutMs: number;
  /** From the request to the answer's headers. Default 60,000. */
  readonly headersTimeoutMs: number;
  /** Between two pieces of an answer; none for watches and logs. Default 60,000. */
  readonly bodyTimeoutMs: number;
}

export interface HttpConnections {
  readonly requests: Dispatcher;
  /** For watches and logs: each holds a connection for as long as it lasts. */
  readonly streams: Dispatcher;
  /** Lets what runs come to its end. */
  retire(): Promise<void>;
  /** Ends everything now. */
  close(): Promise<void>;
}

const MAX_REQUEST_CONNECTIONS = 16;

/** @throws SekishoError CLUSTER_PROXY_INVALID */
export function createConnections(server: URL, config: ConnectionConfig, timeouts: HttpTimeouts): HttpConnections {
  const { tls = {}, proxyUrl } = config;
  const secure = {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    rejectUnauthorized: tls.insecure !== true,
    timeout: timeouts.connectTimeoutMs,
  };
  const shared = {
    headersTimeout: timeouts.headersTimeoutMs,
    bodyTimeout: timeouts.bodyTimeoutMs,
    keepAliveTimeout: 30_000,
    pipelining: 1,
    allowH2: false,
  } as const;
  const open = (connections: number | null): Dispatcher =>
    proxyUrl === undefined
      ? new Pool(server.origin, { ...shared, connections, connect: secure })
      : new ProxyAgent({ ...shared, connections, uri: checkedProxy(proxyUrl), requestTls: secure });
  const requests = open(MAX_REQUEST_CONNECTIONS);
  const streams = open(null);
  return {
    requests,
    streams,
    async retire() {
      await Promise.all([requests.close(), streams.close()]);
    },
    async close() {
      await Promise.all([requests.destroy(), streams.destroy()]);
    },
  };
}

function checkedProxy(proxyUrl: string): string {
  if (/^https?:\/\//i.test(proxyUrl) && URL.canParse(proxyUrl)) return proxyUrl;
  throw new SekishoError('CLUSTER_PROXY_INVALID', `the proxy "${redactUrl(proxyUrl)}" is not an http(s) address`, {
    hint: 'SOCKS proxies are not supported.',
  });
}

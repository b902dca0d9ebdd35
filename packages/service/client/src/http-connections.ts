import { redactUrl, SekishoError } from '@sekisho/base';
import { buildConnector, Client, type Dispatcher, Pool, ProxyAgent } from 'undici';
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
  /**
   * A connection for one watch or log. Whoever opens it destroys it: undici opens another connection in place of one
   * whose request was aborted, which a watch that ended must not leave behind.
   */
  openStream(): Dispatcher;
  /** Lets what runs come to its end. */
  retire(): Promise<void>;
  /** Ends every request now; streams are ended by those who opened them. */
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
  // One connector for all: it remembers TLS sessions, which makes each further connection cheaper.
  const connect = buildConnector({ ...secure, allowH2: false });
  const proxied = (connections: number): Dispatcher | undefined =>
    proxyUrl === undefined
      ? undefined
      : new ProxyAgent({ ...shared, connections, uri: checkedProxy(proxyUrl), requestTls: secure });
  const requests =
    proxied(MAX_REQUEST_CONNECTIONS) ??
    new Pool(server.origin, { ...shared, connections: MAX_REQUEST_CONNECTIONS, connect });
  return {
    requests,
    openStream: () => proxied(1) ?? new Client(server.origin, { ...shared, connect }),
    retire: () => requests.close(),
    close: () => requests.destroy(),
  };
}

function checkedProxy(proxyUrl: string): string {
  if (/^https?:\/\//i.test(proxyUrl) && URL.canParse(proxyUrl)) return proxyUrl;
  throw new SekishoError('CLUSTER_PROXY_INVALID', `the proxy "${redactUrl(proxyUrl)}" is not an http(s) address`, {
    hint: 'SOCKS proxies are not supported.',
  });
}

import {
  type Clock,
  createLru,
  defined,
  isSekishoError,
  type Logger,
  messageOf,
  redactUrl,
  retry,
} from '@sekisho/base';
import { chooseVersion } from '@sekisho/helm';
import { createHttp, type Http, type HttpAnswer, parseUrl, type TlsOptions } from '@sekisho/registry';
import { type Clients, createClients, fingerprint } from './clients.ts';
import { noChart, noVersion, refusedBy, repositoryFailure, wrongAddress } from './failure.ts';
import type { LocatedChart } from './located-chart.ts';
import { type IndexEntry, parseIndex, type RepositoryIndex } from './repository-index.ts';
import { createSharing } from './sharing.ts';
import type { ChartCredentials, ChartLimits } from './types.ts';

export interface HttpRepository {
  readonly url: URL;
  readonly credentials: ChartCredentials;
}

export interface HttpRepositories {
  /** @throws SekishoError CHART_REPOSITORY_* */
  entries(repository: HttpRepository, name: string, signal: AbortSignal): Promise<readonly IndexEntry[]>;
  locate(repository: HttpRepository, name: string, wanted: string, signal: AbortSignal): Promise<LocatedChart>;
  /** An archive by its own address. */
  at(repository: HttpRepository): LocatedChart;
  close(): Promise<void>;
}

export interface HttpRepositoriesOptions {
  readonly limits: ChartLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Throws when an address must not be asked. */
  readonly permit: ((address: string) => Promise<void>) | undefined;
  /** A chart that an index places in a registry. */
  readonly locateInRegistry: (address: string, signal: AbortSignal) => Promise<LocatedChart>;
}

interface CachedIndex {
  readonly index: RepositoryIndex;
  /** Characters of the text. */
  readonly size: number;
  readonly validators: Readonly<Record<string, string>>;
  readonly checkedAt: number;
}

/** Characters of all indexes that are remembered. */
const MAX_INDEX_CACHE = 256 * 1024 * 1024;
const MAX_PROVENANCE_BYTES = 1024 * 1024;

/** Repositories that serve index.yaml over http. @see https://helm.sh/docs/topics/chart_repository/ */
export function createHttpRepositories(options: HttpRepositoriesOptions): HttpRepositories {
  const { limits, clock, logger } = options;
  const clients: Clients<TlsOptions, Http> = createClients((tls) =>
    createHttp({ ...tls, timeoutMs: limits.timeoutMs, failure: repositoryFailure, permit: options.permit }),
  );
  const cache = createLru<string, CachedIndex>({ maxWeight: MAX_INDEX_CACHE, weigh: ({ size }) => size });
  const share = createSharing<CachedIndex>();

  async function get(
    url: URL,
    { credentials, url: base }: HttpRepository,
    request: { readonly maxBytes: number; readonly signal: AbortSignal; readonly headers?: Record<string, string> },
  ): Promise<HttpAnswer> {
    // What one host may know, another must not, unless the user says so.
    const isTrusted = url.origin === base.origin || credentials.passCredentials === true;
    const headers = { ...request.headers, ...(isTrusted ? authorization(credentials) : {}) };
    const { tlsCa, clientCertificate, insecure } = credentials;
    const tls = defined({ tlsCa, clientCertificate: isTrusted ? clientCertificate : undefined, insecure });
    return retry(
      async () => {
        const answer = await clients.use(tls, (http) => http.send({ method: 'GET', url, ...request, headers }));
        if (answer.status === 429 || answer.status >= 500) throw refusedBy(url, answer.status);
        return answer;
      },
      { attempts: 3, minMs: 200, maxMs: 5_000, signal: request.signal, clock },
    );
  }

  async function loadIndex(
    repository: HttpRepository,
    known: CachedIndex | undefined,
    signal: AbortSignal,
  ): Promise<CachedIndex> {
    const url = below(repository.url, 'index.yaml');
    const headers = { accept: 'application/yaml, text/yaml, */*', ...known?.validators };
    const answer = await get(url, repository, { headers, maxBytes: limits.maxIndexBytes, signal });
    if (answer.status === 304 && known !== undefined) return { ...known, checkedAt: clock.now() };
    if (answer.status !== 200) throw refusedBy(url, answer.status);
    const text = answer.body.toString('utf8');
    const index = parseIndex(text, redactUrl(repository.url.href));
    const { etag, 'last-modified': modified } = answer.headers;
    const validators = defined({ 'if-none-match': etag, 'if-modified-since': modified });
    return { index, size: text.length, validators, checkedAt: clock.now() };
  }

  /** @param isFreshEnough  whether a known index counts without asking the server */
  async function indexOf(
    repository: HttpRepository,
    signal: AbortSignal,
    isFreshEnough: (known: CachedIndex) => boolean,
  ): Promise<CachedIndex> {
    const key = fingerprint([repository.url.href, repository.credentials]);
    const known = cache.get(key);
    if (known !== undefined && isFreshEnough(known)) return known;
    return share(key, signal, async (shared) => {
      try {
        const loaded = await loadIndex(repository, known, shared);
        cache.set(key, loaded);
        return loaded;
      } catch (error) {
        // A repository that is away for a while does not take away what is known to be in it.
        if (known === undefined || !isSekishoError(error) || !error.retryable) throw error;
        logger.warn({ repository: redactUrl(repository.url.href), reason: messageOf(error) }, 'an old index is used');
        return known;
      }
    });
  }

  const isFresh = ({ checkedAt }: CachedIndex): boolean => clock.now() - checkedAt < limits.indexFreshMs;

  function located(repository: HttpRepository, url: URL, version: string, digest: string | undefined): LocatedChart {
    const fetchFile = async (address: URL, maxBytes: number, signal: AbortSignal): Promise<HttpAnswer> =>
      get(address, repository, { maxBytes, signal });
    return {
      what: redactUrl(url.href),
      version,
      digest,
      file: decodeURIComponent(url.pathname.split('/').at(-1) ?? ''),
      async archive(signal) {
        const { status, body } = await fetchFile(url, limits.maxArchiveBytes, signal);
        if (status !== 200) throw refusedBy(url, status);
        return body;
      },
      async provenance(signal) {
        const address = new URL(url);
        address.pathname += '.prov';
        const { status, body } = await fetchFile(address, MAX_PROVENANCE_BYTES, signal);
        if (status === 404) return undefined;
        if (status !== 200) throw refusedBy(address, status);
        return body;
      },
    };
  }

  return {
    async entries(repository, name, signal) {
      const { index } = await indexOf(repository, signal, isFresh);
      const entries = index.get(name);
      if (entries === undefined || entries.length === 0) throw noChart(repository.url.href, name);
      return entries;
    },

    async locate(repository, name, wanted, signal) {
      const began = clock.now();
      let { index, checkedAt } = await indexOf(repository, signal, isFresh);
      const choose = () =>
        chooseVersion(
          (index.get(name) ?? []).map(({ version }) => version),
          wanted,
        );
      let choice = choose();
      // It may have been pushed just now.
      if (choice.version === undefined && choice.reason === 'none' && checkedAt < began) {
        ({ index, checkedAt } = await indexOf(repository, signal, () => false));
        choice = choose();
      }
      const entries = index.get(name) ?? [];
      if (entries.length === 0) throw noChart(repository.url.href, name);
      const { version } = choice;
      if (version === undefined) throw noVersion(repository.url.href, name, wanted, choice);
      const entry = entries.find((candidate) => candidate.version === version);
      if (entry?.url === undefined) {
        throw wrongAddress(`${repository.url.href}#${name}-${version}`, 'the index says not where its archive is');
      }
      if (entry.url.startsWith('oci://')) {
        const found = await options.locateInRegistry(entry.url, signal);
        return { ...found, version, digest: entry.digest ?? found.digest };
      }
      const url = archiveUrl(entry.url, repository.url);
      if (url === undefined) throw wrongAddress(entry.url, 'only https, http and oci are known');
      return located(repository, url, version, entry.digest);
    },

    at: (repository) => located(repository, repository.url, '', undefined),
    close: () => clients.close(),
  };
}

/** A relative address is below the repository, whose query (a token, say) goes along. */
function archiveUrl(address: string, repository: URL): URL | undefined {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(address)) return parseUrl(address);
  const url = parseUrl(address, below(repository, ''));
  if (url !== undefined && url.search === '') url.search = repository.search;
  return url;
}

function below(repository: URL, file: string): URL {
  const url = new URL(repository);
  url.pathname = `${repository.pathname.replace(/\/+$/, '')}/${file}`;
  return url;
}

function authorization({ username, password }: ChartCredentials): Record<string, string> {
  if (username === undefined && password === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64')}` };
}

import { join } from 'node:path';
import { type Clock, type Logger, SekishoError, systemClock } from '@sekisho/base';
import { type ChartRequest, sortVersions } from '@sekisho/helm';
import { parseRepository, type RepositoryAddress } from './address.ts';
import { type ArchiveStore, createDiskStore, createMemoryStore, sha256 } from './archive-store.ts';
import { fingerprint } from './clients.ts';
import { wrongDigest } from './failure.ts';
import { createHttpRepositories } from './http-repository.ts';
import type { LocatedChart } from './located-chart.ts';
import { createRegistryCharts } from './registry-charts.ts';
import { createSharing } from './sharing.ts';
import type { ChartLimits, Charts, FindChartCredentials, SignedChart } from './types.ts';

export interface ChartsOptions {
  /** Keeps archives there; several processes may share it. Default: in memory. */
  readonly cacheFolder?: string;
  readonly credentials: FindChartCredentials;
  /** Throws when an address must not be asked. Called before each request: also for where an index or a redirect leads. */
  readonly permit?: ((address: string) => Promise<void>) | undefined;
  readonly logger: Logger;
  readonly limits?: Partial<ChartLimits>;
  readonly clock?: Clock;
}

const MEBI = 1024 * 1024;
const DEFAULTS = {
  maxIndexBytes: 100 * MEBI,
  maxArchiveBytes: 50 * MEBI,
  timeoutMs: 30_000,
  maxFetchMs: 300_000,
  indexFreshMs: 10_000,
};

/** The system's, whose timers keep a process alive: a program may have nothing to do but to wait until it asks again. */
const waitingClock: Clock = {
  now: systemClock.now,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Fetches charts from repositories and registries. */
export function createCharts(options: ChartsOptions): Charts {
  const { cacheFolder, credentials: findCredentials, logger, clock = waitingClock, permit } = options;
  const maxCacheBytes = cacheFolder === undefined ? 64 * MEBI : 512 * MEBI;
  const limits: ChartLimits = { ...DEFAULTS, maxCacheBytes, ...options.limits };
  const store: ArchiveStore =
    cacheFolder === undefined
      ? createMemoryStore(limits.maxCacheBytes)
      : createDiskStore(join(cacheFolder, 'charts'), limits.maxCacheBytes, logger);
  const registries = createRegistryCharts({ limits, clock, permit });
  const repositories = createHttpRepositories({
    limits,
    clock,
    logger,
    permit,
    locateInRegistry: async (address, signal) => locate(await addressOf(address), '', '', signal),
  });
  const share = createSharing<SignedChart>();

  async function addressOf(repository: string): Promise<RepositoryAddress> {
    return parseRepository(repository, await findCredentials(repository));
  }

  /** @param name '' when the address is that of the chart itself */
  async function locate(
    address: RepositoryAddress,
    name: string,
    version: string,
    signal: AbortSignal,
  ): Promise<LocatedChart> {
    if (address.type === 'http') {
      return name === '' ? repositories.at(address) : repositories.locate(address, name, version, signal);
    }
    const path = name === '' ? address.path : `${address.path}/${name}`;
    return registries.locate({ path, credentials: address.credentials }, version, signal);
  }

  async function archiveOf({ what, digest, archive }: LocatedChart, signal: AbortSignal): Promise<Uint8Array> {
    const kept = digest === undefined ? undefined : await store.get(digest);
    if (kept !== undefined) return kept;
    const bytes = await archive(signal);
    const actual = sha256(bytes);
    if (digest !== undefined && digest !== actual) throw wrongDigest(what, digest);
    await store.put(actual, bytes);
    return bytes;
  }

  async function fetchLocated(chart: LocatedChart, provenance: boolean, signal: AbortSignal): Promise<SignedChart> {
    const archive = await archiveOf(chart, signal);
    return {
      archive,
      version: chart.version,
      digest: `sha256:${sha256(archive)}`,
      file: chart.file,
      provenance: provenance ? await chart.provenance(signal) : undefined,
    };
  }

  async function fetchShared(
    { repository, name, version, passCredentials, signal }: ChartRequest,
    provenance: boolean,
  ): Promise<SignedChart> {
    const found = await addressOf(repository);
    const address: RepositoryAddress =
      passCredentials === true ? { ...found, credentials: { ...found.credentials, passCredentials } } : found;
    const key = fingerprint([
      address.type === 'http' ? address.url.href : address,
      address.credentials,
      name,
      version,
      provenance,
    ]);
    return share(key, signal, (shared) =>
      inTime(shared, async (limited) =>
        fetchLocated(await locate(address, name, version, limited), provenance, limited),
      ),
    );
  }

  /** @throws SekishoError CHART_REPOSITORY_UNREACHABLE when it takes too long */
  async function inTime<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const timeout = new AbortController();
    const cancel = clock.after(limits.maxFetchMs, () =>
      timeout.abort(
        new SekishoError('CHART_REPOSITORY_UNREACHABLE', `Fetching a chart took more than ${limits.maxFetchMs} ms.`, {
          retryable: true,
          hint: 'The repository is slow, or the chart is large.',
        }),
      ),
    );
    try {
      return await work(signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal]));
    } finally {
      cancel();
    }
  }

  return {
    async fetch(request) {
      const { archive, version, digest } = await fetchShared(request, false);
      return { archive, version, digest };
    },
    fetchSigned: (request) => fetchShared(request, true),

    async download(address, { version = '', provenance = false, signal } = {}) {
      const at = await addressOf(address);
      return inTime(signal, async (limited) =>
        fetchLocated(await locate(at, '', version, limited), provenance, limited),
      );
    },

    async resolve(repository, name, range, { signal } = {}) {
      const address = await addressOf(repository);
      const { version, digest } = await inTime(signal, (limited) => locate(address, name, range, limited));
      return { version, digest: digest === undefined ? '' : `sha256:${digest}` };
    },

    async versions(repository, name, { signal } = {}) {
      const address = await addressOf(repository);
      return inTime(signal, async (limited) => {
        if (address.type === 'http') {
          const entries = await repositories.entries(address, name, limited);
          const digests = new Map(entries.map(({ version, digest }) => [version, digest]));
          return sortVersions([...digests.keys()]).map((version) => {
            const digest = digests.get(version);
            return { version, digest: digest === undefined ? undefined : `sha256:${digest}` };
          });
        }
        const { credentials } = address;
        const versions = await registries.versions({ path: `${address.path}/${name}`, credentials }, limited);
        return sortVersions(versions).map((version) => ({ version, digest: undefined }));
      });
    },

    async close() {
      await Promise.all([repositories.close(), registries.close()]);
    },
  };
}

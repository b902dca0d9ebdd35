import type { ChartRequest, FetchChart, FetchedChart } from '@sekisho/helm';
import type { TlsOptions } from '@sekisho/registry';

/** How to sign in at a repository, and whom to trust. */
export interface ChartCredentials extends TlsOptions {
  readonly username?: string;
  readonly password?: string;
  /** Archives that the index of the repository places on another host get the credentials, too. Default false. */
  readonly passCredentials?: boolean;
  /** A registry that speaks http. Default false. */
  readonly plainHttp?: boolean;
}

/** @param repository as the request names it. Undefined: nobody signs in. */
export type FindChartCredentials = (repository: string) => Promise<ChartCredentials | undefined>;

export interface ChartLimits {
  /** Bytes of an index.yaml. Default 100 MiB. */
  readonly maxIndexBytes: number;
  /** Bytes of an archive. Default 50 MiB. */
  readonly maxArchiveBytes: number;
  /** Bytes of all archives that are kept. Default 512 MiB on disk, 64 MiB in memory. */
  readonly maxCacheBytes: number;
  /** Longest silence of a server. Default 30,000 ms. */
  readonly timeoutMs: number;
  /** Longest time for one chart, retries included. Default 300,000 ms. */
  readonly maxFetchMs: number;
  /** How long an index counts before the server is asked whether it changed. Default 10,000 ms. */
  readonly indexFreshMs: number;
}

/** A version of a chart in a repository. */
export interface ChartVersion {
  readonly version: string;
  /** `sha256:…` of the archive; undefined when only fetching it tells. */
  readonly digest: string | undefined;
}

export interface SignedChart extends FetchedChart {
  /** Name of the archive, as its provenance file knows it: `web-1.2.3.tgz`. */
  readonly file: string;
  /** The .prov file; undefined when it was not asked for, or there is none. */
  readonly provenance: Uint8Array | undefined;
}

/** Charts of repositories (`https://…` with an index.yaml) and registries (`oci://…`, or no scheme at all). */
export interface Charts {
  /**
   * The archive of a chart, whose digest is verified. Callers who want the same at the same time share one request; what has a known
   * digest is fetched once.
   *
   * @throws SekishoError CHART_REPOSITORY_ADDRESS | CHART_REPOSITORY_UNREACHABLE | CHART_REPOSITORY_REFUSED |
   *   CHART_REPOSITORY_INDEX | CHART_REPOSITORY_NO_CHART | CHART_REPOSITORY_NO_VERSION | CHART_REPOSITORY_DIGEST |
   *   CHART_REPOSITORY_TOO_LARGE, and REGISTRY_* of registries
   */
  readonly fetch: FetchChart;
  /** As `fetch`, with the .prov file beside the archive. */
  fetchSigned(request: ChartRequest): Promise<SignedChart>;
  /** An archive by its own address: `https://…/web-1.2.3.tgz`, `oci://host/path/web[:tag][@digest]`. @throws as `fetch` */
  download(
    address: string,
    options?: { readonly version?: string; readonly provenance?: boolean; readonly signal?: AbortSignal },
  ): Promise<SignedChart>;
  /** Which version a range means, without its archive; `digest` is '' when only fetching tells. @throws as `fetch` */
  resolve(
    repository: string,
    name: string,
    range: string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<{ readonly version: string; readonly digest: string }>;
  /** All versions, newest first. @throws as `fetch` */
  versions(
    repository: string,
    name: string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly ChartVersion[]>;
  close(): Promise<void>;
}

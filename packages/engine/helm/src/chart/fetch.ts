/** A chart that is not in the tree. */
export interface ChartRequest {
  /** `https://…` (a repository with an index.yaml) or `oci://…`; as Chart.yaml or an Application writes it. */
  readonly repository: string;
  readonly name: string;
  /** An exact version or a range, by Masterminds' rules; '' is the newest release. */
  readonly version: string;
  /** Credentials of the repository also to other hosts that its index names. Default false. */
  readonly passCredentials?: boolean;
  readonly signal?: AbortSignal;
}

export interface FetchedChart {
  /** The .tgz. */
  readonly archive: Uint8Array;
  /** Which of the range it is. */
  readonly version: string;
  /** `sha256:…` of `archive`. */
  readonly digest: string;
}

/**
 * Fetches a chart's archive. Implemented outside of the engine, which reaches no network.
 *
 * @throws SekishoError when there is no such chart, or it cannot be had
 */
export type FetchChart = (request: ChartRequest) => Promise<FetchedChart>;

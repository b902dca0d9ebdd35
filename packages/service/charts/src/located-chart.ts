/** A chart that was found, and is not fetched yet. */
export interface LocatedChart {
  /** For messages, without secrets. */
  readonly what: string;
  readonly version: string;
  /** SHA-256 of the archive in hex; undefined: only fetching it tells. */
  readonly digest: string | undefined;
  /** Name of the archive: `web-1.2.3.tgz`. */
  readonly file: string;
  archive(signal: AbortSignal): Promise<Uint8Array>;
  /** Undefined when there is no .prov file. */
  provenance(signal: AbortSignal): Promise<Uint8Array | undefined>;
}

/** What is known of an image. What is absent is not known: criteria about it are answered with "unknown". */
export interface ImageMetadata {
  /** From its manifest and configuration. */
  readonly config?: ImageConfig;
  /** What a scanner found. */
  readonly scan?: ImageScan;
  /** Ids of the signature integrations that verified it; empty when none did. */
  readonly verifiedBy?: readonly string[];
}

export interface ImageConfig {
  /** RFC 3339. */
  readonly created?: string;
  readonly user?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Lines of its Dockerfile, as its history has them. */
  readonly layers?: readonly { readonly instruction: string; readonly value: string }[];
}

export interface ImageScan {
  /** RFC 3339. */
  readonly time?: string;
  /** `debian:12`. */
  readonly operatingSystem?: string;
  readonly components: readonly ImageComponent[];
}

export interface ImageComponent {
  readonly name: string;
  readonly version: string;
  readonly vulnerabilities?: readonly ImageVulnerability[];
}

export interface ImageVulnerability {
  readonly cve: string;
  readonly cvss?: number;
  readonly nvdCvss?: number;
  readonly severity?: 'UNKNOWN' | 'LOW' | 'MODERATE' | 'IMPORTANT' | 'CRITICAL';
  /** The version that has the fix; absent or '' when there is none. */
  readonly fixedBy?: string;
  /** Times are RFC 3339. */
  readonly publishedOn?: string;
  readonly fixAvailableOn?: string;
  readonly firstSeenInImage?: string;
  readonly firstSeenInSystem?: string;
  /** Deferred ones and false positives violate nothing. Default OBSERVED. */
  readonly state?: 'OBSERVED' | 'DEFERRED' | 'FALSE_POSITIVE';
}

/** The parts of a reference, as StackRox shows them. */
export interface ImageName {
  /** `docker.io/library/nginx:1.27`. */
  readonly fullName: string;
  /** `docker.io`. */
  readonly registry: string;
  /** `library/nginx`. */
  readonly remote: string;
  /** 'latest' when the reference has neither tag nor digest; '' with a digest alone. */
  readonly tag: string;
}

export function parseImageName(reference: string): ImageName {
  const at = reference.indexOf('@');
  const digest = at < 0 ? '' : reference.slice(at);
  const named = at < 0 ? reference : reference.slice(0, at);
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const repository = hasTag ? named.slice(0, colon) : named;
  const tag = hasTag ? named.slice(colon + 1) : digest === '' ? 'latest' : '';
  const slash = repository.indexOf('/');
  const first = slash < 0 ? '' : repository.slice(0, slash);
  const isHost = first.includes('.') || first.includes(':') || first === 'localhost';
  const registry = isHost ? first : 'docker.io';
  const path = isHost ? repository.slice(slash + 1) : repository;
  const remote = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return { fullName: `${registry}/${remote}${tag === '' ? '' : `:${tag}`}${digest}`, registry, remote, tag };
}

import { type Clock, isSekishoError, retry } from '@sekisho/base';
import { chooseVersion, isVersion } from '@sekisho/helm';
import {
  createRegistryClient,
  type Descriptor,
  formatReference,
  type Manifest,
  parseReference,
  type Reference,
  type RegistryClient,
} from '@sekisho/registry';
import { type Clients, createClients } from './clients.ts';
import { noChart, noVersion, wrongAddress } from './failure.ts';
import type { LocatedChart } from './located-chart.ts';
import type { ChartCredentials, ChartLimits } from './types.ts';

/** Media types of charts. @see https://helm.sh/docs/topics/registries/ */
const CONFIG = 'application/vnd.cncf.helm.config.v1+json';
const CONTENT = new Set(['application/vnd.cncf.helm.chart.content.v1.tar+gzip', 'application/tar+gzip']);
const PROVENANCE = 'application/vnd.cncf.helm.chart.provenance.v1.prov';
const MAX_PROVENANCE_BYTES = 1024 * 1024;
/** Tags that are versions, and nothing else: Helm shows no others. */
const STRICT_VERSION = /^\d+\.\d+\.\d+(?:[-+].*)?$/;

export interface RegistryChart {
  /** `host/path/name`. */
  readonly path: string;
  readonly credentials: ChartCredentials;
}

export interface RegistryCharts {
  /** As `1.2.3+build`: what tags write with `_`. @throws SekishoError CHART_REPOSITORY_*, REGISTRY_* */
  versions(chart: RegistryChart, signal: AbortSignal): Promise<readonly string[]>;
  /** @param wanted a version, a range, or '' for the newest; a digest or tag in `path` must fit it */
  locate(chart: RegistryChart, wanted: string, signal: AbortSignal): Promise<LocatedChart>;
  close(): Promise<void>;
}

interface ClientOptions {
  readonly host: string;
  readonly credentials: ChartCredentials;
}

export interface RegistryChartsOptions {
  readonly limits: ChartLimits;
  readonly clock: Clock;
  /** Throws when an address must not be asked. */
  readonly permit: ((address: string) => Promise<void>) | undefined;
}

export function createRegistryCharts({ limits, clock, permit }: RegistryChartsOptions): RegistryCharts {
  // A client knows the credentials of one host, and tells them to no other.
  const clients: Clients<ClientOptions, RegistryClient> = createClients(({ host, credentials }) => {
    const { username, password, ...connection } = credentials;
    return createRegistryClient({
      ...connection,
      permit,
      timeoutMs: limits.timeoutMs,
      credentials: async (registry) =>
        registry !== host || (username === undefined && password === undefined)
          ? undefined
          : { username: username ?? '', secret: password ?? '' },
    });
  });

  function ask<T>(
    { registry }: Reference,
    credentials: ChartCredentials,
    signal: AbortSignal,
    work: (client: RegistryClient) => Promise<T>,
  ): Promise<T> {
    return retry(() => clients.use({ host: registry, credentials }, work), {
      attempts: 3,
      minMs: 200,
      maxMs: 5_000,
      signal,
      clock,
    });
  }

  async function versionsOf(
    reference: Reference,
    credentials: ChartCredentials,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    try {
      const tags = await ask(reference, credentials, signal, (client) => client.listTags(reference, { signal }));
      return tags.map((tag) => tag.replaceAll('_', '+')).filter((version) => STRICT_VERSION.test(version));
    } catch (error) {
      if (isSekishoError(error, 'REGISTRY_NOT_FOUND')) throw noChart(...placeOf(reference));
      throw error;
    }
  }

  /** Undefined: what a digest names, whatever its tags. */
  async function chooseTag(
    reference: Reference,
    credentials: ChartCredentials,
    wanted: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (wanted === '' && reference.digest !== undefined) return undefined;
    if (isVersion(wanted)) return wanted;
    const choice = chooseVersion(await versionsOf(reference, credentials, signal), wanted);
    if (choice.version !== undefined) return choice.version;
    const [repository, name] = placeOf(reference);
    throw noVersion(repository, name, wanted, choice);
  }

  return {
    versions: ({ path, credentials }, signal) => versionsOf(parseReference(path), credentials, signal),

    async locate({ path, credentials }, wanted, signal) {
      const { tag: latest, ...bare } = parseReference(path);
      const tag = /:[^/@]+(?:@|$)/.test(path.slice(path.indexOf('/'))) ? latest : undefined;
      const named = tag?.replaceAll('_', '+');
      if (named !== undefined && wanted !== '' && wanted !== named) {
        throw wrongAddress(`oci://${path}`, `the version ${wanted} is asked for, and the address says ${named}`);
      }
      const version = await chooseTag(bare, credentials, wanted === '' ? (named ?? '') : wanted, signal);
      const reference = version === undefined ? bare : { ...bare, tag: version.replaceAll('+', '_') };
      const what = `oci://${formatReference(reference)}`;
      const { manifest } = await ask(reference, credentials, signal, (client) =>
        client.getManifest(reference, { signal }),
      );
      const content = manifest.config.mediaType === CONFIG ? layer(manifest, (type) => CONTENT.has(type)) : undefined;
      if (content === undefined) throw wrongAddress(what, 'what is there is no Helm chart');
      const blob = (descriptor: Descriptor, maxBytes: number, given: AbortSignal): Promise<Uint8Array> =>
        ask(reference, credentials, given, (client) =>
          client.getBlob(reference, descriptor, { maxBytes, signal: given }),
        );
      const [, name] = placeOf(reference);
      const found = version ?? manifest.annotations?.['org.opencontainers.image.version'] ?? '';
      return {
        what,
        version: found,
        digest: content.digest.startsWith('sha256:') ? content.digest.slice('sha256:'.length) : undefined,
        file: `${name}-${found}.tgz`,
        archive: (given) => blob(content, limits.maxArchiveBytes, given),
        async provenance(given) {
          const signature = layer(manifest, (type) => type === PROVENANCE);
          return signature === undefined ? undefined : blob(signature, MAX_PROVENANCE_BYTES, given);
        },
      };
    },

    close: () => clients.close(),
  };
}

function layer({ layers }: Manifest, isWanted: (mediaType: string) => boolean): Descriptor | undefined {
  return layers.find(({ mediaType }) => isWanted(mediaType));
}

/** Repository and name, for messages. */
function placeOf({ registry, repository }: Reference): [repository: string, name: string] {
  const parts = repository.split('/');
  const name = parts.pop() ?? '';
  return [`oci://${[registry, ...parts].join('/')}`, name];
}

import { createHash } from 'node:crypto';
import { type Clock, isSekishoError } from '@sekisho/base';
import type { Discovery, KubeClient } from '@sekisho/client';
import { formatApiVersion } from '@sekisho/kube';

/** What charts may ask of a cluster. */
export interface ClusterCapabilities {
  /** `v1.35.0`. */
  readonly kubeVersion?: string;
  /** `apps/v1` and `apps/v1/Deployment`, in order. */
  readonly apiVersions: readonly string[];
  /** Equal ids: the same capabilities. */
  readonly id: string;
}

/** Applications are many, and a new kind may wait that long to be seen by templates. */
const FRESH_MS = 5_000;
/** A cluster is upgraded rarely. */
const VERSION_MS = 600_000;

/** Reads a cluster's capabilities, and what was read last while it can't be reached. Undefined: it was never reached. */
export function createCapabilitiesReader(options: {
  readonly client: KubeClient;
  readonly discovery: Discovery;
  readonly clock: Clock;
}): () => Promise<ClusterCapabilities | undefined> {
  const { client, discovery, clock } = options;
  let known: ClusterCapabilities | undefined;
  let freshUntil = Number.NEGATIVE_INFINITY;
  let version: { readonly text: string | undefined; readonly until: number } | undefined;
  let reading: Promise<ClusterCapabilities | undefined> | undefined;

  async function readVersion(): Promise<string | undefined> {
    if (version !== undefined && clock.now() < version.until) return version.text;
    const { body } = await client.request({ method: 'GET', path: '/version' });
    const { gitVersion } = (body ?? {}) as { readonly gitVersion?: unknown };
    version = { text: typeof gitVersion === 'string' ? gitVersion : undefined, until: clock.now() + VERSION_MS };
    return version.text;
  }

  async function read(): Promise<ClusterCapabilities | undefined> {
    try {
      const kubeVersion = await readVersion();
      const names = new Set<string>();
      for (const { group, version: served, kind } of await discovery.all()) {
        const apiVersion = formatApiVersion(group, served);
        names.add(apiVersion).add(`${apiVersion}/${kind}`);
      }
      const apiVersions = [...names].sort();
      const id = createHash('sha256')
        .update(JSON.stringify([kubeVersion, apiVersions]))
        .digest('base64');
      if (known?.id !== id) known = { ...(kubeVersion === undefined ? {} : { kubeVersion }), apiVersions, id };
    } catch (error) {
      if (!isSekishoError(error)) throw error;
    }
    freshUntil = clock.now() + FRESH_MS;
    return known;
  }

  return async () => {
    if (known !== undefined && clock.now() < freshUntil) return known;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}

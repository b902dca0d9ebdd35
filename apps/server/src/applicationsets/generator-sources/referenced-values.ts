import { SekishoError } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { CONFIG_MAPS, SECRETS } from '../../applications/kinds.ts';

/** Values of Secrets and ConfigMaps of the control namespace that generators name. */
export interface ReferencedValues {
  /** @throws SekishoError GENERATOR_REFERENCE: missing, or not for generators */
  secret(name: string, key: string, signal: AbortSignal): Promise<string>;
  /** All values of a Secret, decoded. @throws SekishoError as {@link secret} */
  secretData(name: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** Of a Secret that holds what plugins need: `argocd-secret`, or one labelled as a part of Argo CD. */
  pluginSecret(name: string, key: string, signal: AbortSignal): Promise<string>;
  /** @throws SekishoError GENERATOR_REFERENCE */
  configMap(name: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
}

/** Signing keys and passwords of accounts are in it, too. */
const OWN_SECRET = 'argocd-secret';
const SECRET_TYPE = 'argocd.argoproj.io/secret-type';

/**
 * A generator sends what it reads to an address that its author chose: credentials of clusters, of service accounts and
 * Sekisho's own are none of its business.
 */
export function createReferencedValues(client: KubeClient, namespace: string): ReferencedValues {
  async function readSecret(name: string, signal: AbortSignal): Promise<KubeObject> {
    const found = await client.getIfExists(SECRETS, name, namespace, { signal });
    if (found !== undefined) return found;
    throw missing(`There is no Secret ${namespace}/${name}.`);
  }

  async function dataFor(name: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    if (name === OWN_SECRET) throw forbidden(name);
    const secret = await readSecret(name, signal);
    const type = String(secret['type'] ?? '');
    const isForeign = secret.metadata.labels?.[SECRET_TYPE] === 'cluster' || type.startsWith('kubernetes.io/service-');
    if (isForeign || type.startsWith('bootstrap.kubernetes.io/')) throw forbidden(name);
    return decoded(secret);
  }

  function entryOf(data: Readonly<Record<string, string>>, name: string, key: string): string {
    const value = data[key]?.trim();
    if (value !== undefined && value !== '') return value;
    throw missing(`The Secret ${namespace}/${name} has no ${key}.`);
  }

  return {
    secretData: dataFor,
    secret: async (name, key, signal) => entryOf(await dataFor(name, signal), name, key),
    async pluginSecret(name, key, signal) {
      const secret = await readSecret(name, signal);
      const isPart = secret.metadata.labels?.['app.kubernetes.io/part-of'] === 'argocd';
      if (name !== OWN_SECRET && !isPart) throw forbidden(name, 'Label it app.kubernetes.io/part-of: argocd.');
      return entryOf(decoded(secret), name, key);
    },
    async configMap(name, signal) {
      const found = await client.getIfExists(CONFIG_MAPS, name, namespace, { signal });
      if (found === undefined) throw missing(`There is no ConfigMap ${namespace}/${name}.`);
      return (found['data'] ?? {}) as Record<string, string>;
    },
  };
}

function decoded(secret: KubeObject): Readonly<Record<string, string>> {
  const data = (secret['data'] ?? {}) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

function missing(message: string): SekishoError {
  return new SekishoError('GENERATOR_REFERENCE', message);
}

function forbidden(name: string, hint = 'Give generators a Secret of their own.'): SekishoError {
  return new SekishoError('GENERATOR_REFERENCE', `The Secret ${name} is not for generators.`, { hint });
}

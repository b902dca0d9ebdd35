import { SekishoError } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { CONFIG_MAPS, SECRETS } from '../../applications/kinds.ts';
import {
  isTokenOfKubernetes,
  OWN_SECRET,
  PROJECTS_ANNOTATION,
  SECRET_TYPE,
} from '../../source-secrets/permitted-secret.ts';

/** Values of Secrets and ConfigMaps of the control namespace that generators name. */
export interface ReferencedValues {
  /** @throws SekishoError GENERATOR_REFERENCE: missing, or not for generators */
  secret(name: string, key: string, signal: AbortSignal): Promise<string>;
  /** All values of the Secret of a GitHub App, which may be one of repositories, too. @throws SekishoError as {@link secret} */
  githubApp(name: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** Of a Secret that holds what plugins need: `plugin.…` of `argocd-secret`, or one labelled as a part of Argo CD. */
  pluginSecret(name: string, key: string, signal: AbortSignal): Promise<string>;
  /** @throws SekishoError GENERATOR_REFERENCE */
  configMap(name: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
}

/** Argo CD's label of Secrets that are for generators alone. */
const TYPES_OF_TOKENS = ['scm-creds'];
const TYPES_OF_APPS = ['scm-creds', 'repository', 'repo-creds'];
/** Of the own Secret only these keys are for plugins. */
const PLUGIN_KEYS = 'plugin.';

/**
 * A generator sends what it reads to an address that its author chose: credentials of clusters, repositories and service
 * accounts, and Sekisho's own, are none of its business.
 */
export function createReferencedValues(client: KubeClient, namespace: string): ReferencedValues {
  async function readSecret(name: string, signal: AbortSignal): Promise<KubeObject> {
    const found = await client.getIfExists(SECRETS, name, namespace, { signal });
    if (found !== undefined) return found;
    throw missing(`There is no Secret ${namespace}/${name}.`);
  }

  async function dataFor(
    name: string,
    types: readonly string[],
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>>> {
    if (name === OWN_SECRET) throw forbidden(name);
    const secret = await readSecret(name, signal);
    const { labels, annotations } = secret.metadata;
    const type = labels?.[SECRET_TYPE];
    const isOwn = type !== undefined && !types.includes(type);
    const isForProjects = annotations?.[PROJECTS_ANNOTATION] !== undefined;
    if (isOwn || isForProjects || isTokenOfKubernetes(secret)) throw forbidden(name);
    return decoded(secret);
  }

  function entryOf(data: Readonly<Record<string, string>>, name: string, key: string): string {
    const value = data[key]?.trim();
    if (value !== undefined && value !== '') return value;
    throw missing(`The Secret ${namespace}/${name} has no ${key}.`);
  }

  return {
    githubApp: (name, signal) => dataFor(name, TYPES_OF_APPS, signal),
    secret: async (name, key, signal) => entryOf(await dataFor(name, TYPES_OF_TOKENS, signal), name, key),
    async pluginSecret(name, key, signal) {
      const secret = await readSecret(name, signal);
      const isPart = secret.metadata.labels?.['app.kubernetes.io/part-of'] === 'argocd';
      if (name === OWN_SECRET && !key.startsWith(PLUGIN_KEYS)) {
        throw missing(`The key ${key} of ${OWN_SECRET} is not for plugins: its name must begin with ${PLUGIN_KEYS}`);
      }
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

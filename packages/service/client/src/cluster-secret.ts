import { SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { AuthConfig, ConnectionConfig, TlsConfig } from './connection.ts';

/** The label that makes a Secret a cluster. */
export const CLUSTER_SECRET_LABEL = 'argocd.argoproj.io/secret-type';

export interface ClusterSecretOptions {
  /**
   * Whether `execProviderConfig` may start a program on this machine. Default false: whoever writes Secrets would
   * otherwise choose what we run.
   */
  readonly allowExec?: boolean;
}

interface ClusterSecretConfig {
  readonly bearerToken?: string;
  readonly username?: string;
  readonly password?: string;
  readonly proxyUrl?: string;
  readonly tlsClientConfig?: {
    readonly insecure?: boolean;
    readonly serverName?: string;
    readonly caData?: string;
    readonly certData?: string;
    readonly keyData?: string;
  };
  readonly awsAuthConfig?: unknown;
  readonly execProviderConfig?: {
    readonly command?: string;
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly apiVersion?: string;
    readonly installHint?: string;
  };
}

/**
 * A cluster as Argo CD declares it: a Secret labelled `argocd.argoproj.io/secret-type: cluster` with `name`, `server`
 * and `config` (JSON).
 *
 * @throws SekishoError CLUSTER_SECRET_INVALID; never with what the Secret holds
 * @see https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters
 */
export function connectionFromClusterSecret(secret: KubeObject, options: ClusterSecretOptions = {}): ConnectionConfig {
  const where = `${secret.metadata.namespace ?? ''}/${secret.metadata.name ?? ''}`;
  const fail = (message: string, hint?: string): SekishoError =>
    new SekishoError(
      'CLUSTER_SECRET_INVALID',
      `cluster Secret ${where}: ${message}`,
      hint === undefined ? {} : { hint },
    );
  if (secret.metadata.labels?.[CLUSTER_SECRET_LABEL] !== 'cluster') {
    throw fail(`the label ${CLUSTER_SECRET_LABEL}: cluster is missing`);
  }
  const server = secretValue(secret, 'server');
  if (server === undefined || server === '') throw fail('data.server is missing');
  const config = parseConfig(secretValue(secret, 'config') ?? '{}');
  if (config === undefined) throw fail('data.config is not a JSON object');
  if (config.awsAuthConfig !== undefined) {
    throw fail('awsAuthConfig is not supported', 'Use a bearer token, client certificates or execProviderConfig.');
  }
  if (config.execProviderConfig !== undefined && options.allowExec !== true) {
    throw fail('execProviderConfig is not allowed here', 'Allow credential plugins in the settings of this server.');
  }
  const tls = tlsOf(config, fail);
  const auth = authOf(config, fail);
  return {
    name: secretValue(secret, 'name') || server,
    server,
    ...(tls === undefined ? {} : { tls }),
    ...(auth === undefined ? {} : { auth }),
    ...(config.proxyUrl ? { proxyUrl: config.proxyUrl } : {}),
  };
}

/** From data (base64), or from stringData while the Secret was not yet stored. */
function secretValue(secret: KubeObject, key: string): string | undefined {
  const plain = (secret['stringData'] as Record<string, unknown> | undefined)?.[key];
  if (typeof plain === 'string') return plain;
  const encoded = (secret['data'] as Record<string, unknown> | undefined)?.[key];
  return typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString('utf8').trim() : undefined;
}

function parseConfig(text: string): ClusterSecretConfig | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function tlsOf(config: ClusterSecretConfig, fail: (message: string) => SekishoError): TlsConfig | undefined {
  const { insecure, serverName, caData, certData, keyData } = config.tlsClientConfig ?? {};
  const decode = (data: string): string => Buffer.from(data, 'base64').toString('utf8');
  if (insecure === true && caData) throw fail('tlsClientConfig has both insecure and caData');
  if (Boolean(certData) !== Boolean(keyData)) throw fail('tlsClientConfig needs certData and keyData together');
  const tls: TlsConfig = {
    ...(caData ? { ca: decode(caData) } : {}),
    ...(certData && keyData ? { cert: decode(certData), key: decode(keyData) } : {}),
    ...(serverName ? { serverName } : {}),
    ...(insecure === true ? { insecure } : {}),
  };
  return Object.keys(tls).length === 0 ? undefined : tls;
}

function authOf(config: ClusterSecretConfig, fail: (message: string) => SekishoError): AuthConfig | undefined {
  if (config.bearerToken) return { kind: 'token', token: config.bearerToken };
  if (config.username) return { kind: 'basic', username: config.username, password: config.password ?? '' };
  const exec = config.execProviderConfig;
  if (exec === undefined) return undefined;
  if (!exec.command) throw fail('execProviderConfig has no command');
  return {
    kind: 'exec',
    command: exec.command,
    args: exec.args ?? [],
    env: exec.env ?? {},
    apiVersion: exec.apiVersion ?? 'client.authentication.k8s.io/v1',
    ...(exec.installHint ? { installHint: exec.installHint } : {}),
  };
}

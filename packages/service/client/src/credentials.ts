import { readFile } from 'node:fs/promises';
import { type Clock, messageOf, SekishoError, systemClock } from '@sekisho/base';
import type { AuthConfig, ConnectionConfig } from './connection.ts';
import { type ExecCredential, runCredentialPlugin } from './exec-credential.ts';

export interface Credential {
  /** The Authorization header. */
  readonly authorization?: string;
  /** A client certificate that a plugin gave, PEM. */
  readonly cert?: string;
  readonly key?: string;
}

/** Says who we are, for each request anew. */
export interface CredentialSource {
  current(): Promise<Credential>;
  /** After a 401: forgets what is kept. True when another one may be had. */
  invalidate(): boolean;
}

const TOKEN_FILE_MS = 60_000;
/** A credential that ends so soon is renewed before it is used. */
const EARLY_MS = 10_000;

/** @throws (from `current`) SekishoError CLUSTER_CREDENTIALS; never with the secret */
export function createCredentialSource(config: ConnectionConfig, clock: Clock = systemClock): CredentialSource {
  const { auth } = config;
  switch (auth?.kind) {
    case undefined:
      return fixed({});
    case 'token':
      return fixed({ authorization: `Bearer ${auth.token}` });
    case 'basic':
      return fixed({
        authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`,
      });
    case 'tokenFile':
      return renewed(clock, async () => {
        const token = await readToken(auth.path);
        return { credential: { authorization: `Bearer ${token}` }, until: clock.now() + TOKEN_FILE_MS };
      });
    case 'exec':
      return renewed(clock, async () => {
        const got = await runCredentialPlugin(auth, config);
        return { credential: ofPlugin(got), until: (got.expiresAt ?? Number.POSITIVE_INFINITY) - EARLY_MS };
      });
    case 'oidc':
      return oidcSource(auth, clock);
    default:
      return auth satisfies never;
  }
}

function fixed(credential: Credential): CredentialSource {
  return { current: async () => credential, invalidate: () => false };
}

function renewed(
  clock: Clock,
  renew: () => Promise<{ readonly credential: Credential; readonly until: number }>,
): CredentialSource {
  let kept: { readonly credential: Credential; readonly until: number } | undefined;
  let renewing: Promise<Credential> | undefined;
  return {
    async current() {
      if (kept !== undefined && clock.now() < kept.until) return kept.credential;
      renewing ??= renew()
        .then((next) => {
          kept = next;
          return next.credential;
        })
        .finally(() => {
          renewing = undefined;
        });
      return renewing;
    },
    invalidate() {
      kept = undefined;
      return true;
    },
  };
}

function ofPlugin({ token, cert, key }: ExecCredential): Credential {
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
}

async function readToken(path: string): Promise<string> {
  let token: string;
  try {
    token = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new SekishoError('CLUSTER_CREDENTIALS', `the token file ${path} can't be read: ${messageOf(error)}`, {
      retryable: true,
    });
  }
  if (token === '')
    throw new SekishoError('CLUSTER_CREDENTIALS', `the token file ${path} is empty`, { retryable: true });
  return token;
}

/** The library is large: loaded only where somebody still uses this old provider. */
function oidcSource(auth: Extract<AuthConfig, { kind: 'oidc' }>, clock: Clock): CredentialSource {
  return renewed(clock, async () => {
    const { KubeConfig } = await import('@kubernetes/client-node');
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromOptions({
      clusters: [{ name: 'c', server: 'https://localhost' }],
      users: [{ name: 'u', authProvider: { name: 'oidc', config: auth.config } }],
      contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
      currentContext: 'x',
    });
    const options: { headers?: Record<string, unknown> } = {};
    try {
      await kubeConfig.applyToHTTPSOptions(options as Parameters<typeof kubeConfig.applyToHTTPSOptions>[0]);
    } catch {
      throw new SekishoError('CLUSTER_CREDENTIALS', 'the OIDC provider of the kubeconfig gave no token', {
        retryable: true,
        hint: 'Log in again: the refresh token may have ended.',
      });
    }
    const authorization = options.headers?.['Authorization'];
    if (typeof authorization !== 'string') {
      throw new SekishoError('CLUSTER_CREDENTIALS', 'the OIDC provider of the kubeconfig has no token');
    }
    return { credential: { authorization }, until: clock.now() + TOKEN_FILE_MS };
  });
}

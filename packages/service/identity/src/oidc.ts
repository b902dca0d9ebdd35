import { type Clock, isSekishoError, messageOf, SekishoError, systemClock } from '@sekisho/base';
import * as client from 'openid-client';
import type { ExternalIdentity } from './identity.ts';

export interface OidcOptions {
  /** For messages. */
  readonly name: string;
  /** Address of the provider; https, or http on this machine. */
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a public client; PKCE is used in both cases. */
  readonly clientSecret?: string;
  /** Default `openid profile email groups`. */
  readonly scopes?: readonly string[];
  /** Claims whose values are the user's groups. Default `groups`. */
  readonly groupClaims?: readonly string[];
  /** PEM of the authorities to trust instead of the system's. */
  readonly caPem?: string;
  /** How far the provider's clock may be from ours. Default 60. */
  readonly clockToleranceSeconds?: number;
  /** How long one request may take. Default 10. */
  readonly timeoutSeconds?: number;
  readonly clock?: Clock;
}

/** What must be kept, and kept secret, from the way to the provider until the way back. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
}

/** Sign-in at an OpenID Connect provider: authorization code with PKCE, state and nonce. */
export interface OidcProvider {
  /**
   * @returns url: where to send the browser
   * @throws SekishoError OIDC_UNREACHABLE (retryable)
   */
  begin(redirectUri: string): Promise<{ readonly url: URL; readonly pending: PendingSignIn }>;
  /**
   * @param callback the address that the provider sent the browser to, with its query
   * @throws SekishoError OIDC_REFUSED (denied, replayed, forged, expired) | OIDC_UNREACHABLE (retryable)
   */
  finish(callback: URL, pending: PendingSignIn): Promise<ExternalIdentity>;
}

/** Keys and addresses of a provider are read again after this long. */
const DISCOVERY_MS = 10 * 60_000;
/** And not more often than this while it fails. */
const RETRY_MS = 2_000;
const MAX_GROUPS = 1_000;

export function createOidcProvider(options: OidcOptions): OidcProvider {
  const { clock = systemClock, groupClaims = ['groups'] } = options;
  const scopes = [...new Set(['openid', ...(options.scopes ?? ['profile', 'email', 'groups'])])];
  let discovered: { at: number; lifeMs: number; config: Promise<client.Configuration> } | undefined;

  function configuration(): Promise<client.Configuration> {
    if (discovered === undefined || clock.now() - discovered.at > discovered.lifeMs) {
      const current = { at: clock.now(), lifeMs: DISCOVERY_MS, config: discover(options) };
      current.config.catch(() => {
        current.lifeMs = RETRY_MS;
      });
      discovered = current;
    }
    return discovered.config;
  }

  return {
    async begin(redirectUri) {
      const config = await configuration();
      const pending: PendingSignIn = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        codeVerifier: client.randomPKCECodeVerifier(),
        redirectUri,
      };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: scopes.join(' '),
        code_challenge: await client.calculatePKCECodeChallenge(pending.codeVerifier),
        code_challenge_method: 'S256',
        state: pending.state,
        nonce: pending.nonce,
      });
      return { url, pending };
    },
    async finish(callback, pending) {
      const config = await configuration();
      try {
        // The address as the provider knows it: a proxy before us may have another one.
        const current = new URL(pending.redirectUri);
        current.search = callback.search;
        const tokens = await client.authorizationCodeGrant(config, current, {
          pkceCodeVerifier: pending.codeVerifier,
          expectedState: pending.state,
          expectedNonce: pending.nonce,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) throw new SekishoError('OIDC_REFUSED', `${options.name} sent no identity.`);
        const hasGroups = groupClaims.some((name) => claims[name] !== undefined);
        const more: Claims =
          hasGroups || config.serverMetadata().userinfo_endpoint === undefined
            ? {}
            : await client.fetchUserInfo(config, tokens.access_token, claims.sub);
        return toIdentity({ ...more, ...claims }, groupClaims);
      } catch (error) {
        throw toOidcError(error, options);
      }
    },
  };
}

type Claims = Readonly<Record<string, unknown>> & { readonly sub?: string };

async function discover(options: OidcOptions): Promise<client.Configuration> {
  try {
    const issuer = new URL(options.issuer);
    const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname);
    const trusted = options.caPem === undefined ? undefined : await fetchTrusting(options.caPem);
    const config = await client.discovery(
      issuer,
      options.clientId,
      { [client.clockTolerance]: options.clockToleranceSeconds ?? 60 },
      options.clientSecret === undefined ? client.None() : withSecret(options.clientSecret),
      {
        timeout: options.timeoutSeconds ?? 10,
        // On this machine nobody else can listen in.
        ...(issuer.protocol === 'http:' && isLocal ? { execute: [client.allowInsecureRequests] } : {}),
        ...(trusted === undefined ? {} : { [client.customFetch]: trusted }),
      },
    );
    // Kept for the whole configuration: the token endpoint is asked through it, too.
    if (trusted !== undefined) config[client.customFetch] = trusted;
    config.timeout = options.timeoutSeconds ?? 10;
    // The specification lets a client trust TLS instead; a proxy on the way, or http on this machine, has none.
    client.enableNonRepudiationChecks(config);
    return config;
  } catch (error) {
    throw unreachable(error, options);
  }
}

/** As the provider wants it; in the header when it doesn't say, as the specification does. */
function withSecret(secret: string): client.ClientAuth {
  const [basic, post] = [client.ClientSecretBasic(secret), client.ClientSecretPost(secret)];
  return (server, metadata, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return (methods.includes('client_secret_basic') ? basic : post)(server, metadata, body, headers);
  };
}

/** Trusts these authorities alone. */
async function fetchTrusting(ca: string): Promise<client.CustomFetch> {
  const { Agent, fetch: fetchWith } = await import('undici');
  const dispatcher = new Agent({ connect: { ca } });
  return async (url, init) => {
    const { method, body, headers, redirect, signal } = init;
    const response = await fetchWith(url, {
      method,
      headers,
      redirect,
      dispatcher,
      ...(body === undefined || body === null ? {} : { body: body as string }),
      ...(signal === undefined ? {} : { signal }),
    });
    return response as unknown as Response;
  };
}

function toIdentity(claims: Claims, groupClaims: readonly string[]): ExternalIdentity {
  const subject = String(claims.sub ?? '');
  // An address that the user could have chosen freely names nobody, and is nobody's group.
  const email = claims['email_verified'] === true ? claims['email'] : undefined;
  const claimOf = (name: string) => (name === 'email' ? email : claims[name]);
  const groups = groupClaims.flatMap((name) => textsOf(claimOf(name))).slice(0, MAX_GROUPS);
  return { subject, name: typeof email === 'string' && email !== '' ? email : subject, groups: [...new Set(groups)] };
}

function textsOf(value: unknown): string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((text): text is string => typeof text === 'string' && text !== '' && text.length <= 1024);
}

function unreachable(error: unknown, { name, issuer }: OidcOptions): SekishoError {
  return new SekishoError('OIDC_UNREACHABLE', `${name} at ${issuer} can't be used: ${reasonOf(error)}.`, {
    cause: error,
    retryable: true,
    hint: 'Check `issuer` (and `rootCA`) of oidc.config in argocd-cm, and that the provider runs.',
    details: { status: 502 },
  });
}

function toOidcError(error: unknown, options: OidcOptions): SekishoError {
  const { name } = options;
  if (isSekishoError(error)) return error;
  if (error instanceof client.WWWAuthenticateChallengeError) {
    return new SekishoError('OIDC_REFUSED', `${name} does not accept this server as its client.`, {
      cause: error,
      hint: REFUSAL_HINTS['invalid_client'] ?? '',
      details: { status: 401 },
    });
  }
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError) {
    const why = error.error_description ?? error.error;
    return new SekishoError('OIDC_REFUSED', `${name} refused the sign-in: ${why}.`, {
      cause: error,
      hint: REFUSAL_HINTS[error.error] ?? 'Try once more, or ask who runs the provider.',
      details: { status: 401 },
    });
  }
  if (isUnreachable(error)) return unreachable(error, options);
  return new SekishoError('OIDC_REFUSED', `The answer of ${name} can't be accepted: ${messageOf(error)}.`, {
    cause: error,
    hint: 'Sign in once more; an answer counts once and for a few minutes.',
    details: { status: 401 },
  });
}

const REFUSAL_HINTS: Readonly<Record<string, string>> = {
  invalid_client: 'Check `clientID` and `clientSecret` of oidc.config in argocd-cm.',
  invalid_scope: 'Set `requestedScopes` of oidc.config in argocd-cm to what the provider knows.',
  access_denied: 'The provider does not let this user in.',
};

function isUnreachable(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'TimeoutError' || at.name === 'AbortError') return true;
    const { code } = at as { code?: unknown };
    if (typeof code !== 'string') continue;
    if (code === 'OAUTH_TIMEOUT' || code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' || code === 'OAUTH_RESPONSE_IS_NOT_JSON')
      return true;
    if (/^(?:E[A-Z]+|UND_ERR_.*|CERT_.*|DEPTH_ZERO.*|SELF_SIGNED.*|UNABLE_TO.*|ERR_TLS.*)$/.test(code)) return true;
  }
  return false;
}

/** The innermost words: those around them only say that something failed. */
function reasonOf(error: unknown): string {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  return messageOf(deepest) || String((deepest as { code?: unknown }).code ?? 'no reason given');
}

/// <reference path="./oidc-provider.d.ts" />
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A user of the provider: claims by name, besides `sub`. */
export type OidcUser = Readonly<Record<string, unknown>>;

/** A real OpenID provider (oidc-provider) on a free port of 127.0.0.1, and a browser that walks through its pages. */
export interface TestOidcProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /**
   * Opens the address as a browser with no history, signs in as this user (no password is asked), says yes to everything,
   * and stops before it would leave the provider.
   *
   * @returns where the provider sends the browser
   */
  signIn(url: string, user: string): Promise<URL>;
  /** The same, but says no. */
  refuse(url: string): Promise<URL>;
  /** Ends it; the port stays free. */
  close(): Promise<void>;
}

/**
 * @param options  redirectUris: where it may send browsers; users: by name, which is their `sub`; claimsInIdToken: puts
 *   claims of scopes into the ID token, as many providers do, instead of the userinfo endpoint alone
 */
export async function startOidcProvider(options: {
  redirectUris: readonly string[];
  users: Readonly<Record<string, OidcUser>>;
  claimsInIdToken?: boolean;
}): Promise<TestOidcProvider> {
  const { default: Provider } = await import('oidc-provider');
  const { users } = options;
  const [clientId, clientSecret] = ['sekisho', 'the secret of the client'];
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: options.redirectUris,
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups'] },
    findAccount: (_context: unknown, id: string) =>
      users[id] === undefined ? undefined : { accountId: id, claims: () => ({ ...users[id], sub: id }) },
    conformIdTokenClaims: options.claimsInIdToken !== true,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    cookies: { keys: ['a key for cookies of tests'] },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'test' }] },
    // Every lifetime said, or it prints a warning for each.
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
  });
  const answer = provider.callback();

  /** The pages of login and consent, without the pages. */
  async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt, params, session } = await provider.interactionDetails(request, response);
    const user = new URL(request.url ?? '', issuer).searchParams.get('user');
    if (user === null) {
      await provider.interactionFinished(request, response, {
        error: 'access_denied',
        error_description: 'the user said no',
      });
    } else if (prompt.name === 'login') {
      await provider.interactionFinished(request, response, { login: { accountId: user } });
    } else {
      const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: params.client_id });
      grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(' '));
      grant.addOIDCClaims(prompt.details.missingOIDCClaims ?? []);
      await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
    }
  }

  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) return answer(request, response);
    interact(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });

  async function walk(start: string, user: string | undefined): Promise<URL> {
    const cookies = new Map<string, string>();
    let url = new URL(start);
    for (let step = 0; url.origin === issuer; step++) {
      if (step > 10) throw new Error(`the provider goes round in circles: ${url}`);
      if (url.pathname.startsWith('/interaction/') && user !== undefined) url.searchParams.set('user', user);
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (location === null) throw new Error(`the provider answers ${response.status}: ${await response.text()}`);
      url = new URL(location, url);
    }
    return url;
  }

  return {
    issuer,
    clientId,
    clientSecret,
    signIn: walk,
    refuse: (url) => walk(url, undefined),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

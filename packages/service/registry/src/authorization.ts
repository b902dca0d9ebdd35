import { SekishoError } from '@sekisho/base';
import { parseChallenge } from './challenge.ts';
import type { Credentials, FindCredentials } from './credentials.ts';
import { type Http, type HttpAnswer, type HttpRequest, parseUrl } from './http.ts';

const MAX_TOKEN_BYTES = 256 * 1024;

/** Sends requests to one registry, and proves who asks as soon as it wants to know. */
export class AuthorizedHttp {
  readonly #http: Http;
  readonly #registry: string;
  readonly #find: FindCredentials;
  /** `Authorization` by what it is good for: a repository and what is done to it. */
  readonly #headers = new Map<string, string>();

  constructor(http: Http, registry: string, find: FindCredentials) {
    this.#http = http;
    this.#registry = registry;
    this.#find = find;
  }

  /**
   * @param scope  `repository:team/policies:pull`
   * @throws SekishoError REGISTRY_AUTH when the registry wants other credentials or more rights
   */
  async send(request: HttpRequest, scope: string): Promise<HttpAnswer> {
    const answer = await this.#http.send(this.#withHeader(request, this.#headers.get(scope)));
    if (answer.status !== 401) return answer;
    const header = await this.#authorize(answer, scope, request);
    this.#headers.set(scope, header);
    const second = await this.#http.send(this.#withHeader(request, header));
    if (second.status === 401) throw this.#refused();
    return second;
  }

  #withHeader(request: HttpRequest, authorization: string | undefined): HttpRequest {
    return authorization === undefined ? request : { ...request, headers: { ...request.headers, authorization } };
  }

  async #authorize(answer: HttpAnswer, scope: string, request: HttpRequest): Promise<string> {
    const challenge = parseChallenge(answer.headers['www-authenticate'] ?? '');
    const credentials = await this.#find(this.#registry);
    if (challenge?.scheme === 'basic') {
      if (credentials === undefined) throw this.#refused();
      return basic(credentials);
    }
    const realm = challenge?.parameters.get('realm');
    const url = realm === undefined ? undefined : parseUrl(realm);
    if (challenge === undefined || url === undefined) throw this.#refused();
    // A password that left by TLS must not go on without.
    if (request.url.protocol === 'https:' && url.protocol !== 'https:') throw this.#refused();
    return `Bearer ${await this.#fetchToken(url, challenge.parameters.get('service'), scope, credentials, request.signal)}`;
  }

  /** @see https://distribution.github.io/distribution/spec/auth/token/ and …/oauth/ */
  async #fetchToken(
    realm: URL,
    service: string | undefined,
    scope: string,
    credentials: Credentials | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const url = new URL(realm);
    const parameters = new URLSearchParams({ scope, ...(service === undefined ? {} : { service }) });
    const common = { maxBytes: MAX_TOKEN_BYTES, signal };
    let answer: HttpAnswer;
    if (credentials?.isIdentityToken === true) {
      parameters.set('grant_type', 'refresh_token');
      parameters.set('client_id', 'sekisho');
      parameters.set('refresh_token', credentials.secret);
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      answer = await this.#http.send({
        method: 'POST',
        url,
        headers,
        body: Buffer.from(parameters.toString()),
        ...common,
      });
    } else {
      for (const [name, value] of parameters) url.searchParams.append(name, value);
      const headers: Record<string, string> = credentials === undefined ? {} : { authorization: basic(credentials) };
      answer = await this.#http.send({ method: 'GET', url, headers, ...common });
    }
    if (answer.status !== 200) throw this.#refused();
    const token = tokenIn(answer.body.toString('utf8'));
    if (token === undefined) throw this.#refused();
    return token;
  }

  #refused(): SekishoError {
    return new SekishoError('REGISTRY_AUTH', `${this.#registry} refuses: it wants (other) credentials.`, {
      hint: `Log in with: docker login ${this.#registry}`,
    });
  }
}

function basic({ username, secret }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`;
}

function tokenIn(text: string): string | undefined {
  try {
    const { token, access_token: access } = JSON.parse(text) as { token?: unknown; access_token?: unknown };
    const found = token ?? access;
    return typeof found === 'string' && /^[\x21-\x7e]+$/.test(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

import { createHash } from 'node:crypto';
import { type Clock, createLru, type Logger, messageOf, SekishoError, type SekishoErrorOptions } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { ExternalDataRequest, ExternalDataResponse } from '@sekisho/policy';
import { createHttp, type Http } from '@sekisho/registry';
import { type Provider, readProvider } from './provider.ts';
import { type Item, readResponse } from './response.ts';

export interface ExternalDataOptions {
  /** The Providers that there are. */
  readonly providers: () => Iterable<KubeObject>;
  /** By which we are known to providers that ask for it, PEM. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Asks Providers of external data as Gatekeeper does. */
export interface ExternalDataClient {
  /** Never rejects: what goes wrong is the answer's `systemError`. */
  ask(request: ExternalDataRequest): Promise<ExternalDataResponse>;
  close(): Promise<void>;
}

/** As Gatekeeper's default. */
const KEPT_MS = 3 * 60_000;
const MAX_KEPT = 10_000;
const MAX_KEYS = 1_000;
const MAX_BYTES = 1024 * 1024;
const VERSION = 'externaldata.gatekeeper.sh/v1beta1';

interface Kept {
  readonly item: Item;
  readonly until: number;
}

export function createExternalData(options: ExternalDataOptions): ExternalDataClient {
  return new Client(options);
}

class Client implements ExternalDataClient {
  readonly #options: ExternalDataOptions;
  /** By what providers are trusted by, and how long they may take. */
  readonly #connections = new Map<string, Http>();
  readonly #kept = createLru<string, Kept>({ maxWeight: MAX_KEPT, weigh: () => 1 });

  constructor(options: ExternalDataOptions) {
    this.#options = options;
  }

  async ask({ provider: name, keys }: ExternalDataRequest): Promise<ExternalDataResponse> {
    try {
      const object = [...this.#options.providers()].find(({ metadata }) => metadata.name === name);
      if (object === undefined) throw new SekishoError('EXTERNAL_DATA_PROVIDER', `There is no Provider ${name}.`);
      const texts = keys.filter((key) => typeof key === 'string');
      if (texts.length !== keys.length) throw new Error('keys are texts');
      if (texts.length > MAX_KEYS) throw new Error(`more than ${MAX_KEYS} keys at once`);
      return responseOf(await this.#items(readProvider(object), texts));
    } catch (error) {
      const message = messageOf(error);
      this.#options.logger.warn({ provider: name, error: message }, 'external data could not be had');
      return { responses: [], errors: [], statusCode: 500, systemError: message };
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections.values()].map((http) => http.close()));
    this.#connections.clear();
  }

  async #items(provider: Provider, keys: readonly string[]): Promise<readonly Item[]> {
    const now = this.#options.clock.now();
    const keptAs = (key: string) => JSON.stringify([provider.name, provider.version, key]);
    const known = new Map<string, Item>();
    for (const key of keys) {
      const kept = this.#kept.get(keptAs(key));
      if (kept !== undefined && kept.until > now) known.set(key, kept.item);
    }
    const missing = [...new Set(keys)].filter((key) => !known.has(key));
    if (missing.length > 0) {
      for (const item of await this.#fetch(provider, missing)) {
        known.set(item.key, item);
        if (item.error === undefined) this.#kept.set(keptAs(item.key), { item, until: now + KEPT_MS });
      }
    }
    return keys.map((key) => known.get(key) ?? { key, error: 'the provider did not answer for it' });
  }

  async #fetch(provider: Provider, keys: readonly string[]): Promise<readonly Item[]> {
    const { name, url, timeoutMs } = provider;
    const body = { apiVersion: VERSION, kind: 'ProviderRequest', request: { keys } };
    const signal = AbortSignal.timeout(timeoutMs);
    const request = {
      method: 'POST' as const,
      url,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
      maxBytes: MAX_BYTES,
      signal,
    };
    const answer = await this.#connection(provider)
      .send(request)
      .catch((cause: unknown) => {
        const why = signal.aborted ? `gave no answer in ${timeoutMs} ms` : `can not be asked: ${messageOf(cause)}`;
        throw new SekishoError('EXTERNAL_DATA_UNREACHABLE', `Provider ${name} ${why}`, { cause });
      });
    if (answer.status !== 200)
      throw new SekishoError('EXTERNAL_DATA_ANSWER', `Provider ${name} answered with status ${answer.status}.`);
    return readResponse(name, answer.body);
  }

  #connection({ authority, timeoutMs }: Provider): Http {
    const id = createHash('sha256').update(`${timeoutMs} ${authority}`).digest('hex');
    let http = this.#connections.get(id);
    if (http === undefined) {
      const { clientCertificate } = this.#options;
      http = createHttp({ tlsCa: authority, timeoutMs, clientCertificate, failure });
      this.#connections.set(id, http);
    }
    return http;
  }
}

function failure(_kind: unknown, message: string, options: SekishoErrorOptions): SekishoError {
  return new SekishoError('EXTERNAL_DATA_UNREACHABLE', message, options);
}

function responseOf(items: readonly Item[]): ExternalDataResponse {
  return {
    responses: items.flatMap(({ key, value, error }) => (error === undefined ? [[key, value ?? null] as const] : [])),
    errors: items.flatMap(({ key, error }) => (error === undefined ? [] : [[key, error] as const])),
    statusCode: 200,
    systemError: '',
  };
}

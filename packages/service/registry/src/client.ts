import { SekishoError } from '@sekisho/base';
import { AuthorizedHttp } from './authorization.ts';
import type { FindCredentials } from './credentials.ts';
import { digestOf, verifyDigest } from './digest.ts';
import { createHttp, type HttpAnswer, type HttpOptions, parseUrl, type TlsOptions } from './http.ts';
import { type Descriptor, MANIFEST_TYPES, type Manifest, parseManifest } from './manifest.ts';
import { formatReference, type Reference } from './reference.ts';

export interface RegistryOptions extends TlsOptions, Pick<HttpOptions, 'permit'> {
  /** Default: none, everything is asked as nobody. */
  readonly credentials?: FindCredentials;
  /** Speaks http, default false. */
  readonly plainHttp?: boolean;
  /** Longest silence of a registry, default 30,000 ms. */
  readonly timeoutMs?: number;
}

export interface BlobOptions {
  /** Most bytes to take. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** One client speaks to any number of registries. All digests are verified. */
export interface RegistryClient {
  /** @throws SekishoError REGISTRY_NOT_FOUND | REGISTRY_MANIFEST | REGISTRY_DIGEST | REGISTRY_AUTH | REGISTRY_UNREACHABLE | REGISTRY_REFUSED */
  getManifest(
    reference: Reference,
    options?: { signal?: AbortSignal },
  ): Promise<{ manifest: Manifest; digest: string }>;
  /** @throws as getManifest; REGISTRY_TOO_LARGE */
  getBlob(reference: Reference, descriptor: Descriptor, options: BlobOptions): Promise<Buffer>;
  /**
   * All tags of a repository, page by page.
   * @throws as getManifest; REGISTRY_TOO_LARGE beyond 50,000 tags
   */
  listTags(reference: Reference, options?: { signal?: AbortSignal }): Promise<string[]>;
  /** Does nothing when the registry has it. @returns what manifests say of it */
  putBlob(
    reference: Reference,
    bytes: Uint8Array,
    mediaType: string,
    options?: { signal?: AbortSignal },
  ): Promise<Descriptor>;
  /** @returns the digest */
  putManifest(reference: Reference, manifest: Manifest, options?: { signal?: AbortSignal }): Promise<string>;
  close(): Promise<void>;
}

const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_ANSWER_BYTES = 256 * 1024;
const DEFAULT_TIMEOUT_MS = 30_000;
const TAGS_PER_PAGE = 1_000;
const MAX_TAGS = 50_000;

/** @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
export function createRegistryClient(options: RegistryOptions = {}): RegistryClient {
  const http = createHttp({ ...options, timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS });
  const registries = new Map<string, AuthorizedHttp>();
  const find = options.credentials ?? (async () => undefined);

  const connection = (registry: string): AuthorizedHttp => {
    const known = registries.get(registry) ?? new AuthorizedHttp(http, registry, find);
    registries.set(registry, known);
    return known;
  };
  const urlOf = ({ registry, repository }: Reference, path: string): URL =>
    new URL(`${options.plainHttp === true ? 'http' : 'https'}://${registry}/v2/${repository}/${path}`);

  return {
    async getManifest(reference, { signal } = {}) {
      const what = formatReference(reference);
      const answer = await connection(reference.registry).send(
        {
          method: 'GET',
          url: urlOf(reference, `manifests/${reference.digest ?? reference.tag ?? 'latest'}`),
          headers: { accept: Object.values(MANIFEST_TYPES).join(', ') },
          maxBytes: MAX_MANIFEST_BYTES,
          signal,
        },
        pullScope(reference),
      );
      expectStatus(answer, [200], what);
      if (reference.digest !== undefined) verifyDigest(answer.body, reference.digest, what);
      return { manifest: parseManifest(answer.body.toString('utf8'), what), digest: digestOf(answer.body) };
    },

    async getBlob(reference, { digest, size }, { maxBytes, signal }) {
      const what = `${reference.registry}/${reference.repository}@${digest}`;
      if (size > maxBytes) {
        throw new SekishoError('REGISTRY_TOO_LARGE', `${what} has ${size} bytes; the limit is ${maxBytes}.`);
      }
      const url = urlOf(reference, `blobs/${digest}`);
      const request = { method: 'GET', url, maxBytes: Math.max(size, MAX_ANSWER_BYTES), signal } as const;
      const answer = await connection(reference.registry).send(request, pullScope(reference));
      expectStatus(answer, [200], what);
      verifyDigest(answer.body, digest, what);
      return answer.body;
    },

    async listTags(reference, { signal } = {}) {
      const what = `${reference.registry}/${reference.repository}`;
      const tags: string[] = [];
      let url: URL | undefined = urlOf(reference, `tags/list?n=${TAGS_PER_PAGE}`);
      while (url !== undefined) {
        const request = { method: 'GET', url, maxBytes: MAX_MANIFEST_BYTES, signal } as const;
        const answer = await connection(reference.registry).send(request, pullScope(reference));
        expectStatus(answer, [200], what);
        const page = tagsIn(answer.body, what);
        tags.push(...page);
        if (tags.length > MAX_TAGS) {
          throw new SekishoError('REGISTRY_TOO_LARGE', `${what} has more than ${MAX_TAGS} tags.`, {
            hint: 'Name one of them exactly.',
          });
        }
        // A page without tags leads nowhere, whatever it links to.
        url = page.length === 0 ? undefined : nextPage(answer.headers['link'], url);
      }
      return tags;
    },

    async putBlob(reference, bytes, mediaType, { signal } = {}) {
      const what = formatReference(reference);
      const descriptor: Descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
      const registry = connection(reference.registry);
      const scope = pushScope(reference);
      const common = { maxBytes: MAX_ANSWER_BYTES, signal };
      const known = await registry.send(
        { method: 'HEAD', url: urlOf(reference, `blobs/${descriptor.digest}`), ...common },
        scope,
      );
      if (known.status === 200) return descriptor;
      const start = urlOf(reference, 'blobs/uploads/');
      const upload = await registry.send({ method: 'POST', url: start, ...common }, scope);
      expectStatus(upload, [202], what);
      const target = parseUrl(upload.headers['location'] ?? '', start);
      // Credentials go along.
      if (target === undefined || target.origin !== start.origin) {
        throw new SekishoError('REGISTRY_REDIRECT', `${reference.registry} wants the upload somewhere else.`);
      }
      target.searchParams.set('digest', descriptor.digest);
      const headers = { 'content-type': 'application/octet-stream' };
      const put = await registry.send({ method: 'PUT', url: target, headers, body: bytes, ...common }, scope);
      expectStatus(put, [201, 204], what);
      return descriptor;
    },

    async putManifest(reference, manifest, { signal } = {}) {
      const body = Buffer.from(JSON.stringify(manifest));
      const digest = digestOf(body);
      const answer = await connection(reference.registry).send(
        {
          method: 'PUT',
          url: urlOf(reference, `manifests/${reference.tag ?? digest}`),
          headers: { 'content-type': manifest.mediaType },
          body,
          maxBytes: MAX_ANSWER_BYTES,
          signal,
        },
        pushScope(reference),
      );
      expectStatus(answer, [201, 200, 202], formatReference(reference));
      return digest;
    },

    close: () => http.close(),
  };
}

function pullScope({ repository }: Reference): string {
  return `repository:${repository}:pull`;
}

function pushScope({ repository }: Reference): string {
  return `repository:${repository}:pull,push`;
}

function expectStatus(answer: HttpAnswer, wanted: readonly number[], what: string): void {
  const { status } = answer;
  if (wanted.includes(status)) return;
  if (status === 404) {
    throw new SekishoError('REGISTRY_NOT_FOUND', `There is no ${what}.`, { hint: 'Is the name right, and the tag?' });
  }
  if (status === 403) {
    throw new SekishoError('REGISTRY_AUTH', `The registry does not allow this with ${what}.`, {
      hint: 'Ask its owner for the right to do so.',
    });
  }
  throw new SekishoError('REGISTRY_REFUSED', `The registry answered ${status} about ${what}${reasonIn(answer.body)}.`, {
    retryable: status === 429 || status >= 500,
  });
}

function tagsIn(body: Buffer, what: string): string[] {
  try {
    const { tags } = JSON.parse(body.toString('utf8')) as { tags?: unknown };
    if (tags === null || tags === undefined) return [];
    if (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')) return tags;
  } catch {
    // Told below.
  }
  throw new SekishoError('REGISTRY_REFUSED', `What the registry sent as tags of ${what} is no list of tags.`);
}

/** `Link: </v2/name/tags/list?last=b>; rel="next"`; never to another host, for credentials go along. */
function nextPage(link: string | undefined, url: URL): URL | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? '')?.[1];
  const next = target === undefined ? undefined : parseUrl(target, url);
  return next?.origin === url.origin ? next : undefined;
}

/** What the registry says about it, in the specification's form. */
function reasonIn(body: Buffer): string {
  try {
    const { errors } = JSON.parse(body.toString('utf8')) as {
      errors?: readonly { code?: unknown; message?: unknown }[];
    };
    const [first] = errors ?? [];
    const text = typeof first?.message === 'string' ? first.message : first?.code;
    return typeof text === 'string' && text !== '' ? `: ${text.slice(0, 200)}` : '';
  } catch {
    return '';
  }
}

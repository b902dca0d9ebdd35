import { SekishoError } from '@sekisho/base';
import type { Fields } from '../fields.ts';
import type { RestAnswer } from '../rest.ts';
import type {
  ForgeSignIn,
  ListedBranch,
  ListedPullRequest,
  ListedRepository,
  ListingOptions,
  PullRequestQuery,
  RepositoryQuery,
} from './types.ts';

/** Asks for one thing. */
export interface Ask {
  /** Undefined when there is no such thing. */
  get(path: string): Promise<unknown>;
  /** Whether there is such a thing, without reading it (HEAD). */
  exists(path: string): Promise<boolean>;
}

/** A list to be read page by page. */
export interface Pages {
  /** Path and query of its first page. */
  readonly path: string;
  /** Asked instead when there is no such thing: a name may be a user's or an organization's. */
  readonly orElse?: string;
}

/** What a page holds, and the query that gives the next one; undefined after the last. */
export interface Page {
  readonly items: readonly unknown[];
  readonly next: string | undefined;
}

/** What differs between forges: pure functions of their REST references. */
export interface ListingDialect {
  /** Without a slash at the end. */
  base(options: Pick<ListingOptions, 'api'>): string | undefined;
  headers(signIn: ForgeSignIn | undefined): Readonly<Record<string, string>>;
  /** @param asked the path with the query that gave the answer */
  page(answer: RestAnswer, asked: string): Page;

  pullRequests(query: PullRequestQuery): Pages;
  readPullRequest(found: Fields): PartialOf<ListedPullRequest>;

  repositories(query: RepositoryQuery): Pages;
  /** `skip`: archived, disabled. */
  readRepository(found: Fields, query: RepositoryQuery): PartialOf<ListedRepository> | 'skip';

  branches(repository: ListedRepository): Pages;
  readBranch(found: Fields): PartialOf<ListedBranch>;
  /** Undefined of an empty repository. */
  defaultBranch(repository: ListedRepository, ask: Ask): Promise<PartialOf<ListedBranch> | undefined>;
  hasPath(repository: ListedRepository, branch: ListedBranch, path: string, ask: Ask): Promise<boolean>;
}

/** As read from an answer: what is missing shows as undefined. */
export type PartialOf<T> = { readonly [K in keyof T]: T[K] | undefined };

/**
 * The list that an answer must hold: anything else read as an empty one would make what depends on it be deleted.
 * @throws SekishoError FORGE_FAILED
 */
export function entries(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new SekishoError('FORGE_FAILED', 'the forge answered with something that is not a list');
}

/** A path of the API; each part is encoded. */
export function at(...parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('');
}

/** Parts of a file's path are encoded, the slashes between them stay. */
export function filePath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .map(encodeURIComponent)
    .join('/');
}

/** `?a=1&b=2`; parameters without a value are left out. */
export function query(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return given.length === 0
    ? ''
    : `?${given.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`).join('&')}`;
}

/** The same request with another value of a parameter. Addresses of next pages that a forge sends are never followed. */
export function withParameter(asked: string, name: string, value: string | number): string {
  const [path = '', search = ''] = asked.split('?');
  const parameters = new URLSearchParams(search);
  parameters.set(name, String(value));
  return `${path}?${parameters}`;
}

/** Whether a `Link` header says that there is a next page. */
export function linksNext({ headers }: RestAnswer): boolean {
  return /;\s*rel="?next"?/.test(headers['link'] ?? '');
}

export function nextNumber(asked: string, name: string): number {
  return Number(new URLSearchParams(asked.split('?')[1] ?? '').get(name) ?? '1') + 1;
}

export function trimmed(address: string): string {
  return address.replace(/\/+$/, '');
}

export function withoutPrefix(ref: unknown): string | undefined {
  return typeof ref === 'string' ? ref.replace(/^refs\/heads\//, '') : undefined;
}

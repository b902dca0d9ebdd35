import { SekishoError } from '@sekisho/base';
import { type Fields, fields } from './fields.ts';
import { refusal } from './refusal.ts';
import { parseRepositoryName, type RepositoryName } from './repository-name.ts';
import { createRest, type Rest } from './rest.ts';
import type { Forge, ForgeKind, ForgeOptions, PullRequest, PullRequestWish } from './types.ts';

const DEFAULT_TIMEOUT_MS = 20_000;

/** What differs between forges. */
interface Dialect {
  readonly apiUrl: (name: RepositoryName) => string;
  readonly headers: (token: string) => Readonly<Record<string, string>>;
  /** Path of the collection of pull requests. */
  readonly path: (name: RepositoryName) => string;
  readonly body: (wish: PullRequestWish) => unknown;
  /** Query that finds the open one of the same branches. */
  readonly query: (wish: PullRequestWish, name: RepositoryName) => string;
  /** Of one found: whether it is the one. */
  readonly isSame: (found: Fields, wish: PullRequestWish) => boolean;
  readonly read: (found: Fields) => { url: unknown; number: unknown };
}

const segments = (path: string) => path.split('/').map(encodeURIComponent).join('/');

const githubLike: Pick<Dialect, 'path' | 'body' | 'isSame' | 'read'> = {
  path: ({ path }) => `/repos/${segments(path)}/pulls`,
  body: ({ head, base, title, body }) => ({ head, base, title, body }),
  isSame: (found, wish) => fields(found['head'])['ref'] === wish.head && fields(found['base'])['ref'] === wish.base,
  read: (found) => ({ url: found['html_url'], number: found['number'] }),
};

/** @see each forge's REST reference: "Create a pull request", "Create MR" */
const dialects: Readonly<Record<ForgeKind, Dialect>> = {
  github: {
    ...githubLike,
    apiUrl: ({ host, protocol }) => (host === 'github.com' ? 'https://api.github.com' : `${protocol}://${host}/api/v3`),
    headers: (token) => ({ authorization: `Bearer ${token}`, 'x-github-api-version': '2022-11-28' }),
    query: (wish, { path }) =>
      `?state=open&base=${encodeURIComponent(wish.base)}&head=${encodeURIComponent(`${path.split('/')[0]}:${wish.head}`)}`,
  },
  gitea: {
    ...githubLike,
    apiUrl: ({ host, protocol }) => `${protocol}://${host}/api/v1`,
    headers: (token) => ({ authorization: `token ${token}` }),
    query: () => '?state=open&limit=50',
  },
  gitlab: {
    apiUrl: ({ host, protocol }) => `${protocol}://${host}/api/v4`,
    headers: (token) => ({ 'private-token': token }),
    path: ({ path }) => `/projects/${encodeURIComponent(path)}/merge_requests`,
    body: ({ head, base, title, body }) => ({
      source_branch: head,
      target_branch: base,
      title,
      description: body,
      remove_source_branch: true,
    }),
    query: ({ head, base }) =>
      `?state=opened&source_branch=${encodeURIComponent(head)}&target_branch=${encodeURIComponent(base)}`,
    isSame: (found, wish) => found['source_branch'] === wish.head && found['target_branch'] === wish.base,
    read: (found) => ({ url: found['web_url'], number: found['iid'] }),
  },
};

/** @throws SekishoError FORGE_ADDRESS */
export function createForge(options: ForgeOptions): Forge {
  const { kind, token } = options;
  const dialect = dialects[kind];
  const name = parseRepositoryName(options.repoURL);
  const open = () =>
    createRest({
      base: (options.apiUrl ?? dialect.apiUrl(name)).replace(/\/+$/, ''),
      headers: dialect.headers(token),
      secrets: [token],
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      tlsCa: options.tlsCa,
      insecure: options.insecure === true,
    });

  return {
    kind,
    async openPullRequest(wish) {
      const rest = open();
      try {
        const answer = await rest.post(dialect.path(name), dialect.body(wish), wish.signal);
        if (answer.status >= 200 && answer.status < 300) return { ...readOne(dialect, answer.body), existing: false };
        // 409 and 422 also say that there is one already.
        const mayExist = answer.status === 409 || answer.status === 422 || answer.status === 400;
        const found = mayExist ? await find(rest, dialect, name, wish) : undefined;
        if (found !== undefined) return { ...found, existing: true };
        throw refusal(answer, 'open pull requests in this repository', [token]);
      } finally {
        await rest.close();
      }
    },
  };
}

async function find(
  rest: Rest,
  dialect: Dialect,
  name: RepositoryName,
  wish: PullRequestWish,
): Promise<Omit<PullRequest, 'existing'> | undefined> {
  const { status, body } = await rest.get(`${dialect.path(name)}${dialect.query(wish, name)}`, wish.signal);
  if (status !== 200 || !Array.isArray(body)) return undefined;
  const found = body.map(fields).find((item) => dialect.isSame(item, wish));
  return found === undefined ? undefined : readOne(dialect, found);
}

function readOne(dialect: Dialect, body: unknown): Omit<PullRequest, 'existing'> {
  const { url, number } = dialect.read(fields(body));
  if (typeof url === 'string' && /^https?:\/\//.test(url) && typeof number === 'number') return { url, number };
  throw new SekishoError('FORGE_FAILED', 'the forge answered with something that is no pull request');
}

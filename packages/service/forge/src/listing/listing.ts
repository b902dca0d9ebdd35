import { SekishoError } from '@sekisho/base';
import { type Fields, fields } from '../fields.ts';
import { refusal } from '../refusal.ts';
import { createRest, type RestAnswer } from '../rest.ts';
import { azureDevOps } from './azure-devops.ts';
import { bitbucket } from './bitbucket.ts';
import { bitbucketServer } from './bitbucket-server.ts';
import type { Ask, ListingDialect, Pages } from './dialect.ts';
import { gitlab } from './gitlab.ts';
import { gitea, github } from './hub.ts';
import type { ForgeListing, ForgeSignIn, ListedRepository, ListingKind, ListingOptions } from './types.ts';

const DEFAULT_TIMEOUT_MS = 20_000;
const DEFAULT_MAX_ENTRIES = 10_000;

const dialects: Readonly<Record<ListingKind, ListingDialect>> = {
  github,
  gitlab,
  gitea,
  bitbucket,
  'bitbucket-server': bitbucketServer,
  'azure-devops': azureDevOps,
};

/** @throws SekishoError FORGE_ADDRESS: `api` is no http address, or is missing where the kind has no public one */
export function createForgeListing(options: ListingOptions): ForgeListing {
  const { kind, signIn, maxEntries = DEFAULT_MAX_ENTRIES } = options;
  const dialect = dialects[kind];
  const secrets = secretsOf(signIn);
  const rest = createRest({
    base: checkedAddress(dialect.base(options), kind),
    headers: dialect.headers(signIn),
    secrets,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    tlsCa: options.tlsCa,
    insecure: options.insecure === true,
  });

  function succeeded(answer: RestAnswer, asked: string): RestAnswer {
    // Azure DevOps sends whoever has no right token to a page for signing in.
    if (answer.status === 200) return answer;
    throw refusal(answer.status === 203 ? { ...answer, status: 401 } : answer, asked, secrets);
  }

  function askWith(asked: string, signal: AbortSignal): Ask {
    return {
      async get(path) {
        const answer = await rest.get(path, signal);
        if (answer.status === 404) return undefined;
        // No content: an empty repository.
        if (answer.status === 204) return undefined;
        const { body } = succeeded(answer, asked);
        if (typeof body === 'object' && body !== null) return body;
        throw new SekishoError(
          'FORGE_FAILED',
          `the forge answered with something that is no JSON when asked to ${asked}`,
        );
      },
      async exists(path) {
        const answer = await rest.head(path, signal);
        return answer.status !== 404 && succeeded(answer, asked).status === 200;
      },
    };
  }

  /** Every entry of every page. */
  async function whole(pages: Pages, asked: string, signal: AbortSignal): Promise<Fields[]> {
    const found: Fields[] = [];
    let path: string | undefined = pages.path;
    while (path !== undefined) {
      let answer = await rest.get(path, signal);
      if (answer.status === 404 && path === pages.path && pages.orElse !== undefined) {
        path = pages.orElse;
        answer = await rest.get(path, signal);
      }
      const { items, next } = dialect.page(succeeded(answer, asked), path);
      for (const item of items) found.push(fields(item));
      if (found.length > maxEntries) throw tooMany(asked, maxEntries);
      // An empty page that names another one would go on for ever.
      path = items.length === 0 ? undefined : next;
    }
    return found;
  }

  return {
    async pullRequests(query, signal) {
      const found = await whole(dialect.pullRequests(query), 'list pull requests', signal);
      const labels = query.labels ?? [];
      return found
        .map((item) => complete(dialect.readPullRequest(item), 'a pull request'))
        .filter((pullRequest) => labels.every((label) => pullRequest.labels.includes(label)));
    },
    async repositories(query, signal) {
      const found = await whole(dialect.repositories(query), 'list repositories', signal);
      return found.flatMap((item) => {
        const read = dialect.readRepository(item, query);
        return read === 'skip'
          ? []
          : [{ ...complete({ ...read, defaultBranch: '' }, 'a repository'), ...branchOf(read) }];
      });
    },
    async branches(repository, { all }, signal) {
      const asked = 'list branches';
      if (all) {
        const found = await whole(dialect.branches(repository), asked, signal);
        return found.map((item) => complete(dialect.readBranch(item), 'a branch'));
      }
      const found = await dialect.defaultBranch(repository, askWith(asked, signal));
      return found === undefined ? [] : [complete(found, 'a branch')];
    },
    hasPath: (repository, branch, path, signal) =>
      dialect.hasPath(repository, branch, path, askWith('read files', signal)),
    close: () => rest.close(),
  };
}

function branchOf({ defaultBranch }: { defaultBranch: string | undefined }): Pick<ListedRepository, 'defaultBranch'> {
  return { defaultBranch };
}

/** @throws SekishoError FORGE_FAILED when something that must be there is not */
function complete<T extends object>(read: T, what: string): { [K in keyof T]: Exclude<T[K], undefined> } {
  const missing = Object.entries(read).find(([, value]) => value === undefined || Number.isNaN(value));
  if (missing === undefined) return read as { [K in keyof T]: Exclude<T[K], undefined> };
  throw new SekishoError(
    'FORGE_FAILED',
    `the forge answered with something that is not ${what}: it has no ${missing[0]}`,
  );
}

function tooMany(asked: string, maxEntries: number): SekishoError {
  return new SekishoError(
    'FORGE_FAILED',
    `the forge has more than ${maxEntries} entries where it was asked to ${asked}`,
    {
      hint: 'Ask for less: another owner, a topic, or fewer branches.',
    },
  );
}

function secretsOf(signIn: ForgeSignIn | undefined): string[] {
  if (signIn === undefined) return [];
  const secret = 'token' in signIn ? signIn.token : signIn.password;
  return secret === '' ? [] : [secret];
}

function checkedAddress(base: string | undefined, kind: ListingKind): string {
  const url = base === undefined ? undefined : URL.parse(base);
  if (url?.protocol === 'https:' || url?.protocol === 'http:') {
    if (url.username === '' && url.password === '' && url.search === '' && url.hash === '') return base ?? '';
  }
  throw new SekishoError(
    'FORGE_ADDRESS',
    base === undefined ? `${kind} has no public address: its api is missing` : 'api is no address of a forge',
    { hint: 'Such as https://forge.example.org, without a user name; a token belongs in a Secret.' },
  );
}

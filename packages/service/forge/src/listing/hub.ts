import { fields, list, text } from '../fields.ts';
import {
  at,
  entries,
  filePath,
  type ListingDialect,
  linksNext,
  nextNumber,
  query,
  trimmed,
  withParameter,
} from './dialect.ts';
import { basic, bearer } from './sign-in.ts';

/** GitHub and Gitea (Forgejo): the same resources, other page sizes and headers. */
function hub(pageSize: Readonly<Record<string, number>>): Omit<ListingDialect, 'base' | 'headers'> {
  return {
    page: (answer, asked) => ({
      items: entries(answer.body),
      next: linksNext(answer) ? withParameter(asked, 'page', nextNumber(asked, 'page')) : undefined,
    }),

    pullRequests: ({ repository: { owner, name } }) => ({
      path: `${at('repos', owner, name, 'pulls')}${query({ state: 'open', ...pageSize })}`,
    }),
    readPullRequest: (found) => ({
      number: found['number'] as number,
      title: text(found['title']) ?? '',
      branch: text(fields(found['head'])['ref']),
      targetBranch: text(fields(found['base'])['ref']),
      headSha: text(fields(found['head'])['sha']),
      labels: list(found['labels']).flatMap((label) => text(fields(label)['name']) ?? []),
      author: text(fields(found['user'])['login']) ?? '',
    }),

    repositories: ({ owner }) => ({
      path: `${at('orgs', owner, 'repos')}${query(pageSize)}`,
      orElse: `${at('users', owner, 'repos')}${query(pageSize)}`,
    }),
    readRepository(found) {
      if (found['archived'] === true) return 'skip';
      const owner = text(fields(found['owner'])['login']);
      const name = text(found['name']);
      return {
        id: found['id'] as number,
        owner,
        name,
        address: { owner: owner ?? '', name: name ?? '' },
        cloneUrls: { https: text(found['clone_url']), ssh: text(found['ssh_url']) },
        defaultBranch: text(found['default_branch']),
        labels: list(found['topics']).flatMap((topic) => text(topic) ?? []),
      };
    },

    branches: ({ owner, name }) => ({ path: `${at('repos', owner, name, 'branches')}${query(pageSize)}` }),
    readBranch: (found) => ({
      name: text(found['name']),
      // GitHub says sha, Gitea id.
      sha: text(fields(found['commit'])['sha']) ?? text(fields(found['commit'])['id']),
    }),
    async defaultBranch({ owner, name, defaultBranch }, ask) {
      if (defaultBranch === undefined) return undefined;
      const found = await ask.get(at('repos', owner, name, 'branches', defaultBranch));
      return found === undefined ? undefined : this.readBranch(fields(found));
    },
    async hasPath({ owner, name }, branch, path, ask) {
      const found = await ask.get(
        `${at('repos', owner, name, 'contents')}/${filePath(path)}${query({ ref: branch.sha })}`,
      );
      return found !== undefined;
    },
  };
}

/** @see GitHub's REST reference */
export const github: ListingDialect = {
  ...hub({ per_page: 100 }),
  base({ api }) {
    if (api === undefined) return 'https://api.github.com';
    const address = trimmed(api);
    // Of GitHub Enterprise, the address of the site is enough.
    const isWhole = address.endsWith('/api/v3') || /^https?:\/\/(?:[^/]+\.)?api\./.test(address);
    return isWhole ? address : `${address}/api/v3`;
  },
  headers: (signIn) => ({ 'x-github-api-version': '2022-11-28', ...bearer(signIn) }),
};

/** @see Gitea's API reference */
export const gitea: ListingDialect = {
  ...hub({ limit: 50 }),
  base: ({ api }) => (api === undefined ? undefined : `${trimmed(api).replace(/\/api\/v1$/, '')}/api/v1`),
  headers: (signIn) =>
    signIn !== undefined && 'token' in signIn ? { authorization: `token ${signIn.token}` } : basic(signIn),
};

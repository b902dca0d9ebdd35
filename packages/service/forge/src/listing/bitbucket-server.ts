import { fields, text } from '../fields.ts';
import { cloneUrls } from './bitbucket.ts';
import { at, entries, filePath, type ListingDialect, query, trimmed, withoutPrefix, withParameter } from './dialect.ts';
import { bearer } from './sign-in.ts';

const PAGE = { limit: 100 };

/** @see Bitbucket Data Center's REST reference, version 1.0 */
export const bitbucketServer: ListingDialect = {
  base: ({ api }) =>
    api === undefined
      ? undefined
      : `${trimmed(api).replace(/(?:\/rest)?(?:\/api\/(?:1\.0|latest))?$/, '')}/rest/api/1.0`,
  headers: bearer,
  page({ body }, asked) {
    const { values, isLastPage, nextPageStart } = fields(body);
    const more = isLastPage === false && typeof nextPageStart === 'number';
    return { items: entries(values), next: more ? withParameter(asked, 'start', nextPageStart) : undefined };
  },

  pullRequests: ({ repository: { owner, name } }) => ({
    path: `${at('projects', owner, 'repos', name, 'pull-requests')}${query({ state: 'OPEN', ...PAGE })}`,
  }),
  readPullRequest: (found) => ({
    number: found['id'] as number,
    title: text(found['title']) ?? '',
    branch: text(fields(found['fromRef'])['displayId']),
    targetBranch: text(fields(found['toRef'])['displayId']),
    headSha: text(fields(found['fromRef'])['latestCommit']),
    labels: [],
    author: text(fields(fields(found['author'])['user'])['name']) ?? '',
  }),

  repositories: ({ owner }) => ({ path: `${at('projects', owner, 'repos')}${query(PAGE)}` }),
  readRepository(found, query) {
    if (found['archived'] === true) return 'skip';
    const owner = text(fields(found['project'])['key']) ?? query.owner;
    const name = text(found['name']);
    return {
      id: found['id'] as number,
      owner,
      name,
      address: { owner, name: text(found['slug']) ?? name ?? '' },
      cloneUrls: cloneUrls(found),
      defaultBranch: undefined,
      labels: [],
    };
  },

  branches: ({ address: { owner, name } }) => ({
    path: `${at('projects', owner, 'repos', name, 'branches')}${query(PAGE)}`,
  }),
  readBranch: (found) => ({
    name: text(found['displayId']) ?? withoutPrefix(found['id']),
    sha: text(found['latestCommit']),
  }),
  async defaultBranch({ address: { owner, name } }, ask) {
    // Older versions have it among the branches.
    const found =
      (await ask.get(at('projects', owner, 'repos', name, 'default-branch'))) ??
      (await ask.get(at('projects', owner, 'repos', name, 'branches', 'default')));
    if (found === undefined) return undefined;
    const read = this.readBranch(fields(found));
    if (read.name === undefined || read.sha !== undefined) return read;
    const matching = query({ filterText: read.name, limit: 100 });
    const { values } = fields(await ask.get(`${at('projects', owner, 'repos', name, 'branches')}${matching}`));
    return entries(values)
      .map((one) => this.readBranch(fields(one)))
      .find((branch) => branch.name === read.name);
  },
  async hasPath({ address: { owner, name } }, { sha }, path, ask) {
    const place = `${at('projects', owner, 'repos', name, 'browse')}/${filePath(path)}`;
    return (await ask.get(`${place}${query({ at: sha, limit: 1 })}`)) !== undefined;
  },
};

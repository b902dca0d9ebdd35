import { fields, list, text } from '../fields.ts';
import { at, entries, filePath, type ListingDialect, nextNumber, query, trimmed, withParameter } from './dialect.ts';
import { bearer } from './sign-in.ts';

const PAGE = { pagelen: 50 };

/** @see Bitbucket Cloud's REST reference, version 2.0 */
export const bitbucket: ListingDialect = {
  base: ({ api }) => trimmed(api ?? 'https://api.bitbucket.org/2.0'),
  headers: bearer,
  page({ body }, asked) {
    const { values, next } = fields(body);
    const more = text(next) !== undefined;
    return { items: entries(values), next: more ? withParameter(asked, 'page', nextNumber(asked, 'page')) : undefined };
  },

  pullRequests: ({ repository: { owner, name } }) => ({
    path: `${at('repositories', owner, name, 'pullrequests')}${query({ state: 'OPEN', ...PAGE })}`,
  }),
  readPullRequest: (found) => ({
    number: found['id'] as number,
    title: text(found['title']) ?? '',
    branch: text(fields(fields(found['source'])['branch'])['name']),
    targetBranch: text(fields(fields(found['destination'])['branch'])['name']),
    headSha: text(fields(fields(found['source'])['commit'])['hash']),
    labels: [],
    author: text(fields(found['author'])['nickname']) ?? '',
  }),

  repositories: ({ owner }) => ({ path: `${at('repositories', owner)}${query(PAGE)}` }),
  readRepository(found, { owner }) {
    const slug = text(found['slug']) ?? text(found['full_name'])?.split('/')[1];
    return {
      id: text(found['uuid']),
      owner,
      name: text(found['name']) ?? slug,
      address: { owner, name: slug ?? '' },
      cloneUrls: cloneUrls(found),
      defaultBranch: text(fields(found['mainbranch'])['name']),
      labels: [],
    };
  },

  branches: ({ address: { owner, name } }) => ({
    path: `${at('repositories', owner, name, 'refs', 'branches')}${query(PAGE)}`,
  }),
  readBranch: (found) => ({ name: text(found['name']), sha: text(fields(found['target'])['hash']) }),
  async defaultBranch({ address: { owner, name }, defaultBranch }, ask) {
    if (defaultBranch === undefined) return undefined;
    const found = await ask.get(at('repositories', owner, name, 'refs', 'branches', defaultBranch));
    return found === undefined ? undefined : this.readBranch(fields(found));
  },
  async hasPath({ address: { owner, name } }, { sha }, path, ask) {
    const place = `${at('repositories', owner, name, 'src', sha)}/${filePath(path)}`;
    return (await ask.get(`${place}${query({ format: 'meta' })}`)) !== undefined;
  },
};

/** Both Bitbuckets list addresses as `links.clone` with names. */
export function cloneUrls(found: Readonly<Record<string, unknown>>) {
  const links = list(fields(found['links'])['clone']).map(fields);
  const named = (...names: string[]) => text(links.find(({ name }) => names.includes(String(name)))?.['href']);
  return { https: named('https', 'http'), ssh: named('ssh') };
}

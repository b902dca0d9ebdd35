import { fields, list, text } from '../fields.ts';
import { at, entries, filePath, type ListingDialect, query, trimmed, withParameter } from './dialect.ts';
import { basic } from './sign-in.ts';

const PAGE = { per_page: 100 };

/** @see GitLab's REST reference: merge requests, groups, branches, repository files */
export const gitlab: ListingDialect = {
  base: ({ api }) => `${trimmed(api ?? 'https://gitlab.com').replace(/\/api\/v4$/, '')}/api/v4`,
  headers: (signIn) => (signIn !== undefined && 'token' in signIn ? { 'private-token': signIn.token } : basic(signIn)),
  page({ headers, body }, asked) {
    const next = headers['x-next-page'];
    return { items: entries(body), next: next ? withParameter(asked, 'page', next) : undefined };
  },

  pullRequests: ({ repository, labels = [], state }) => ({
    path: `${at('projects', repository.name, 'merge_requests')}${query({
      ...PAGE,
      state: state || undefined,
      labels: labels.length === 0 ? undefined : labels.join(','),
    })}`,
  }),
  readPullRequest: (found) => ({
    number: found['iid'] as number,
    title: text(found['title']) ?? '',
    branch: text(found['source_branch']),
    targetBranch: text(found['target_branch']),
    headSha: text(found['sha']),
    labels: list(found['labels']).flatMap((label) => text(label) ?? []),
    author: text(fields(found['author'])['username']) ?? '',
  }),

  repositories: ({ owner, includeSubgroups = false, includeSharedProjects = true, topic }) => ({
    path: `${at('groups', owner, 'projects')}${query({
      ...PAGE,
      archived: false,
      include_subgroups: includeSubgroups,
      with_shared: includeSharedProjects,
      topic: topic || undefined,
    })}`,
  }),
  readRepository: (found) => ({
    id: found['id'] as number,
    owner: text(fields(found['namespace'])['full_path']),
    name: text(found['path']),
    address: { owner: '', name: String(found['id']) },
    cloneUrls: { https: text(found['http_url_to_repo']), ssh: text(found['ssh_url_to_repo']) },
    defaultBranch: text(found['default_branch']),
    // Older ones call topics tags.
    labels: list(found['topics'] ?? found['tag_list']).flatMap((topic) => text(topic) ?? []),
  }),

  branches: ({ address }) => ({ path: `${at('projects', address.name, 'repository', 'branches')}${query(PAGE)}` }),
  readBranch: (found) => ({ name: text(found['name']), sha: text(fields(found['commit'])['id']) }),
  async defaultBranch({ address, defaultBranch }, ask) {
    if (defaultBranch === undefined) return undefined;
    const found = await ask.get(at('projects', address.name, 'repository', 'branches', defaultBranch));
    return found === undefined ? undefined : this.readBranch(fields(found));
  },
  async hasPath({ address }, { sha }, path, ask) {
    const plain = decodeURIComponent(filePath(path));
    // Only a folder has entries.
    const found = await ask.get(
      `${at('projects', address.name, 'repository', 'tree')}${query({ path: plain, ref: sha, per_page: 1 })}`,
    );
    if (found !== undefined && entries(found).length > 0) return true;
    return ask.exists(`${at('projects', address.name, 'repository', 'files', plain)}${query({ ref: sha })}`);
  },
};

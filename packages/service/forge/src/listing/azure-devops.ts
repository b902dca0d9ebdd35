import { fields, list, text } from '../fields.ts';
import { at, entries, type ListingDialect, query, trimmed, withoutPrefix, withParameter } from './dialect.ts';
import { basic, pair } from './sign-in.ts';

const VERSION = { 'api-version': '7.0' };
const PAGE_SIZE = 100;

/** @see Azure DevOps' REST reference: Git */
export const azureDevOps: ListingDialect = {
  base: ({ api }) => trimmed(api ?? 'https://dev.azure.com'),
  // A personal access token is the password of nobody.
  headers: (signIn) => (signIn !== undefined && 'token' in signIn ? pair('', signIn.token) : basic(signIn)),
  page({ body }, asked) {
    const items = entries(fields(body)['value']);
    const parameters = new URLSearchParams(asked.split('?')[1]);
    const top = parameters.get('$top');
    if (top === null || items.length < Number(top)) return { items, next: undefined };
    return { items, next: withParameter(asked, '$skip', Number(parameters.get('$skip') ?? '0') + items.length) };
  },

  pullRequests: ({ repository: { owner, project = '', name } }) => ({
    path: `${repositoryPath(owner, project, name)}/pullrequests${query({
      'searchCriteria.status': 'active',
      $top: PAGE_SIZE,
      ...VERSION,
    })}`,
  }),
  readPullRequest: (found) => ({
    number: found['pullRequestId'] as number,
    title: text(found['title']) ?? '',
    branch: withoutPrefix(found['sourceRefName']),
    targetBranch: withoutPrefix(found['targetRefName']),
    headSha: text(fields(found['lastMergeSourceCommit'])['commitId']),
    labels: list(found['labels'])
      .map(fields)
      .flatMap(({ name, active }) => (active === false ? [] : (text(name) ?? []))),
    author: text(fields(found['createdBy'])['uniqueName'])?.split('@')[0] ?? '',
  }),

  repositories: ({ owner, project = '' }) => ({
    path: `${at(owner, project, '_apis', 'git', 'repositories')}${query(VERSION)}`,
  }),
  readRepository(found, { owner, project }) {
    if (found['isDisabled'] === true) return 'skip';
    const name = text(found['name']);
    return {
      id: text(found['id']),
      owner,
      name,
      address: { owner, project, name: name ?? '' },
      cloneUrls: { https: text(found['remoteUrl']), ssh: text(found['sshUrl']) },
      defaultBranch: withoutPrefix(found['defaultBranch']),
      labels: [],
    };
  },

  branches: ({ address: { owner, project = '', name } }) => ({
    path: `${repositoryPath(owner, project, name)}/refs${query({ filter: 'heads/', $top: PAGE_SIZE, ...VERSION })}`,
  }),
  readBranch: (found) => ({ name: withoutPrefix(found['name']), sha: text(found['objectId']) }),
  async defaultBranch({ address: { owner, project = '', name }, defaultBranch }, ask) {
    if (defaultBranch === undefined) return undefined;
    const filter = query({ filter: `heads/${defaultBranch}`, ...VERSION });
    const found = await ask.get(`${repositoryPath(owner, project, name)}/refs${filter}`);
    if (found === undefined) return undefined;
    // The filter is the beginning of a name.
    return entries(fields(found)['value'])
      .map((one) => this.readBranch(fields(one)))
      .find((branch) => branch.name === defaultBranch);
  },
  async hasPath({ address: { owner, project = '', name } }, { sha }, path, ask) {
    const parameters = query({
      path: `/${path.replace(/^\/+/, '')}`,
      'versionDescriptor.version': sha,
      'versionDescriptor.versionType': 'commit',
      $format: 'json',
      includeContent: false,
      ...VERSION,
    });
    return (await ask.get(`${repositoryPath(owner, project, name)}/items${parameters}`)) !== undefined;
  },
};

function repositoryPath(organization: string, project: string, repository: string): string {
  return at(organization, project, '_apis', 'git', 'repositories', repository);
}

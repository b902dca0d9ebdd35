import type { TestForgeKind, TestForgeRepository, TestPullRequest } from './forge-state.ts';

export interface ForgeAnswer {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface ForgeQuestion {
  readonly repositories: readonly TestForgeRepository[];
  /** Groups of the path, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly pageSize: number;
}

interface ForgeRoute {
  readonly path: RegExp;
  /** Undefined: 404. */
  answer(question: ForgeQuestion): ForgeAnswer | undefined;
}

interface ForgeAnswers {
  authorization(token: string): { readonly name: string; readonly value: string };
  readonly routes: readonly ForgeRoute[];
}

type Branch = readonly [string, { readonly sha: string; readonly files: readonly string[] }];

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
const branchesOf = ({ branches = {} }: TestForgeRepository): Branch[] => Object.entries(branches);
const byName = ({ repositories, parts: [owner, name] }: ForgeQuestion) =>
  repositories.find((one) => one.owner === owner && one.name === name);
const owned = ({ repositories, parts: [owner] }: ForgeQuestion) => {
  const found = repositories.filter((one) => one.owner === owner);
  return found.length === 0 ? undefined : found;
};

/** Something is at the path, or below it. */
function has(repository: TestForgeRepository | undefined, sha: string | null, path: string): boolean {
  const found = branchesOf(repository ?? ({} as TestForgeRepository)).find(
    ([name, branch]) => branch.sha === sha || name === sha,
  );
  return found?.[1].files.some((file) => file === path || file.startsWith(`${path}/`)) === true;
}

/** Numbered pages, the next one told by a `Link` header (GitHub, Gitea) or by `X-Next-Page` (GitLab). */
function numbered<T>(
  question: ForgeQuestion,
  items: readonly T[] | undefined,
  read: (item: T) => unknown,
): ForgeAnswer | undefined {
  if (items === undefined) return undefined;
  const page = Number(question.query.get('page') ?? '1');
  const end = page * question.pageSize;
  const more = end < items.length;
  return {
    body: items.slice(end - question.pageSize, end).map(read),
    headers: {
      'x-next-page': more ? String(page + 1) : '',
      ...(more ? { link: `<https://elsewhere.example/?page=${page + 1}>; rel="next"` } : {}),
    },
  };
}

const hubRepository = (one: TestForgeRepository) => ({
  id: one.id,
  name: one.name,
  full_name: `${one.owner}/${one.name}`,
  owner: { login: one.owner },
  archived: one.isArchived === true,
  clone_url: `https://forge.example/${one.owner}/${one.name}.git`,
  ssh_url: `git@forge.example:${one.owner}/${one.name}.git`,
  default_branch: one.defaultBranch ?? 'main',
  topics: one.topics ?? [],
});
const hubPullRequest = (one: TestPullRequest) => ({
  number: one.number,
  title: one.title,
  head: { ref: one.branch, sha: one.sha },
  base: { ref: one.targetBranch },
  labels: (one.labels ?? []).map((name) => ({ name })),
  user: { login: one.author ?? 'mori' },
});

function hub(prefix: string, idOfCommit: 'sha' | 'id'): ForgeRoute[] {
  const branch = ([name, { sha }]: Branch) => ({ name, commit: { [idOfCommit]: sha } });
  const route = (path: string, answer: ForgeRoute['answer']) => ({ path: new RegExp(`^${prefix}${path}$`), answer });
  return [
    route('/repos/([^/]+)/([^/]+)/pulls', (q) => numbered(q, byName(q)?.pullRequests, hubPullRequest)),
    route('/orgs/([^/]+)/repos', (q) => numbered(q, owned(q), hubRepository)),
    route('/repos/([^/]+)/([^/]+)/branches', (q) => {
      const found = byName(q);
      return numbered(q, found === undefined ? undefined : branchesOf(found), branch);
    }),
    route('/repos/([^/]+)/([^/]+)/branches/([^/]+)', (q) => {
      const found = branchesOf(byName(q) ?? ({} as TestForgeRepository)).find(([name]) => name === q.parts[2]);
      return found === undefined ? undefined : { body: branch(found) };
    }),
    route('/repos/([^/]+)/([^/]+)/contents/(.+)', (q) =>
      has(byName(q), q.query.get('ref'), q.parts[2] ?? '') ? { body: [] } : undefined,
    ),
  ];
}

const projectOf = ({ repositories, parts: [project] }: ForgeQuestion) =>
  repositories.find((one) => `${one.owner}/${one.name}` === project || String(one.id) === project);
const gitlabBranch = ([name, { sha }]: Branch) => ({ name, commit: { id: sha } });

const gitlab: ForgeRoute[] = [
  {
    path: /^\/api\/v4\/projects\/([^/]+)\/merge_requests$/,
    answer: (q) =>
      numbered(q, projectOf(q)?.pullRequests, (one) => ({
        iid: one.number,
        title: one.title,
        source_branch: one.branch,
        target_branch: one.targetBranch,
        sha: one.sha,
        labels: one.labels ?? [],
        author: { username: one.author ?? 'mori' },
      })),
  },
  {
    path: /^\/api\/v4\/groups\/([^/]+)\/projects$/,
    answer: (q) =>
      numbered(
        q,
        owned(q)?.filter(({ isArchived }) => isArchived !== true),
        (one) => ({
          id: one.id,
          path: one.name,
          namespace: { full_path: one.owner },
          http_url_to_repo: `https://forge.example/${one.owner}/${one.name}.git`,
          ssh_url_to_repo: `git@forge.example:${one.owner}/${one.name}.git`,
          default_branch: one.defaultBranch ?? 'main',
          topics: one.topics ?? [],
        }),
      ),
  },
  {
    path: /^\/api\/v4\/projects\/([^/]+)\/repository\/branches$/,
    answer: (q) => {
      const found = projectOf(q);
      return numbered(q, found === undefined ? undefined : branchesOf(found), gitlabBranch);
    },
  },
  {
    path: /^\/api\/v4\/projects\/([^/]+)\/repository\/branches\/([^/]+)$/,
    answer: (q) => {
      const found = branchesOf(projectOf(q) ?? ({} as TestForgeRepository)).find(([name]) => name === q.parts[1]);
      return found === undefined ? undefined : { body: gitlabBranch(found) };
    },
  },
  {
    path: /^\/api\/v4\/projects\/([^/]+)\/repository\/tree$/,
    answer: (q) => {
      const path = q.query.get('path') ?? '';
      const isFolder = has(projectOf(q), q.query.get('ref'), path) && !/\.[a-z]+$/.test(path);
      return isFolder ? { body: [{ name: 'something' }] } : undefined;
    },
  },
  {
    path: /^\/api\/v4\/projects\/([^/]+)\/repository\/files\/([^/]+)$/,
    answer: (q) => (has(projectOf(q), q.query.get('ref'), q.parts[1] ?? '') ? { body: {} } : undefined),
  },
];

const cloneLinks = (one: TestForgeRepository, web: string) => ({
  clone: [
    { name: web, href: `https://forge.example/${one.owner}/${one.name}.git` },
    { name: 'ssh', href: `git@forge.example:${one.owner}/${one.name}.git` },
  ],
});
const cloudBranch = ([name, { sha }]: Branch) => ({ name, target: { hash: sha } });

function valued<T>(
  question: ForgeQuestion,
  items: readonly T[] | undefined,
  read: (item: T) => unknown,
): ForgeAnswer | undefined {
  const page = numbered(question, items, read);
  if (page === undefined) return undefined;
  const next = page.headers?.['x-next-page'] === '' ? {} : { next: 'https://elsewhere.example/' };
  return { body: { values: page.body, ...next } };
}

const bitbucket: ForgeRoute[] = [
  {
    path: /^\/repositories\/([^/]+)\/([^/]+)\/pullrequests$/,
    answer: (q) =>
      valued(q, byName(q)?.pullRequests, (one) => ({
        id: one.number,
        title: one.title,
        source: { branch: { name: one.branch }, commit: { hash: one.sha } },
        destination: { branch: { name: one.targetBranch } },
        author: { nickname: one.author ?? 'mori' },
      })),
  },
  {
    path: /^\/repositories\/([^/]+)$/,
    answer: (q) =>
      valued(q, owned(q), (one) => ({
        uuid: `{${one.id}}`,
        slug: one.name,
        name: one.name,
        mainbranch: { name: one.defaultBranch ?? 'main' },
        links: cloneLinks(one, 'https'),
      })),
  },
  {
    path: /^\/repositories\/([^/]+)\/([^/]+)\/refs\/branches$/,
    answer: (q) => {
      const found = byName(q);
      return valued(q, found === undefined ? undefined : branchesOf(found), cloudBranch);
    },
  },
  {
    path: /^\/repositories\/([^/]+)\/([^/]+)\/refs\/branches\/([^/]+)$/,
    answer: (q) => {
      const found = branchesOf(byName(q) ?? ({} as TestForgeRepository)).find(([name]) => name === q.parts[2]);
      return found === undefined ? undefined : { body: cloudBranch(found) };
    },
  },
  {
    path: /^\/repositories\/([^/]+)\/([^/]+)\/src\/([^/]+)\/(.+)$/,
    answer: (q) => (has(byName(q), q.parts[2] ?? '', q.parts[3] ?? '') ? { body: {} } : undefined),
  },
];

function started<T>(
  { query, pageSize }: ForgeQuestion,
  items: readonly T[] | undefined,
  read: (item: T) => unknown,
): ForgeAnswer | undefined {
  if (items === undefined) return undefined;
  const start = Number(query.get('start') ?? '0');
  const end = start + pageSize;
  const isLastPage = end >= items.length;
  return { body: { values: items.slice(start, end).map(read), isLastPage, nextPageStart: isLastPage ? null : end } };
}
const serverBranch = ([name, { sha }]: Branch) => ({ id: `refs/heads/${name}`, displayId: name, latestCommit: sha });

const SERVER = '^/rest/api/1.0/projects/([^/]+)/repos';
const bitbucketServer: ForgeRoute[] = [
  {
    path: new RegExp(`${SERVER}/([^/]+)/pull-requests$`),
    answer: (q) =>
      started(q, byName(q)?.pullRequests, (one) => ({
        id: one.number,
        title: one.title,
        fromRef: { displayId: one.branch, latestCommit: one.sha },
        toRef: { displayId: one.targetBranch },
        author: { user: { name: one.author ?? 'mori' } },
      })),
  },
  {
    path: new RegExp(`${SERVER}$`),
    answer: (q) =>
      started(q, owned(q), (one) => ({
        id: one.id,
        slug: one.name,
        name: one.name,
        archived: one.isArchived === true,
        project: { key: one.owner },
        links: cloneLinks(one, 'http'),
      })),
  },
  {
    path: new RegExp(`${SERVER}/([^/]+)/branches$`),
    answer: (q) => {
      const found = byName(q);
      return started(q, found === undefined ? undefined : branchesOf(found), serverBranch);
    },
  },
  {
    path: new RegExp(`${SERVER}/([^/]+)/branches/default$`),
    answer: (q) => {
      const found = byName(q);
      const branch = branchesOf(found ?? ({} as TestForgeRepository)).find(
        ([name]) => name === (found?.defaultBranch ?? 'main'),
      );
      return branch === undefined ? undefined : { body: serverBranch(branch) };
    },
  },
  {
    path: new RegExp(`${SERVER}/([^/]+)/browse/(.+)$`),
    answer: (q) => (has(byName(q), q.query.get('at'), q.parts[2] ?? '') ? { body: {} } : undefined),
  },
];

const AZURE = '^/([^/]+)/platform/_apis/git/repositories';
const azureBranch = ([name, { sha }]: Branch) => ({ name: `refs/heads/${name}`, objectId: sha });
const azureDevops: ForgeRoute[] = [
  {
    path: new RegExp(`${AZURE}/([^/]+)/pullrequests$`),
    answer: (q) => {
      const found = byName(q)?.pullRequests;
      const skip = Number(q.query.get('$skip') ?? '0');
      return found === undefined
        ? undefined
        : {
            body: {
              value: found.slice(skip, skip + Number(q.query.get('$top'))).map((one) => ({
                pullRequestId: one.number,
                title: one.title,
                sourceRefName: `refs/heads/${one.branch}`,
                targetRefName: `refs/heads/${one.targetBranch}`,
                lastMergeSourceCommit: { commitId: one.sha },
                labels: (one.labels ?? []).map((name) => ({ name, active: true })),
                createdBy: { uniqueName: `${one.author ?? 'mori'}@example.com` },
              })),
            },
          };
    },
  },
  {
    path: new RegExp(`${AZURE}$`),
    answer: (q) => {
      const found = owned(q);
      return found === undefined
        ? undefined
        : {
            body: {
              value: found.map((one) => ({
                id: String(one.id),
                name: one.name,
                isDisabled: one.isArchived === true,
                remoteUrl: `https://forge.example/${one.owner}/${one.name}.git`,
                sshUrl: `git@forge.example:${one.owner}/${one.name}.git`,
                ...(one.branches === undefined ? {} : { defaultBranch: `refs/heads/${one.defaultBranch ?? 'main'}` }),
              })),
            },
          };
    },
  },
  {
    path: new RegExp(`${AZURE}/([^/]+)/refs$`),
    answer: (q) => {
      const found = byName(q);
      const prefix = (q.query.get('filter') ?? '').replace('heads/', '');
      return found === undefined
        ? undefined
        : {
            body: {
              value: branchesOf(found)
                .filter(([name]) => name.startsWith(prefix))
                .map(azureBranch),
            },
          };
    },
  },
  {
    path: new RegExp(`${AZURE}/([^/]+)/items$`),
    answer: (q) =>
      has(byName(q), q.query.get('versionDescriptor.version'), (q.query.get('path') ?? '').slice(1))
        ? { body: {} }
        : undefined,
  },
];

const header =
  (value: (token: string) => string, name = 'authorization') =>
  (token: string) => ({ name, value: value(token) });

/** @see the REST reference of each forge */
export const answers: Readonly<Record<TestForgeKind, ForgeAnswers>> = {
  github: { authorization: header((token) => `Bearer ${token}`), routes: hub('/api/v3', 'sha') },
  gitea: { authorization: header((token) => `token ${token}`), routes: hub('/api/v1', 'id') },
  gitlab: { authorization: header((token) => token, 'private-token'), routes: gitlab },
  bitbucket: { authorization: header((token) => `Bearer ${token}`), routes: bitbucket },
  'bitbucket-server': { authorization: header((token) => `Bearer ${token}`), routes: bitbucketServer },
  'azure-devops': { authorization: header((token) => basic(`:${token}`)), routes: azureDevops },
};

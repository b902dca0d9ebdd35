import { typed } from '@sekisho/gotemplate';
import type { RE2JS } from 're2js';
import type { GeneratorRequest, PullRequestInfo } from '../sources.ts';
import type { Parameters } from '../spec/application-set.ts';
import { slug } from '../template/names.ts';
import type { GeneratorKind } from './generator.ts';
import { readProvider } from './provider.ts';
import { finds, readRegex } from './regex.ts';
import { withValues } from './values.ts';

interface PullRequestSettings {
  readonly request: GeneratorRequest;
  readonly filters: readonly PullRequestFilter[];
  readonly values: Readonly<Record<string, string>>;
  /** A repository that is gone has no pull requests. */
  readonly continueOnRepoNotFoundError: boolean;
}

interface PullRequestFilter {
  readonly branchMatch: RE2JS | undefined;
  readonly targetBranchMatch: RE2JS | undefined;
  readonly titleMatch: RE2JS | undefined;
}

const PROVIDERS = ['github', 'gitlab', 'gitea', 'bitbucketServer', 'bitbucket', 'azuredevops'] as const;

/** A parameter set for each open pull request of a repository. */
export const pullRequest: GeneratorKind<PullRequestSettings> = {
  fields: [...PROVIDERS, 'filters', 'requeueAfterSeconds', 'values', 'continueOnRepoNotFoundError'],
  requeueAfterSeconds: 1800,

  read: (reader) => ({
    request: { ...readProvider(reader, PROVIDERS), cloneProtocol: '' },
    filters: reader.objects('filters').map((filter) => {
      filter.onlyFields(['branchMatch', 'targetBranchMatch', 'titleMatch']);
      return {
        branchMatch: readRegex(filter, 'branchMatch'),
        targetBranchMatch: readRegex(filter, 'targetBranchMatch'),
        titleMatch: readRegex(filter, 'titleMatch'),
      };
    }),
    values: reader.textMap('values'),
    continueOnRepoNotFoundError: reader.flag('continueOnRepoNotFoundError') ?? false,
  }),

  async generate({ request, filters, values, continueOnRepoNotFoundError }, context) {
    const { sources, options, renderer } = context;
    const found = await sources.pullRequests(request, {
      ...options,
      isMissingRepositoryEmpty: continueOnRepoNotFoundError,
    });
    return found
      .filter((pull) => filters.length === 0 || filters.some((filter) => matches(filter, pull)))
      .map((pull) => withValues(paramsOf(pull, renderer.isGo), values, context));
  },
};

function matches(filter: PullRequestFilter, { branch, targetBranch, title }: PullRequestInfo): boolean {
  return (
    finds(filter.branchMatch, branch) &&
    finds(filter.targetBranchMatch, targetBranch) &&
    finds(filter.titleMatch, title)
  );
}

function paramsOf(pull: PullRequestInfo, isGo: boolean): Parameters {
  const { number, title, branch, targetBranch, headSha, labels, author } = pull;
  return {
    number: String(number),
    title,
    branch,
    branch_slug: slug(branch),
    target_branch: targetBranch,
    target_branch_slug: slug(targetBranch),
    head_sha: headSha,
    head_short_sha: headSha.slice(0, 8),
    head_short_sha_7: headSha.slice(0, 7),
    author,
    ...(isGo ? { labels: typed([...labels], '[]string') } : {}),
  };
}

import type { RE2JS } from 're2js';
import type { GeneratorRequest, ScmRepositories, ScmRepository } from '../sources.ts';
import { normalizeName } from '../template/names.ts';
import type { GeneratorContext, GeneratorKind } from './generator.ts';
import { readProvider } from './provider.ts';
import { finds, readRegex } from './regex.ts';
import { withValues } from './values.ts';

interface ScmSettings {
  readonly request: GeneratorRequest;
  readonly filters: readonly ScmFilter[];
  readonly values: Readonly<Record<string, string>>;
}

/** All of it must hold; a repository is taken when one filter holds. */
interface ScmFilter {
  readonly repositoryMatch: RE2JS | undefined;
  readonly labelMatch: RE2JS | undefined;
  readonly branchMatch: RE2JS | undefined;
  readonly pathsExist: readonly string[];
  readonly pathsDoNotExist: readonly string[];
}

const PROVIDERS = [
  'github',
  'gitlab',
  'gitea',
  'bitbucketServer',
  'bitbucket',
  'azureDevOps',
  'awsCodeCommit',
] as const;

/** A parameter set for each repository of an organization, at one branch or at all. */
export const scmProvider: GeneratorKind<ScmSettings> = {
  fields: [...PROVIDERS, 'filters', 'cloneProtocol', 'requeueAfterSeconds', 'values'],
  requeueAfterSeconds: 1800,

  read: (reader) => ({
    request: { ...readProvider(reader, PROVIDERS), cloneProtocol: reader.text('cloneProtocol') ?? '' },
    filters: reader.objects('filters').map((filter) => {
      filter.onlyFields(['repositoryMatch', 'labelMatch', 'branchMatch', 'pathsExist', 'pathsDoNotExist']);
      return {
        repositoryMatch: readRegex(filter, 'repositoryMatch'),
        labelMatch: readRegex(filter, 'labelMatch'),
        branchMatch: readRegex(filter, 'branchMatch'),
        pathsExist: filter.texts('pathsExist'),
        pathsDoNotExist: filter.texts('pathsDoNotExist'),
      };
    }),
    values: reader.textMap('values'),
  }),

  async generate({ request, filters, values }, context) {
    const found = await findRepositories(await context.sources.scm(request, context.options), filters, context);
    return found.map(({ organization, repository, repositoryId = null, url, branch, sha, labels }) =>
      withValues(
        {
          organization,
          repository,
          repository_id: typeof repositoryId === 'number' ? BigInt(repositoryId) : repositoryId,
          url,
          branch,
          sha,
          short_sha: sha.slice(0, 8),
          short_sha_7: sha.slice(0, 7),
          labels: labels.join(','),
          branchNormalized: normalizeName(branch),
        },
        values,
        context,
      ),
    );
  },
};

/** What the filters say of repositories is asked first: branches are a request each. */
async function findRepositories(
  scm: ScmRepositories,
  filters: readonly ScmFilter[],
  { options: { signal } }: GeneratorContext,
): Promise<readonly ScmRepository[]> {
  const ofRepositories = filters.filter(
    ({ repositoryMatch, labelMatch }) => repositoryMatch !== undefined || labelMatch !== undefined,
  );
  const ofBranches = filters.filter(
    ({ branchMatch, pathsExist, pathsDoNotExist }) =>
      branchMatch !== undefined || pathsExist.length > 0 || pathsDoNotExist.length > 0,
  );
  const found: ScmRepository[] = [];
  for (const repository of await scm.list()) {
    if (ofRepositories.length > 0 && !ofRepositories.some((filter) => matchesRepository(filter, repository))) continue;
    signal?.throwIfAborted();
    for (const branch of await scm.branches(repository)) {
      if (ofBranches.length === 0 || (await matchesOneBranch(ofBranches, branch, scm))) found.push(branch);
    }
  }
  return found;
}

function matchesRepository({ repositoryMatch, labelMatch }: ScmFilter, { repository, labels }: ScmRepository): boolean {
  return (
    finds(repositoryMatch, repository) && (labelMatch === undefined || labels.some((label) => finds(labelMatch, label)))
  );
}

async function matchesOneBranch(
  filters: readonly ScmFilter[],
  branch: ScmRepository,
  scm: ScmRepositories,
): Promise<boolean> {
  for (const filter of filters) if (await matchesBranch(filter, branch, scm)) return true;
  return false;
}

async function matchesBranch(filter: ScmFilter, branch: ScmRepository, scm: ScmRepositories): Promise<boolean> {
  if (!finds(filter.branchMatch, branch.branch)) return false;
  for (const path of filter.pathsExist) if (!(await scm.hasPath(branch, trimmed(path)))) return false;
  for (const path of filter.pathsDoNotExist) if (await scm.hasPath(branch, trimmed(path))) return false;
  return true;
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, '');
}

import { SekishoError } from '@sekisho/base';
import type { PullRequestQuery, RepositoryQuery } from '@sekisho/forge';
import { z } from 'zod';

const text = z.string().min(1).max(1024);
const flag = z.boolean().optional();
/** Written with a name, and empty texts where nothing is meant. */
const optionalText = z
  .string()
  .max(1024)
  .optional()
  .transform((value) => value || undefined);
const secretRef = z.object({ secretName: text, key: text });
const configMapRef = z.object({ configMapName: text, key: text });

/** How every provider is reached; each reads some of these. */
const accessSettings = z.object({
  api: optionalText,
  insecure: flag,
  tokenRef: secretRef.nullish(),
  accessTokenRef: secretRef.nullish(),
  appPasswordRef: secretRef.nullish(),
  user: optionalText,
  basicAuth: z.object({ username: text, passwordRef: secretRef.nullish() }).nullish(),
  bearerToken: z.object({ tokenRef: secretRef.nullish() }).nullish(),
  appSecretName: optionalText,
  caRef: configMapRef.nullish(),
});
export type AccessSettings = z.infer<typeof accessSettings>;

const pullRequest = accessSettings.extend({ labels: z.array(z.string()).nullish() });
const scm = accessSettings.extend({ allBranches: flag });

/** What stands under a provider's name: how it is reached, and what it is asked for. */
interface ProviderSettings<Query> {
  readonly access: AccessSettings;
  readonly query: Query;
  readonly allBranches: boolean;
}

type Reader<Query> = (settings: unknown, provider: string) => ProviderSettings<Query>;

/** @returns throws SekishoError GENERATOR_SETTINGS with everything that is wrong */
function reader<S extends AccessSettings & { allBranches?: boolean | undefined }, Query>(
  schema: z.ZodType<S>,
  queryOf: (settings: S) => Query,
): Reader<Query> {
  return (settings, provider) => {
    const parsed = schema.safeParse(settings);
    if (!parsed.success) {
      const faults = parsed.error.issues.map(({ path, message }) => `${[provider, ...path].join('.')}: ${message}`);
      throw new SekishoError('GENERATOR_SETTINGS', faults.join('; '));
    }
    const { data } = parsed;
    return { access: data, query: queryOf(data), allBranches: data.allBranches === true };
  };
}

/** `spec.generators[].pullRequest.<provider>`: Argo CD has a name of its own for each part of an address. */
const pullRequestReaders = {
  github: reader(pullRequest.extend({ owner: text, repo: text }), repositoryOfOwner),
  gitea: reader(pullRequest.extend({ owner: text, repo: text, api: text }), repositoryOfOwner),
  bitbucket: reader(pullRequest.extend({ owner: text, repo: text }), repositoryOfOwner),
  gitlab: reader(
    pullRequest.extend({ project: text, pullRequestState: optionalText }),
    ({ project, labels, pullRequestState }): PullRequestQuery => ({
      repository: { owner: '', name: project },
      labels: labels ?? [],
      state: pullRequestState,
    }),
  ),
  bitbucketServer: reader(
    pullRequest.extend({ project: text, repo: text, api: text }),
    ({ project, repo }): PullRequestQuery => ({ repository: { owner: project, name: repo } }),
  ),
  azureDevOps: reader(
    pullRequest.extend({ organization: text, project: text, repo: text }),
    ({ organization, project, repo, labels }): PullRequestQuery => ({
      repository: { owner: organization, project, name: repo },
      labels: labels ?? [],
    }),
  ),
} satisfies Record<string, Reader<PullRequestQuery>>;

/** `spec.generators[].scmProvider.<provider>`. */
const scmReaders: Readonly<Record<Provider, Reader<RepositoryQuery>>> = {
  github: reader(scm.extend({ organization: text }), ({ organization }) => ({ owner: organization })),
  gitea: reader(scm.extend({ owner: text, api: text }), ({ owner }) => ({ owner })),
  bitbucket: reader(scm.extend({ owner: text }), ({ owner }) => ({ owner })),
  gitlab: reader(
    scm.extend({ group: text, includeSubgroups: flag, includeSharedProjects: flag, topic: optionalText }),
    ({ group, ...rest }) => ({ ...rest, owner: group }),
  ),
  bitbucketServer: reader(scm.extend({ project: text, api: text }), ({ project }) => ({ owner: project })),
  azureDevOps: reader(scm.extend({ organization: text, teamProject: text }), ({ organization, teamProject }) => ({
    owner: organization,
    project: teamProject,
  })),
};

export type Provider = keyof typeof pullRequestReaders;

/** @throws SekishoError GENERATOR_SETTINGS with everything that is wrong */
export function readPullRequestSettings(provider: Provider, settings: unknown): ProviderSettings<PullRequestQuery> {
  return pullRequestReaders[provider](settings, provider);
}

/** @throws SekishoError GENERATOR_SETTINGS with everything that is wrong */
export function readScmSettings(provider: Provider, settings: unknown): ProviderSettings<RepositoryQuery> {
  return scmReaders[provider](settings, provider);
}

function repositoryOfOwner(settings: {
  owner: string;
  repo: string;
  labels?: string[] | null | undefined;
}): PullRequestQuery {
  const { owner, repo, labels } = settings;
  return { repository: { owner, name: repo }, labels: labels ?? [] };
}

/** @throws SekishoError GENERATOR_SETTINGS */
export function knownProvider(provider: string): Provider {
  // Argo CD writes it in two ways.
  if (provider === 'azuredevops') return 'azureDevOps';
  if (Object.hasOwn(scmReaders, provider)) return provider as Provider;
  throw new SekishoError('GENERATOR_SETTINGS', `${provider} is no provider that is known here`, {
    hint: `Known are ${Object.keys(scmReaders).join(', ')}.`,
  });
}

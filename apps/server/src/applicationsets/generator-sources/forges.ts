import type { GeneratorRequest, PullRequestInfo, ScmRepositories, ScmRepository } from '@sekisho/applicationset';
import { isSekishoError, SekishoError } from '@sekisho/base';
import {
  createForgeListing,
  type ForgeListing,
  type ForgeSignIn,
  githubAppToken,
  type ListedRepository,
  type ListingKind,
  type RepositoryQuery,
} from '@sekisho/forge';
import type { ReferencedValues } from './referenced-values.ts';
import {
  type AccessSettings,
  knownProvider,
  type Provider,
  readPullRequestSettings,
  readScmSettings,
} from './settings.ts';

const KINDS: Readonly<Record<Provider, ListingKind>> = {
  github: 'github',
  gitea: 'gitea',
  gitlab: 'gitlab',
  bitbucket: 'bitbucket',
  bitbucketServer: 'bitbucket-server',
  azureDevOps: 'azure-devops',
};

const DEFAULT_PROTOCOL: Readonly<Record<Provider, string>> = {
  github: 'ssh',
  gitea: 'ssh',
  gitlab: 'ssh',
  bitbucket: 'ssh',
  bitbucketServer: 'ssh',
  azureDevOps: 'https',
};

const GITHUB = 'https://api.github.com';

/** What generators ask forges for. */
export interface Forges {
  /** `isMissingRepositoryEmpty`: a repository that is not there has no pull requests. */
  pullRequests(
    request: GeneratorRequest,
    options: { readonly isMissingRepositoryEmpty: boolean; readonly signal: AbortSignal },
  ): Promise<readonly PullRequestInfo[]>;
  repositories(request: GeneratorRequest, signal: AbortSignal): Promise<ScmRepositories>;
  /** Ends their connections. */
  close(): Promise<void>;
}

export function createForges(values: ReferencedValues, now: () => number): Forges {
  const listings: ForgeListing[] = [];

  async function open(provider: Provider, settings: AccessSettings, signal: AbortSignal): Promise<ForgeListing> {
    const { caRef } = settings;
    const tlsCa = caRef == null ? undefined : (await values.configMap(caRef.configMapName, signal))[caRef.key];
    if (caRef != null && tlsCa === undefined) {
      throw new SekishoError('GENERATOR_REFERENCE', `The ConfigMap ${caRef.configMapName} has no ${caRef.key}.`);
    }
    const listing = createForgeListing({
      kind: KINDS[provider],
      api: settings.api,
      insecure: settings.insecure,
      signIn: await signIn(settings, signal),
      tlsCa,
    });
    listings.push(listing);
    return listing;
  }

  async function signIn(settings: AccessSettings, signal: AbortSignal): Promise<ForgeSignIn | undefined> {
    const { appSecretName, basicAuth, user, appPasswordRef } = settings;
    if (appSecretName !== undefined) return { token: await appToken(settings, appSecretName, signal) };
    const tokenRef = settings.tokenRef ?? settings.accessTokenRef ?? settings.bearerToken?.tokenRef;
    if (tokenRef != null) return { token: await values.secret(tokenRef.secretName, tokenRef.key, signal) };
    const passwordRef = basicAuth?.passwordRef ?? appPasswordRef;
    const username = basicAuth?.username ?? user;
    if (passwordRef == null || username === undefined) return undefined;
    return { username, password: await values.secret(passwordRef.secretName, passwordRef.key, signal) };
  }

  async function appToken({ api }: AccessSettings, secretName: string, signal: AbortSignal): Promise<string> {
    const data = await values.githubApp(secretName, signal);
    const { githubAppID: appId, githubAppInstallationID: installationId, githubAppPrivateKey: privateKey } = data;
    if (appId === undefined || installationId === undefined || privateKey === undefined) {
      throw new SekishoError('GENERATOR_REFERENCE', `The Secret ${secretName} is not that of a GitHub App.`, {
        hint: 'It needs githubAppID, githubAppInstallationID and githubAppPrivateKey.',
      });
    }
    const own = data['githubAppEnterpriseBaseUrl'];
    // The proof, and the token that it gives, are for nobody else.
    if (hostOf(api ?? GITHUB) !== hostOf(own ?? GITHUB)) {
      throw new SekishoError(
        'GENERATOR_REFERENCE',
        `The GitHub App of the Secret ${secretName} is not at ${api ?? GITHUB}.`,
        {
          hint: 'githubAppEnterpriseBaseUrl of the Secret and api of the generator must name the same host.',
        },
      );
    }
    return githubAppToken({ appId, installationId, privateKey, api: own }, now(), signal);
  }

  return {
    async pullRequests({ provider: name, settings }, { isMissingRepositoryEmpty, signal }) {
      const provider = knownProvider(name);
      const { access, query } = readPullRequestSettings(provider, settings);
      const listing = await open(provider, access, signal);
      try {
        return await listing.pullRequests(query, signal);
      } catch (error) {
        if (isMissingRepositoryEmpty && isMissing(error)) return [];
        throw error;
      }
    },
    async repositories({ provider: name, settings, cloneProtocol }, signal) {
      const provider = knownProvider(name);
      const { access, query, allBranches } = readScmSettings(provider, settings);
      const listing = await open(provider, access, signal);
      const protocol = cloneProtocol || DEFAULT_PROTOCOL[provider];
      return scmRepositories(listing, query, { all: allBranches, protocol, signal });
    },
    async close() {
      await Promise.all(listings.splice(0).map((listing) => listing.close()));
    },
  };
}

function scmRepositories(
  listing: ForgeListing,
  query: RepositoryQuery,
  { all, protocol, signal }: { all: boolean; protocol: string; signal: AbortSignal },
): ScmRepositories {
  const listed = new Map<string, ListedRepository>();

  function find({ url }: ScmRepository): ListedRepository {
    const found = listed.get(url);
    if (found === undefined) throw new Error(`no repository ${url} was listed`);
    return found;
  }

  return {
    async list() {
      const repositories = await listing.repositories(query, signal);
      return repositories.map((repository) => {
        const { id, owner, name, labels, defaultBranch = '' } = repository;
        const url = cloneUrl(repository, protocol);
        listed.set(url, repository);
        return { organization: owner, repository: name, repositoryId: id, url, branch: defaultBranch, sha: '', labels };
      });
    },
    async branches(repository) {
      const branches = await listing.branches(find(repository), { all }, signal);
      return branches.map(({ name, sha }) => ({ ...repository, branch: name, sha }));
    },
    async hasPath(repository, path) {
      const { branch: name, sha } = repository;
      return listing.hasPath(find(repository), { name, sha }, path, signal);
    },
  };
}

function cloneUrl({ cloneUrls, owner, name }: ListedRepository, protocol: string): string {
  if (protocol !== 'ssh' && protocol !== 'https') {
    throw new SekishoError('GENERATOR_SETTINGS', `cloneProtocol: ${protocol} is neither ssh nor https`);
  }
  const url = cloneUrls[protocol];
  if (url !== undefined) return url;
  throw new SekishoError('FORGE_FAILED', `the forge offers no ${protocol} address of ${owner}/${name}`);
}

function isMissing(error: unknown): boolean {
  return isSekishoError(error, 'FORGE_REFUSED') && error.details['missing'] === true;
}

function hostOf(address: string): string | undefined {
  return URL.parse(address)?.host;
}

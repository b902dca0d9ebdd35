export { createForge } from './forge.ts';
export { type GithubApp, githubAppToken } from './github-app.ts';
export { createForgeListing } from './listing/listing.ts';
export type {
  ForgeListing,
  ForgeSignIn,
  ListedBranch,
  ListedPullRequest,
  ListedRepository,
  ListingKind,
  ListingOptions,
  PullRequestQuery,
  RepositoryAddress,
  RepositoryQuery,
} from './listing/types.ts';
export { guessForge } from './repository-name.ts';
export type { Forge, ForgeKind, ForgeOptions, PullRequest, PullRequestWish } from './types.ts';

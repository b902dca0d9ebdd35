export { createForge } from './forge.ts';
export { guessForge } from './repository-name.ts';
export type { Forge, ForgeKind, ForgeOptions, PullRequest, PullRequestWish } from './types.ts';

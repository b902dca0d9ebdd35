export { createGit } from './git.ts';
export type {
  CommitRequest,
  EmbeddedRepositories,
  Git,
  GitCredentials,
  GitOptions,
  GitTls,
  GitTree,
  PollingOptions,
  PushEvent,
  RefChange,
  RefreshResult,
  Repository,
  Revision,
} from './types.ts';

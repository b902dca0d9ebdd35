export { type AddressRules, checkHost, parseAddress, type RemoteAddress } from './address.ts';
export { createGit } from './git.ts';
export { type AllowedSigner, parseAllowedSigners } from './signature/allowed-signers.ts';
export type { SignedCommit } from './signature/signed-commit.ts';
export { type TrustedSigners, verifyCommitSignature } from './signature/verify-commit.ts';
export type {
  BranchCommit,
  BranchCommitRequest,
  CommitRequest,
  EmbeddedRepositories,
  FileVersion,
  Git,
  GitCredentials,
  GitOptions,
  GitTls,
  GitTree,
  LogOptions,
  Person,
  PollingOptions,
  PushEvent,
  RefChange,
  RefreshResult,
  RemoteLook,
  Repository,
  Revision,
} from './types.ts';
export { findWorkingCopy, openWorkingCopy, type WorkingCopy } from './working-copy.ts';

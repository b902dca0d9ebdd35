export type { ApiToken, CredentialScope, Credentials, Session } from './credential-types.ts';
export { openStore } from './store.ts';
export type {
  AppName,
  AuditLog,
  AuditQuery,
  NewRelease,
  Release,
  ReleaseObject,
  ReleaseOutcome,
  Releases,
  Store,
  StoreOptions,
} from './types.ts';

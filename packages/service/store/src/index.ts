export type { AppName } from './app-name.ts';
export type { ApiToken, CredentialScope, Credentials, Session } from './credential-types.ts';
export type { DriftCount, DriftLog, DriftObject, DriftRecord } from './drift-types.ts';
export type {
  ClaimedNotification,
  NewNotification,
  NotificationAddress,
  NotificationLook,
  NotificationLookResult,
  NotificationOutbox,
  NotificationState,
  RememberedApplication,
  StoredNotification,
  WaitingNotifications,
} from './notification-types.ts';
export { openStore } from './store.ts';
export type {
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
export type { ViolationBucket, ViolationHistoryQuery, ViolationLog, ViolationRecord } from './violation-types.ts';

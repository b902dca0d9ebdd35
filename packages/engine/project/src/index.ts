export {
  type CheckedApplication,
  checkApplication,
  type ProjectDestination,
  permitsSource,
  permitsSourceNamespace,
} from './check-application.ts';
export { type CheckedObject, checkObject } from './check-object.ts';
export { DEFAULT_PROJECT, defaultProject } from './default-project.ts';
export { isOrphanIgnored } from './orphans.ts';
export { type ParsedProject, parseProject } from './parse-project.ts';
export type {
  DestinationRule,
  DestinationServiceAccount,
  GitIntegrityPolicy,
  KindRule,
  OrphanRules,
  Project,
  ProjectRole,
  ProjectToken,
} from './project.ts';
export { normalizeRepository } from './repository-address.ts';
export { type ProjectRolePolicy, projectRoles } from './roles.ts';
export {
  appliesTo,
  describeWindow,
  type WindowDecision,
  type WindowedApplication,
  windowDecision,
} from './windows/decision.ts';
export type { SyncWindow } from './windows/window.ts';

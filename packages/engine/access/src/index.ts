export { ADMIN_ROLE, builtinRules, READONLY_ROLE } from './builtin.ts';
export { createEnforcer, type Enforcer, type EnforcerOptions, type Subject } from './enforcer.ts';
export type { MatchMode } from './pattern.ts';
export { type ParsedPolicy, parsePolicy } from './policy.ts';
export {
  type ProjectRole,
  type ProjectRules,
  parseProjectRoleName,
  parseProjectRoles,
  projectRoleName,
} from './project-roles.ts';
export { formatRule, type GrantRule, type PermissionRule, type PolicyRule } from './rule.ts';
export { ACTIONS, isKnown, projectOf } from './vocabulary.ts';

import type { Diagnostic, Origin } from '@sekisho/base';
import { parseRule } from './policy.ts';
import type { GrantRule, PermissionRule, PolicyRule } from './rule.ts';
import { PROJECT_RESOURCES } from './vocabulary.ts';

/** A role as it stands in an AppProject's `spec.roles`. */
export interface ProjectRole {
  readonly name: string;
  /** Lines `p, proj:PROJECT:ROLE, …`. */
  readonly policies: readonly string[];
  /** Who has the role. */
  readonly groups: readonly string[];
}

/** What the roles of one project say. It never reaches beyond the project. */
export interface ProjectRules {
  readonly project: string;
  readonly rules: readonly PolicyRule[];
}

/** `proj:shop:ci`: how policies and tokens name a role of a project. */
export function projectRoleName(project: string, role: string): string {
  return `proj:${project}:${role}`;
}

/** The parts of `proj:shop:ci`; undefined for another name. */
export function parseProjectRoleName(name: string): { project: string; role: string } | undefined {
  const [prefix, project = '', role = '', ...more] = name.split(':');
  return prefix === 'proj' && project !== '' && role !== '' && more.length === 0 ? { project, role } : undefined;
}

/**
 * Reads the roles of an AppProject. Each of them may see its project. A policy that speaks of another role, of another
 * project's objects or of something that no project has is refused: who may edit one project gains nothing in another.
 *
 * @param options originOf: where a policy stands, default the AppProject itself
 * @returns diagnostics: those of {@link parsePolicy} | ACCESS_PROJECT_ROLE
 */
export function parseProjectRoles(
  project: string,
  roles: readonly ProjectRole[],
  options: { readonly originOf?: (role: number, policy: number) => Origin } = {},
): ProjectRules & { readonly diagnostics: readonly Diagnostic[] } {
  const rules: PolicyRule[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [i, role] of roles.entries()) {
    const subject = projectRoleName(project, role.name);
    const home: Origin = { file: `AppProject ${project}, role ${role.name}` };
    rules.push(seeProject(project, subject, home));
    for (const [j, policy] of role.policies.entries()) {
      const origin = options.originOf?.(i, j) ?? { ...home, line: j + 1 };
      const text = policy.trim();
      if (text === '' || text.startsWith('#')) continue;
      const { rule, diagnostic } = parseRule(text, origin, 'glob');
      if (diagnostic !== undefined) diagnostics.push(diagnostic);
      if (rule === undefined) continue;
      const fault = faultOf(rule, project, subject);
      // A denial can only take away, and only from this role.
      if (fault === undefined || isOwnDenial(rule, subject)) rules.push(rule);
      if (fault !== undefined && diagnostic === undefined) diagnostics.push(refusal(fault, origin, project, subject));
    }
    for (const group of role.groups) {
      if (group !== '') rules.push({ type: 'g', member: group, role: subject, origin: home } satisfies GrantRule);
    }
  }
  return { project, rules, diagnostics };
}

function seeProject(project: string, subject: string, origin: Origin): PermissionRule {
  return { type: 'p', subject, resource: 'projects', action: 'get', object: project, effect: 'allow', origin };
}

function faultOf(rule: PolicyRule, project: string, subject: string): string | undefined {
  if (rule.type === 'g') return 'A role of a project gets its members from groups, not from a g line.';
  if (rule.subject !== subject) return `The policy speaks of ${rule.subject}, and belongs to ${subject}.`;
  if (!PROJECT_RESOURCES.has(rule.resource)) return `A role of a project can't be given ${rule.resource}.`;
  if (!rule.object.startsWith(`${project}/`)) return `${rule.object} is no object of the project ${project}.`;
  return undefined;
}

function isOwnDenial(rule: PolicyRule, subject: string): boolean {
  return rule.type === 'p' && rule.effect === 'deny' && rule.subject === subject;
}

function refusal(message: string, origin: Origin, project: string, subject: string): Diagnostic {
  return {
    code: 'ACCESS_PROJECT_ROLE',
    severity: 'error',
    message,
    origin,
    hint: `p, ${subject}, applications|logs|repositories|clusters|exec, ACTION, ${project}/OBJECT, allow|deny`,
  };
}

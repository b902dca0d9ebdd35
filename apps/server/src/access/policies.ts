import {
  createEnforcer,
  type Enforcer,
  type MatchMode,
  type PolicyRule,
  parsePolicy,
  parseProjectRoles,
  projectRoleName,
} from '@sekisho/access';
import type { Diagnostic } from '@sekisho/base';

/** Everything that decides what somebody may do. */
export interface Policies {
  readonly enforcer: Enforcer;
  /** `proj:PROJECT:ROLE` of every role that exists. */
  readonly projectRoles: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

/** The part of an AppProject that rules come from. */
export interface ProjectWithRoles {
  readonly name: string;
  readonly roles: readonly {
    readonly name: string;
    readonly policies: readonly string[];
    readonly groups: readonly string[];
  }[];
}

/**
 * Compiles argocd-rbac-cm (`policy.csv`, `policy.*.csv` in the order of their names, `policy.default`,
 * `policy.matchMode`) and the roles of projects.
 */
export function readPolicies(data: Readonly<Record<string, string>>, projects: readonly ProjectWithRoles[]): Policies {
  const diagnostics: Diagnostic[] = [];
  const matchMode: MatchMode = data['policy.matchMode']?.trim() === 'regex' ? 'regex' : 'glob';
  const rules: PolicyRule[] = [];
  for (const key of Object.keys(data).filter(isPolicy).sort(byPolicyName)) {
    const parsed = parsePolicy(data[key] ?? '', { file: `argocd-rbac-cm/${key}` }, { matchMode });
    rules.push(...parsed.rules);
    diagnostics.push(...parsed.diagnostics);
  }
  const ofProjects = projects.map(({ name, roles }) => parseProjectRoles(name, roles));
  for (const { diagnostics: faults } of ofProjects) diagnostics.push(...faults);
  const defaultRole = data['policy.default']?.trim() ?? '';
  return {
    enforcer: createEnforcer({
      rules,
      projectRoles: ofProjects,
      ...(defaultRole === '' ? {} : { defaultRole }),
    }),
    projectRoles: new Set(projects.flatMap(({ name, roles }) => roles.map((role) => projectRoleName(name, role.name)))),
    diagnostics,
  };
}

function isPolicy(key: string): boolean {
  return key === 'policy.csv' || /^policy\..+\.csv$/.test(key);
}

/** `policy.csv` first, as in Argo CD. */
function byPolicyName(a: string, b: string): number {
  if (a === 'policy.csv' || b === 'policy.csv') return a === b ? 0 : a === 'policy.csv' ? -1 : 1;
  return a < b ? -1 : 1;
}

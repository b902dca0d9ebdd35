import type { PermissionRule, PolicyRule } from './rule.ts';
import { PROJECT_RESOURCES } from './vocabulary.ts';

export const ADMIN_ROLE = 'role:admin';
export const READONLY_ROLE = 'role:readonly';

/**
 * The two roles that always exist, and that the account `admin` has the first of them. The audit log tells what everybody
 * did from where: looking at it is not part of `role:readonly`.
 * @see Argo CD's assets/builtin-policy.csv
 */
export const builtinRules: readonly PolicyRule[] = [
  ...allow(READONLY_ROLE, {
    applications: 'get',
    applicationsets: 'get',
    certificates: 'get',
    clusters: 'get',
    repositories: 'get',
    'write-repositories': 'get',
    projects: 'get',
    accounts: 'get',
    gpgkeys: 'get',
    logs: 'get',
    notifications: 'get',
    policies: 'get',
    waivers: 'get',
  }),
  ...allow(ADMIN_ROLE, {
    applications: 'create update update/* delete delete/* sync override action/*',
    applicationsets: 'create update delete',
    certificates: 'create update delete',
    clusters: 'create update delete',
    repositories: 'create update delete',
    'write-repositories': 'create update delete',
    projects: 'create update delete',
    accounts: 'update',
    gpgkeys: 'create update delete',
    exec: 'create',
    audit: 'get',
    notifications: 'test',
  }),
  { type: 'g', member: ADMIN_ROLE, role: READONLY_ROLE },
  { type: 'g', member: 'admin', role: ADMIN_ROLE },
];

function allow(subject: string, actions: Readonly<Record<string, string>>): PermissionRule[] {
  return Object.entries(actions).flatMap(([resource, names]) =>
    names.split(' ').map(
      (action): PermissionRule => ({
        type: 'p',
        subject,
        resource,
        action,
        object: isOfProject(resource) ? '*/*' : '*',
        effect: 'allow',
      }),
    ),
  );
}

/** Repositories and clusters may also belong to no project. */
function isOfProject(resource: string): boolean {
  return PROJECT_RESOURCES.has(resource) && resource !== 'repositories' && resource !== 'clusters';
}

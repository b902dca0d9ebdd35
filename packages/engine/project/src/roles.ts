import type { FieldReader } from './field-reader.ts';
import type { Project, ProjectRole } from './project.ts';

/** A role in the words of a policy engine. */
export interface ProjectRolePolicy {
  /** `proj:<project>:<role>`. */
  readonly subject: string;
  /** Policy lines, `p, …`; they speak of this subject and this project only. */
  readonly policies: readonly string[];
  /** Whose members have the role. */
  readonly groups: readonly string[];
  /** Ids of the tokens that act as this role. */
  readonly tokenIds: readonly string[];
}

const RESOURCES = new Set(['applications', 'applicationsets', 'repositories', 'clusters', 'logs', 'exec', 'projects']);

/** The roles of a project as policies: each may see its project, and do what its lines say. */
export function projectRoles({ name, roles }: Pick<Project, 'name' | 'roles'>): readonly ProjectRolePolicy[] {
  return roles.map((role) => {
    const subject = subjectOf(name, role.name);
    return {
      subject,
      policies: [`p, ${subject}, projects, get, ${name}, allow`, ...role.policies],
      groups: role.groups,
      tokenIds: role.jwtTokens.map(({ id, iat }) => id ?? String(iat)),
    };
  });
}

/** One entry of `spec.roles`. A policy that reaches beyond the role's project is noted and left out. */
export function readRole(reader: FieldReader, project: string): ProjectRole {
  reader.onlyFields(['name', 'description', 'policies', 'groups', 'jwtTokens']);
  const name = reader.text('name') ?? '';
  // The parts of policy lines are separated by commas, those of subjects by colons.
  if (!/^[a-zA-Z0-9]([-_.a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(name)) {
    reader.fault('name', `"${name}" is no role name`, 'Use letters, digits, "-", "_" and ".".');
  }
  const policies = reader.texts('policies').flatMap((line, i) => {
    const parts = line.split(',').map((part) => part.trim());
    const problem = problemOf(parts, project, name);
    if (problem === undefined) return [parts.join(', ')];
    reader.warning('PROJECT_ROLE_POLICY', `policies[${i}]`, `"${line}" grants nothing: ${problem}`);
    return [];
  });
  const groups = reader.texts('groups').filter((group, i) => {
    if (group.trim() !== '' && !/[\n\r\t]/.test(group)) return true;
    reader.fault(`groups[${i}]`, 'must name a group');
    return false;
  });
  return {
    name,
    description: reader.text('description') ?? '',
    policies,
    groups,
    jwtTokens: reader.objects('jwtTokens').map((token) => {
      const id = token.text('id');
      const exp = token.whole('exp');
      return {
        iat: token.whole('iat') ?? 0,
        ...(id === undefined ? {} : { id }),
        ...(exp === undefined ? {} : { exp }),
      };
    }),
  };
}

function problemOf(parts: readonly string[], project: string, role: string): string | undefined {
  const [type, subject, resource = '', , object = '', effect] = parts;
  const own = subjectOf(project, role);
  if (parts.length !== 6 || type !== 'p') return 'it must be "p, subject, resource, action, object, effect"';
  if (subject !== own) return `its subject must be ${own}`;
  if (!RESOURCES.has(resource)) return `roles of projects can't speak of ${resource}`;
  const isOwn = object.startsWith(`${project}/`) || (resource === 'projects' && object === project);
  if (!isOwn) return `its object must begin with ${project}/`;
  if (effect !== 'allow' && effect !== 'deny') return 'its effect must be allow or deny';
  return undefined;
}

function subjectOf(project: string, role: string): string {
  return `proj:${project}:${role}`;
}

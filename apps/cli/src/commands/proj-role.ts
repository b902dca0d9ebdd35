import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import {
  addEntry,
  addText,
  changeRole,
  entriesOf,
  type ProjectEdit,
  type ProjectSpec,
  removeText,
  textsOf,
} from '../project-edits.ts';
import { editProject, readProject } from '../project-request.ts';

interface Role {
  readonly name: string;
  readonly description: string;
  readonly policies: readonly string[];
  readonly groups: readonly string[];
}

interface PolicyFlags {
  readonly action: string;
  readonly object: string;
  readonly resource: string;
  readonly permission: string;
}

/** `sekisho proj role list NAME`. */
export async function roleList(
  context: CommandContext,
  { output }: { output: OutputFormat },
  project: string,
): Promise<ExitCode> {
  const { spec } = await readProject(context, project);
  const roles = entriesOf((spec ?? {}) as ProjectSpec, 'roles').map(
    (role): Role => ({
      name: String(role['name'] ?? ''),
      description: String(role['description'] ?? ''),
      policies: textsOf(role, 'policies'),
      groups: textsOf(role, 'groups'),
    }),
  );
  if (roles.length === 0 && output === 'table') process.stderr.write(`${project} has no roles.\n`);
  else
    print(formatRows(roles, output, columns, { name: ({ name }) => `proj:${project}:${name}`, color: context.color }));
  return ExitCode.ok;
}

/** `sekisho proj role create NAME ROLE`. */
export async function roleCreate(
  context: CommandContext,
  flags: { description?: string },
  project: string,
  role: string,
): Promise<ExitCode> {
  const { description } = flags;
  const entry = { name: role, ...(description === undefined ? {} : { description }) };
  return editProject(context, project, addEntry('roles', entry), `role ${role} of ${project} created`);
}

/** `sekisho proj role delete NAME ROLE`. */
export async function roleDelete(
  context: CommandContext,
  _flags: unknown,
  project: string,
  role: string,
): Promise<ExitCode> {
  return editProject(
    context,
    project,
    changeRole(role, () => undefined),
    `role ${role} of ${project} deleted`,
  );
}

/** `sekisho proj role add-policy NAME ROLE`, and its opposite. */
export function rolePolicy(change: 'add' | 'remove') {
  return (context: CommandContext, flags: PolicyFlags, project: string, role: string): Promise<ExitCode> => {
    const { action, resource, permission } = flags;
    const object = resource === 'projects' ? project : `${project}/${flags.object}`;
    const policy = `p, proj:${project}:${role}, ${resource}, ${action}, ${object}, ${permission}`;
    return editProject(context, project, inRole(role, change, 'policies', policy), policy);
  };
}

/** `sekisho proj role add-group NAME ROLE GROUP`, and its opposite. */
export function roleGroup(change: 'add' | 'remove') {
  return (
    context: CommandContext,
    _flags: unknown,
    project: string,
    role: string,
    group: string,
  ): Promise<ExitCode> => {
    const done = `group ${group} ${change === 'add' ? 'has' : 'no longer has'} the role ${role} of ${project}`;
    return editProject(context, project, inRole(role, change, 'groups', group), done);
  };
}

function inRole(role: string, change: 'add' | 'remove', field: string, value: string): ProjectEdit {
  const edit = change === 'add' ? addText(field, value) : removeText(field, value);
  return (spec) => {
    let changed = false;
    const next = changeRole(role, (entry) => {
      const after = edit(entry);
      changed = after !== entry;
      return after;
    })(spec);
    return changed ? next : spec;
  };
}

const columns: readonly Column<Role>[] = [
  { title: 'ROLE', text: ({ name }) => name },
  { title: 'GROUPS', text: ({ groups }) => groups.join(',') || '-' },
  { title: 'POLICIES', text: ({ policies }) => policies.join('; ') || '-' },
  { title: 'DESCRIPTION', text: ({ description }) => description, wide: true },
];

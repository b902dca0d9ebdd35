import { type Command, Option } from 'commander';
import { outputOption, withExample, withServer } from './command-options.ts';

/** `sekisho proj role …` */
export function addRoleCommands(proj: Command, signal: AbortSignal): void {
  const role = proj.command('role').description('roles of a project: list, create, delete, policies, groups');
  withExample(role, 'sekisho proj role list shop');
  const code = () => import('./commands/proj-role.ts');

  const list = role
    .command('list <project>')
    .description('its roles, who has them, and what they may do')
    .addOption(outputOption())
    .action(withServer(signal, async () => (await code()).roleList));
  withExample(list, 'sekisho proj role list shop');

  const create = role
    .command('create <project> <role>')
    .description('a new role, which may only see its project')
    .option('--description <text>', 'what it is for')
    .action(withServer(signal, async () => (await code()).roleCreate));
  withExample(create, 'sekisho proj role create shop deployer');

  const remove = role
    .command('delete <project> <role>')
    .description('delete a role')
    .action(withServer(signal, async () => (await code()).roleDelete));
  withExample(remove, 'sekisho proj role delete shop deployer');

  for (const change of ['add', 'remove'] as const) {
    const verb = change === 'add' ? 'let' : 'no longer let';
    const policy = role
      .command(`${change}-policy <project> <role>`)
      .description(`${verb} a role do something`)
      .addOption(
        new Option(
          '-a, --action <action>',
          'get, create, update, delete, sync, override, action/…',
        ).makeOptionMandatory(),
      )
      .addOption(new Option('-o, --object <glob>', 'names of the objects, without the project').makeOptionMandatory())
      .addOption(new Option('-r, --resource <resource>', 'kind of the objects').default('applications'))
      .addOption(new Option('-p, --permission <effect>', 'what it is').choices(['allow', 'deny']).default('allow'))
      .action(withServer(signal, async () => (await code()).rolePolicy(change)));
    withExample(policy, `sekisho proj role ${change}-policy shop deployer --action sync --object "*"`);

    const group = role
      .command(`${change}-group <project> <role> <group>`)
      .description(change === 'add' ? 'give a role to a group' : 'take a role from a group')
      .action(withServer(signal, async () => (await code()).roleGroup(change)));
    withExample(group, `sekisho proj role ${change}-group shop deployer developers`);
  }
}

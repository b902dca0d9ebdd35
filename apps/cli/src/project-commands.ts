import { type Command, Option } from 'commander';
import { outputOption, withExample, withServer } from './command-options.ts';
import { addRoleCommands } from './project-role-commands.ts';
import { addWindowCommands } from './project-window-commands.ts';

interface SmallChange {
  readonly name: string;
  /** Arguments after the project's name. */
  readonly args: string;
  readonly description: string;
  readonly example: string;
  readonly options?: readonly Option[];
}

const listOption = () =>
  new Option('-l, --list <list>', 'which list is changed').choices(['allow', 'deny']).default('deny');
const nameOption = () => new Option('--name <glob>', 'only objects of this name');

const SMALL_CHANGES: readonly SmallChange[] = [
  {
    name: 'add-source',
    args: '<url>',
    description: 'let its applications use a repository (globs; ! forbids)',
    example: 'shop https://git.example/shop/*',
  },
  {
    name: 'remove-source',
    args: '<url>',
    description: 'take a repository out',
    example: 'shop https://git.example/shop/*',
  },
  {
    name: 'add-destination',
    args: '<cluster> <namespace>',
    description: 'let its applications go to a cluster (address or name) and namespace',
    example: 'shop https://kubernetes.default.svc shop-*',
  },
  {
    name: 'remove-destination',
    args: '<cluster> <namespace>',
    description: 'take a destination out',
    example: 'shop https://kubernetes.default.svc shop-*',
  },
  {
    name: 'add-source-namespace',
    args: '<namespace>',
    description: 'let Applications of another namespace use it',
    example: 'shop team-shop',
  },
  {
    name: 'remove-source-namespace',
    args: '<namespace>',
    description: 'take a namespace of Applications out',
    example: 'shop team-shop',
  },
  {
    name: 'add-signature-key',
    args: '<key>',
    description: 'ask for commits that a GnuPG key has signed',
    example: 'shop 4AEE18F83AFDEB23',
  },
  {
    name: 'remove-signature-key',
    args: '<key>',
    description: 'take a GnuPG key out; without any, signatures are not asked for',
    example: 'shop 4AEE18F83AFDEB23',
  },
  {
    name: 'allow-cluster-resource',
    args: '<group> <kind> [name]',
    description: 'allow a cluster-wide kind',
    example: 'shop "" Namespace shop-*',
  },
  {
    name: 'deny-cluster-resource',
    args: '<group> <kind> [name]',
    description: 'deny a cluster-wide kind',
    example: 'shop rbac.authorization.k8s.io "*"',
  },
  {
    name: 'allow-namespace-resource',
    args: '<group> <kind>',
    description: 'allow a namespaced kind',
    example: 'shop "" ResourceQuota',
    options: [listOption()],
  },
  {
    name: 'deny-namespace-resource',
    args: '<group> <kind>',
    description: 'deny a namespaced kind',
    example: 'shop "" ResourceQuota',
    options: [listOption()],
  },
  {
    name: 'add-orphaned-ignore',
    args: '<group> <kind>',
    description: 'do not tell of orphans of a kind',
    example: 'shop "" ConfigMap --name cache-*',
    options: [nameOption()],
  },
  {
    name: 'remove-orphaned-ignore',
    args: '<group> <kind>',
    description: 'tell of orphans of a kind again',
    example: 'shop "" ConfigMap --name cache-*',
    options: [nameOption()],
  },
];

/** `sekisho proj …` */
export function addProjectCommands(program: Command, signal: AbortSignal): void {
  const proj = program.command('proj').description('projects: what applications may use, and when they may be synced');
  withExample(proj, 'sekisho proj list');

  const list = proj
    .command('list')
    .description('all projects')
    .addOption(outputOption())
    .action(withServer(signal, async () => (await import('./commands/proj-list.ts')).projList));
  withExample(list, 'sekisho proj list -o wide');

  const get = proj
    .command('get <project>')
    .description('its rules, windows and applications (exit 1 when it has faults)')
    .addOption(outputOption())
    .action(withServer(signal, async () => (await import('./commands/proj-get.ts')).projGet));
  withExample(get, 'sekisho proj get default', 'sekisho proj get shop -o yaml');

  const create = proj
    .command('create <project>')
    .description('a new project; what is not allowed is forbidden')
    .option('--description <text>', 'what it is for')
    .option('-s, --src <url...>', 'repositories that may be used')
    .option('-d, --dest <CLUSTER,NAMESPACE...>', 'destinations')
    .option('--allow-cluster-resource <GROUP/KIND...>', 'cluster-wide kinds that may be made')
    .option('--source-namespaces <namespace...>', 'namespaces of Applications that may use it')
    .option('--orphaned-resources', 'tell of objects that no application made')
    .option('-f, --file <file>', 'an AppProject as YAML instead of these (- for standard input)')
    .option('--upsert', 'replace it when it is there')
    .action(withServer(signal, async () => (await import('./commands/proj-change.ts')).projCreate));
  withExample(
    create,
    "sekisho proj create shop -s 'https://git.example/shop/*' -d 'https://kubernetes.default.svc,shop-*'",
    'sekisho proj create shop -f shop.yaml --upsert',
  );

  const remove = proj
    .command('delete <project>')
    .description('delete a project that no application uses')
    .option('--yes', 'do not ask')
    .action(withServer(signal, async () => (await import('./commands/proj-change.ts')).projDelete));
  withExample(remove, 'sekisho proj delete shop --yes');

  for (const { name, args, description, example, options = [] } of SMALL_CHANGES) {
    const command = proj.command(`${name} <project> ${args}`).description(description);
    for (const option of options) command.addOption(option);
    command.action(
      withServer(signal, async () => {
        const change = (await import('./commands/proj-change.ts')).changes[name];
        if (change === undefined) throw new Error(`no change ${name}`);
        return change;
      }),
    );
    withExample(command, `sekisho proj ${name} ${example}`);
  }

  addWindowCommands(proj, signal);
  addRoleCommands(proj, signal);
}

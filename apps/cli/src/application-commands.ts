import { type Command, Option } from 'commander';
import { namespaceOption, outputOption, timeoutOption, withExample, withServer } from './command-options.ts';
import { wholeNumber } from './duration.ts';
import { addRollbackCommands } from './rollback-commands.ts';

/** `sekisho app …` */
export function addApplicationCommands(program: Command, signal: AbortSignal): void {
  const app = program
    .command('app')
    .description(
      'applications: list, get, tree, diff, sync, refresh, terminate, wait, history, rollback, actions, delete',
    );
  withExample(app, 'sekisho app list');

  const list = app
    .command('list')
    .description('all applications with their sync and health status')
    .addOption(outputOption())
    .option('-n, --namespace <namespace>', 'only Applications of one namespace')
    .option('-A, --all-namespaces', 'of all namespaces (the default)')
    .option('-l, --selector <selector>', 'with these labels only')
    .option('-p, --project <name...>', 'of these projects only')
    .addOption(
      new Option('--sync <status...>', 'with these sync statuses only').choices(['Synced', 'OutOfSync', 'Unknown']),
    )
    .addOption(
      new Option('--health <status...>', 'with these health statuses only').choices([
        'Healthy',
        'Progressing',
        'Suspended',
        'Degraded',
        'Missing',
        'Unknown',
      ]),
    )
    .option('-r, --repo <url...>', 'from these repositories only')
    .option('-c, --cluster <name...>', 'to these clusters only, by name or address')
    .option('-w, --watch', 'go on and show changes')
    .action(withServer(signal, async () => (await import('./commands/app-list.ts')).appList));
  withExample(list, 'sekisho app list -o wide', 'sekisho app list --health Degraded Missing -p shop --watch');

  const get = app
    .command('get <name>')
    .description('one application: what it should be, what it is, and why not')
    .addOption(outputOption())
    .addOption(namespaceOption())
    .action(withServer(signal, async () => (await import('./commands/app-get.ts')).appGet));
  withExample(get, 'sekisho app get web');

  const tree = app
    .command('tree <name>')
    .description('its resources and what they own')
    .addOption(outputOption())
    .addOption(namespaceOption())
    .action(withServer(signal, async () => (await import('./commands/app-tree.ts')).appTree));
  withExample(tree, 'sekisho app tree web');

  const diff = app
    .command('diff <name>')
    .description('what a sync would change (exit 1 when something)')
    .addOption(outputOption())
    .addOption(namespaceOption())
    .option('--revision <revision>', 'against this revision instead of the target')
    .action(withServer(signal, async () => (await import('./commands/app-diff.ts')).appDiff));
  withExample(diff, 'sekisho app diff web', 'sekisho app diff web --revision v1.2.0');

  const sync = app
    .command('sync <name>')
    .description('apply what git says')
    .addOption(namespaceOption())
    .option('--revision <revision>', 'this revision instead of the target')
    .option('--prune', 'delete what is no longer in git')
    .option('--dry-run', 'ask the API, and change nothing')
    .option('--force', 'delete and create what the API refuses to change')
    .option('--resource <GROUP:KIND:NAME...>', 'only these resources (no hooks run)')
    .option('--no-wait', 'return at once')
    .addOption(timeoutOption('how long to wait'))
    .action(withServer(signal, async () => (await import('./commands/app-sync.ts')).appSync));
  withExample(sync, 'sekisho app sync web --prune', 'sekisho app sync web --resource apps:Deployment:web');

  const terminate = app
    .command('terminate <name>')
    .description('end the operation that runs; its hooks are deleted, what it applied stays')
    .addOption(namespaceOption())
    .option('--no-wait', 'return at once')
    .addOption(timeoutOption('how long to wait'))
    .action(withServer(signal, async () => (await import('./commands/app-terminate.ts')).appTerminate));
  withExample(terminate, 'sekisho app terminate web');

  const refresh = app
    .command('refresh <name>')
    .description('look at git and the cluster now')
    .addOption(namespaceOption())
    .option('--hard', 'render anew, whatever was remembered')
    .option('--no-wait', 'return at once')
    .addOption(timeoutOption('how long to wait'))
    .action(withServer(signal, async () => (await import('./commands/app-refresh.ts')).appRefresh));
  withExample(refresh, 'sekisho app refresh web');

  const wait = app
    .command('wait <name>')
    .description('until it is Synced and Healthy')
    .addOption(namespaceOption())
    .option('--sync', 'only until Synced')
    .option('--health', 'only until Healthy')
    .addOption(timeoutOption('how long'))
    .action(withServer(signal, async () => (await import('./commands/app-wait.ts')).appWait));
  withExample(wait, 'sekisho app wait web --timeout 90s');

  const history = app
    .command('history <name>')
    .description('its releases, newest first')
    .addOption(outputOption())
    .addOption(namespaceOption())
    .addOption(new Option('--limit <n>', 'at most so many').default('20').argParser(wholeNumber(1, 500)))
    .action(withServer(signal, async () => (await import('./commands/app-history.ts')).appHistory));
  withExample(history, 'sekisho app history web --limit 5');

  addRollbackCommands(app, signal);

  const drift = app
    .command('drift <name>')
    .description('which fields somebody changed in the cluster, who, since when, how often (exit 1 when any)')
    .addOption(outputOption())
    .addOption(namespaceOption())
    .option('-a, --all', 'those that are healed, too')
    .action(withServer(signal, async () => (await import('./commands/app-drift.ts')).appDrift));
  withExample(drift, 'sekisho app drift web', 'sekisho app drift web --all -o json');

  const confirm = app
    .command('confirm <name>')
    .description('let the deletions happen that a sync waits with')
    .addOption(namespaceOption())
    .option('--yes', 'do not ask')
    .action(withServer(signal, async () => (await import('./commands/app-confirm.ts')).appConfirm));
  withExample(confirm, 'sekisho app confirm web');

  addActionCommands(app, signal);

  const remove = app
    .command('delete <name>')
    .description('delete the application, and what it made unless --cascade=false')
    .addOption(namespaceOption())
    .addOption(
      new Option('--cascade [boolean]', 'delete its resources too')
        .choices(['true', 'false'])
        .preset('true')
        .default('true'),
    )
    .option('--yes', 'do not ask')
    .option('--no-wait', 'return at once')
    .addOption(timeoutOption('how long to wait'))
    .action(withServer(signal, async () => (await import('./commands/app-delete.ts')).appDelete));
  withExample(remove, 'sekisho app delete web', 'sekisho app delete web --cascade=false --yes');
}

/** `sekisho app actions …` */
function addActionCommands(app: Command, signal: AbortSignal): void {
  const actions = app.command('actions').description('what can be done to its resources: restart, scale, suspend …');
  withExample(actions, 'sekisho app actions list web');
  const list = actions
    .command('list <name> [resource]')
    .description('what can be done now, to one resource (GROUP:KIND:NAME) or to all')
    .addOption(outputOption())
    .addOption(namespaceOption())
    .action(withServer(signal, async () => (await import('./commands/app-actions.ts')).appActionsList));
  withExample(list, 'sekisho app actions list web', 'sekisho app actions list web apps:Deployment:web');
  const run = actions
    .command('run <name> <resource> <action>')
    .description('do it to one resource (GROUP:KIND:NAME)')
    .addOption(namespaceOption())
    .option('--set <name=value...>', 'what the action is told, replicas=3 for scale')
    .action(withServer(signal, async () => (await import('./commands/app-actions.ts')).appActionsRun));
  withExample(
    run,
    'sekisho app actions run web apps:Deployment:web restart',
    'sekisho app actions run web apps:Deployment:web scale --set replicas=3',
  );
}

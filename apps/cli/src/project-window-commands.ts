import { type Command, Option } from 'commander';
import { outputOption, withExample, withServer } from './command-options.ts';

/** `sekisho proj windows …` */
export function addWindowCommands(proj: Command, signal: AbortSignal): void {
  const windows = proj.command('windows').description('sync windows: list, add, update, delete');
  withExample(windows, 'sekisho proj windows list shop');
  const code = () => import('./commands/proj-windows.ts');

  const list = windows
    .command('list <project>')
    .description('its windows, whether they are open, and when that changes')
    .addOption(outputOption())
    .action(withServer(signal, async () => (await code()).windowsList));
  withExample(list, 'sekisho proj windows list shop');

  const add = windowOptions(windows.command('add <project>').description('a new window'), true).action(
    withServer(signal, async () => (await code()).windowsAdd),
  );
  withExample(
    add,
    'sekisho proj windows add shop --kind deny --schedule "0 22 * * *" --duration 8h --applications "*"',
    'sekisho proj windows add shop --kind allow --schedule "0 9 * * 1-5" --duration 8h --time-zone Europe/Berlin --namespaces shop-prod',
  );

  const update = windowOptions(windows.command('update <project> <id>').description('change a window'), false).action(
    withServer(signal, async () => (await code()).windowsUpdate),
  );
  withExample(update, 'sekisho proj windows update shop 0 --duration 2h');

  const remove = windows
    .command('delete <project> <id>')
    .description('delete a window')
    .action(withServer(signal, async () => (await code()).windowsDelete));
  withExample(remove, 'sekisho proj windows delete shop 0');

  for (const [name, allowed] of [
    ['enable-manual-sync', true],
    ['disable-manual-sync', false],
  ] as const) {
    const command = windows
      .command(`${name} <project> <id>`)
      .description(`${allowed ? 'let' : 'do not let'} manual syncs through although the window forbids them`)
      .action(withServer(signal, async () => (await code()).windowsManualSync(allowed)));
    withExample(command, `sekisho proj windows ${name} shop 0`);
  }
}

function windowOptions(command: Command, isNew: boolean): Command {
  return command
    .addOption(new Option('-k, --kind <kind>', 'allow or deny').choices(['allow', 'deny']).makeOptionMandatory(isNew))
    .addOption(
      new Option('--schedule <cron>', 'when it opens: minute hour day month weekday').makeOptionMandatory(isNew),
    )
    .addOption(new Option('--duration <duration>', 'how long it stays open: 30m, 1h30m').makeOptionMandatory(isNew))
    .option('--applications <globs...>', 'applications that it is for')
    .option('--namespaces <globs...>', 'destination namespaces that it is for')
    .option('--clusters <globs...>', 'clusters that it is for, by name or address')
    .option('--time-zone <zone>', 'of the schedule, default UTC')
    .option('--manual-sync', 'let manual syncs through')
    .option('--sync-overrun', 'let a sync end that began in time')
    .option('--use-and-operator', 'applications, namespaces and clusters must all match')
    .option('--description <text>', 'why');
}

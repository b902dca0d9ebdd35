import { type Command, Option } from 'commander';
import { namespaceOption, outputOption, withExample, withServer } from './command-options.ts';
import { wholeNumber } from './duration.ts';

/** `sekisho notify …` */
export function addNotificationCommands(program: Command, signal: AbortSignal): void {
  const notify = program.command('notify').description('notifications: list, test, retry');
  withExample(notify, 'sekisho notify list', 'sekisho notify test --service slack --recipient ops');

  const list = notify
    .command('list')
    .description('who was told of what, newest first, and what still waits')
    .addOption(outputOption())
    .addOption(new Option('--state <state>', 'only these').choices(['pending', 'delivered', 'failed']))
    .option('--service <name>', 'only by this service')
    .option('--app <name>', 'only about this application')
    .addOption(namespaceOption())
    .addOption(new Option('--limit <number>', 'at most this many').default('50').argParser(wholeNumber(1, 200)))
    .action(withServer(signal, async () => (await import('./commands/notify-list.ts')).notifyList));
  withExample(list, 'sekisho notify list --state failed', 'sekisho notify list --app web');

  const test = notify
    .command('test')
    .description('send one message now and tell whether it arrived')
    .requiredOption('--service <name>', 'a service of argocd-notifications-cm: slack, email …')
    .option('--recipient <recipient>', 'a channel, an address; nothing where the service has only one', '')
    .option('--trigger <name>', 'what this trigger would say; without it, a greeting')
    .option('--app <name>', 'the application that the trigger speaks of; without it, an example')
    .addOption(namespaceOption())
    .action(withServer(signal, async () => (await import('./commands/notify-test.ts')).notifyTest));
  withExample(
    test,
    'sekisho notify test --service slack --recipient ops',
    'sekisho notify test --service slack --recipient ops --trigger on-drift --app web',
  );

  const retry = notify
    .command('retry <id>')
    .description('try a delivery that failed, or waits, now')
    .action(withServer(signal, async () => (await import('./commands/notify-retry.ts')).notifyRetry));
  withExample(retry, 'sekisho notify retry 6f1c0f0e-3f7b-4c39-9d55-3c8f5d0f3f0a');
}

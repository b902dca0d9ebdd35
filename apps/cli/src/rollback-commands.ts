import type { Command } from 'commander';
import { namespaceOption, timeoutOption, withExample, withServer } from './command-options.ts';

/** `sekisho app rollback` and `app resume`. */
export function addRollbackCommands(app: Command, signal: AbortSignal): void {
  const rollback = app
    .command('rollback <name> [id]')
    .description('take a release back by a revert commit in git; without ID, back to the last healthy release')
    .addOption(namespaceOption())
    .option('--revision <revision>', 'back to this commit instead of a release (a+b for two sources)')
    .requiredOption('--reason <text>', 'why; goes into the commit and the audit log')
    .option('--pull-request', 'push a branch and open a pull request; the cluster goes back at once')
    .option('--prune', 'delete what the bad release added (default: what automated.prune says)')
    .option('--no-prune', 'keep what the bad release added')
    .option('--no-wait', 'return at once')
    .addOption(timeoutOption('how long to wait'))
    .action(withServer(signal, async () => (await import('./commands/app-rollback.ts')).appRollback));
  withExample(
    rollback,
    'sekisho app rollback web --reason "Checkout fails"',
    'sekisho app rollback web 12 --reason "Checkout fails" --pull-request',
  );

  const resume = app
    .command('resume <name>')
    .description('let auto-sync apply revisions again that a rollback holds')
    .addOption(namespaceOption())
    .option('--revision <revision>', 'this one only')
    .action(withServer(signal, async () => (await import('./commands/app-resume.ts')).appResume));
  withExample(resume, 'sekisho app resume web', 'sekisho app resume web --revision 284a0bc');
}

import { type Command, Option } from 'commander';
import { outputOption, withExample, withServer } from './command-options.ts';
import { wholeNumber } from './duration.ts';

/** `sekisho audit …` */
export function addAuditCommands(program: Command, signal: AbortSignal): void {
  const audit = program.command('audit').description('the audit log: log, verify, export');
  withExample(audit, 'sekisho audit log --actor alice', 'sekisho audit verify');

  const log = audit
    .command('log')
    .description('who did what, newest first')
    .addOption(outputOption())
    .option('--actor <user>', 'only what this user did')
    .option('--action <action>', 'only this action, such as application.sync; with a dot at the end all under it')
    .option('--name <name>', 'only what was done to objects of this name')
    .option('--outcome <outcome>', 'only: succeeded, failed, denied, started')
    .option('--since <time>', 'from here on: 24h, 30m, or RFC 3339')
    .option('--search <text>', 'only entries with this text in them')
    .addOption(new Option('--limit <number>', 'at most this many').default('50').argParser(wholeNumber(1, 500)))
    .action(withServer(signal, async () => (await import('./commands/audit.ts')).auditLog));
  withExample(log, 'sekisho audit log --since 24h', 'sekisho audit log --action application. --outcome denied');

  const verify = audit
    .command('verify')
    .description('proves that nothing was changed, taken out or moved, and asks git (exit 1 when something was)')
    .addOption(outputOption())
    .action(withServer(signal, async () => (await import('./commands/audit.ts')).auditVerify));
  withExample(verify, 'sekisho audit verify');

  const exported = audit
    .command('export')
    .description('the whole log, oldest first')
    .addOption(new Option('--format <format>', 'form of a line').choices(['jsonl', 'cef', 'syslog']).default('jsonl'))
    .addOption(
      new Option('--after <number>', 'only entries after this number')
        .default('0')
        .argParser(wholeNumber(0, 999_999_999)),
    )
    .action(withServer(signal, async () => (await import('./commands/audit.ts')).auditExport));
  withExample(exported, 'sekisho audit export > audit.jsonl', 'sekisho audit export --format cef --after 1200');
}

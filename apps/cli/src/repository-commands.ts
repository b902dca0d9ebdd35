import type { Command } from 'commander';
import { outputOption, withExample, withServer } from './command-options.ts';

/** `sekisho repo …` */
export function addRepositoryCommands(program: Command, signal: AbortSignal): void {
  const repo = program.command('repo').description('repositories: add, list');
  withExample(repo, 'sekisho repo list');

  const add = repo
    .command('add <url>')
    .description('a remote repository, or embedded:NAME for a new one here')
    .option('--username <name>', 'user of the repository')
    .option('--password-stdin', 'read the password or token from standard input')
    .option('--ssh-key <file>', 'private key for ssh')
    .option('--insecure', 'do not check the host key')
    .action(withServer(signal, async () => (await import('./commands/repo.ts')).repoAdd));
  withExample(
    add,
    'sekisho repo add embedded:team',
    'sekisho repo add https://git.example/team/config.git --username ci --password-stdin < token',
  );

  const list = repo
    .command('list')
    .description('all known repositories')
    .addOption(outputOption())
    .action(withServer(signal, async () => (await import('./commands/repo.ts')).repoList));
  withExample(list, 'sekisho repo list');
}

import type { Command } from 'commander';
import { namespaceOption, outputOption, withExample, withServer } from '../command-options.ts';

/** `sekisho appset …` */
export function addApplicationSetCommands(program: Command, signal: AbortSignal): void {
  const appset = program
    .command('appset')
    .description('ApplicationSets: Applications from folders, clusters, pull requests');
  withExample(appset, 'sekisho appset list');

  const list = appset
    .command('list')
    .description('all ApplicationSets')
    .addOption(outputOption())
    .option('-p, --project <name...>', 'only of these projects')
    .option('-l, --selector <labels>', 'only with these labels: team=red,tier!=test')
    .action(withServer(signal, async () => (await import('./list.ts')).appsetList));
  withExample(list, 'sekisho appset list -o wide');

  const get = appset
    .command('get <name>')
    .description('one ApplicationSet: its conditions and Applications (exit 1 when it has failed)')
    .addOption(outputOption())
    .addOption(namespaceOption())
    .action(withServer(signal, async () => (await import('./get.ts')).appsetGet));
  withExample(get, 'sekisho appset get teams', 'sekisho appset get teams -o yaml');

  const create = appset
    .command('create <file>')
    .description('ApplicationSets from a file (- for standard input)')
    .option('--upsert', 'change those that are there')
    .option('--dry-run', 'only check them, and show what they would make')
    .action(withServer(signal, async () => (await import('./create.ts')).appsetCreate));
  withExample(create, 'sekisho appset create teams.yaml', 'sekisho appset create teams.yaml --upsert');

  const remove = appset
    .command('delete <name>')
    .description('an ApplicationSet and the Applications that it owns')
    .addOption(namespaceOption())
    .option('--yes', 'do not ask')
    .action(withServer(signal, async () => (await import('./delete.ts')).appsetDelete));
  withExample(remove, 'sekisho appset delete teams --yes');

  const generate = appset
    .command('generate <file>')
    .description('the Applications that the ApplicationSets of a file would make; nothing is written')
    .addOption(outputOption())
    .action(withServer(signal, async () => (await import('./generate.ts')).appsetGenerate));
  withExample(generate, 'sekisho appset generate teams.yaml', 'sekisho appset generate teams.yaml -o yaml');
}

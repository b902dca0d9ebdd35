import { type Command, Option } from 'commander';
import { outputOption, withExample, withServer } from '../command-options.ts';
import { wholeNumber } from '../duration.ts';

/** `sekisho violations` */
export function addViolationsCommand(program: Command, signal: AbortSignal): void {
  const violations = program
    .command('violations')
    .description('what runs and breaks policies, the newest first; with --by counted, with --watch as it changes')
    .addOption(outputOption())
    .addOption(
      new Option('--by <group>', 'count them instead').choices([
        'policy',
        'application',
        'project',
        'namespace',
        'cluster',
        'severity',
        'kind',
      ]),
    )
    .option('-w, --watch', 'go on and show changes')
    .option('--policy <id...>', 'only of these policies, as `sekisho policy list` names them')
    .option('--app <name...>', 'only of these applications: NAME or NAMESPACE/NAME')
    .option('--project <name...>', 'only of these projects')
    .option('-n, --namespace <name...>', 'only of objects in these namespaces')
    .option('--cluster <name...>', 'only of these clusters')
    .option('--kind <kind...>', 'only of objects of these kinds')
    .addOption(
      new Option('--severity <severity...>', 'only these').choices(['low', 'medium', 'high', 'critical', 'none']),
    )
    .addOption(new Option('--decision <decision...>', 'only these').choices(['deny', 'warn', 'dryrun', 'waived']))
    .option('--search <text>', 'only with these words in them')
    .addOption(
      new Option('--limit <number>', 'at most this many, up to 1000').default('100').argParser(wholeNumber(1, 1000)),
    )
    .action(withServer(signal, async () => (await import('./violations.ts')).violations));
  withExample(
    violations,
    'sekisho violations',
    'sekisho violations --by policy',
    'sekisho violations -w --decision deny --app web',
  );
}

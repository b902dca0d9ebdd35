import { type Command, Option } from 'commander';
import { reportCheckError } from '../check/errors.ts';
import { type CheckWorld, processWorld } from '../check/world.ts';
import { withExample } from '../command-options.ts';
import { wholeNumber } from '../duration.ts';
import type { ScoreFlags } from './score-command.ts';

const MAX_REPLICAS = 1_000_000;
const MAX_STATUS = 255;

/**
 * `sekisho score …`: what kube-score and kubesec say of manifests, with their flags.
 *
 * @param finish gets the exit status
 */
export function addScoreCommand(
  program: Command,
  signal: AbortSignal,
  world: CheckWorld = processWorld(),
  finish: (status: number) => void = (status) => {
    process.exitCode = status;
  },
): void {
  const command = program
    .command('score [file...]')
    .description('hold manifests against best practice, as kube-score and kubesec do (no server needed)')
    .addOption(
      new Option('-o, --output-format <format>', 'output format')
        .choices(['human', 'ci', 'json', 'sarif', 'junit'])
        .default('human'),
    )
    .addOption(new Option('--output-version <version>', 'accepted: JSON is version 2').choices(['v2']).hideHelp())
    .option('--exit-one-on-warning', 'exit status 1 also when there is nothing worse than a warning')
    .addOption(listOption('--ignore-test <id...>', 'checks that do not run'))
    .addOption(listOption('--enable-optional-test <id...>', 'optional checks that do run'))
    .option('--all-default-optional', 'run all optional checks')
    .option('--ignore-container-cpu-limit', 'containers need no CPU limit')
    .option('--ignore-container-memory-limit', 'containers need no memory limit')
    .option('--disable-ignore-checks-annotations', 'kube-score/ignore does not count')
    .option('--disable-optional-checks-annotations', 'kube-score/enable does not count')
    .option('--kubernetes-version <version>', 'of the cluster that is meant', 'v1.18')
    .addOption(replicasOption('--min-replicas-deployment <number>', 'replicas that a Deployment needs'))
    .addOption(replicasOption('--min-replicas-hpa <number>', 'minReplicas that an autoscaler needs'))
    .option('--skipped', 'show what was skipped, too (-v shows what is right)')
    .option('--list', 'show all checks and score nothing')
    .option('--kubesec', "kubesec's score of each object, as JSON")
    .addOption(
      new Option('--exit-code <status>', 'exit status when an object scores nothing or less for kubesec')
        .argParser(wholeNumber(0, MAX_STATUS))
        .default('2'),
    )
    .action(async (files: readonly string[]) => {
      try {
        const { score } = await import('./score-command.ts');
        finish(await score(files, command.optsWithGlobals<ScoreFlags>(), world, signal));
      } catch (error) {
        finish(reportCheckError(error, 'scoring', world, signal));
      }
    });
  withExample(
    command,
    'sekisho score deployment.yaml',
    'sekisho render apps/web | sekisho score -',
    'sekisho score -o sarif manifests/',
    'sekisho score --kubesec pod.yaml',
  );
}

/** Ids apart or joined by commas. */
function listOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string, before: readonly string[] | undefined) => [
    ...(before ?? []),
    ...text.split(',').map((id) => id.trim()),
  ]);
}

function replicasOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(wholeNumber(0, MAX_REPLICAS)).default('2');
}

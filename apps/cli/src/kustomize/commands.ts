import { type Command, Option } from 'commander';
import { type CheckWorld, processWorld } from '../check/world.ts';
import { withExample } from '../command-options.ts';
import type { BuildFlags } from './build-command.ts';

/**
 * `sekisho kustomize …`: what Kustomize prints, with its flags.
 *
 * @param finish gets the exit status
 */
export function addKustomizeCommands(
  program: Command,
  signal: AbortSignal,
  world: CheckWorld = processWorld(),
  finish: (status: number) => void = (status) => {
    process.exitCode = status;
  },
): void {
  const kustomize = program.command('kustomize').description('kustomizations, as kustomize and kubectl build them');
  withExample(kustomize, 'sekisho kustomize build overlays/production');

  const build = kustomize
    .command('build [dir]')
    .description('the manifests of a kustomization, byte for byte as kustomize build prints them (no server needed)')
    .option('-o, --output <path>', 'write to this file or, object by object, into this folder')
    .addOption(
      new Option(
        '--load-restrictor <rule>',
        'whether files outside of a kustomization may be read: LoadRestrictionsNone allows it',
      )
        .choices(['LoadRestrictionsRootOnly', 'LoadRestrictionsNone'])
        .default('LoadRestrictionsRootOnly'),
    )
    .addOption(
      new Option('--reorder <order>', 'order of kustomizations without sortOptions: by kind, or none')
        .choices(['legacy', 'none'])
        .default('legacy'),
    )
    .option('--enable-helm', 'render helmCharts, in this process and without Helm')
    .option('--helm-kube-version <version>', '.Capabilities.KubeVersion of the charts')
    .option('--helm-api-versions <version...>', 'more of .Capabilities.APIVersions of the charts')
    .addOption(new Option('--helm-command <path>', 'accepted: no Helm is run').hideHelp())
    .addOption(new Option('--helm-debug', 'accepted: no Helm is run').hideHelp())
    .addOption(refused('--enable-alpha-plugins'))
    .addOption(refused('--enable-exec'))
    .addOption(refused('--network'))
    .addOption(refused('--network-name <name>'))
    .addOption(refused('--mount <storage...>'))
    .addOption(refused('-e, --env <variable...>'))
    .addOption(refused('--as-current-user'))
    .action(async (directory: string | undefined, flags: BuildFlags) => {
      const { kustomizeBuild } = await import('./build-command.ts');
      finish(await kustomizeBuild(directory ?? '.', flags, world, signal));
    });
  withExample(
    build,
    'sekisho kustomize build overlays/production',
    'sekisho kustomize build . -o manifests.yaml',
    'sekisho kustomize build . --enable-helm',
  );
}

/** Known, so that its message says why it does nothing. */
function refused(flags: string): Option {
  return new Option(flags, 'refused: functions are not run').hideHelp();
}

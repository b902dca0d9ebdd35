import { Command, Option } from 'commander';
import { addAccountCommands } from './account-commands.ts';
import { addApplicationCommands } from './application-commands.ts';
import { addApplicationSetCommands } from './appset/commands.ts';
import { addAuditCommands } from './audit-commands.ts';
import { addCheckCommands } from './check/commands.ts';
import { outputOption, withExample, withServer } from './command-options.ts';
import type { RenderCommandFlags } from './commands/render.ts';
import type { UpFlags } from './commands/up.ts';
import { durationText, wholeNumber } from './duration.ts';
import type { ExitCode } from './exit-code.ts';
import { addGatorCommands } from './gator/commands.ts';
import { addHelmCommands } from './helm/commands.ts';
import { addKustomizeCommands } from './kustomize/commands.ts';
import { networkAddress } from './network-address.ts';
import { addNotificationCommands } from './notification-commands.ts';
import { addPolicyCommands } from './policy/commands.ts';
import { addProjectCommands } from './project-commands.ts';
import { addRegoCommands } from './rego/commands.ts';
import { addRenderFlags } from './render/render-flags.ts';
import { addRepositoryCommands } from './repository-commands.ts';
import { addScoreCommand } from './score/commands.ts';
import { addViolationsCommand } from './violations/commands.ts';
import { addWebhookCommand } from './webhook/commands.ts';

/** The whole command line. Commands load when they run, so that the rest costs nothing. */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command('sekisho')
    .description('Keeps Kubernetes clusters equal to git, and lets nothing past unchecked.')
    .usage('NOUN VERB [NAME] [flags]')
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
    .addOption(new Option('--server <url>', "address of Sekisho's API").env('SEKISHO_SERVER'))
    .addOption(new Option('--token <token>', 'token of the server').env('SEKISHO_TOKEN').hideHelp())
    .option('--context <name>', 'a context of the config file')
    .addOption(
      new Option('--timeout <duration>', 'how long it may take: 90s, 5m, 1h (1m when nothing is waited for)').argParser(
        durationText,
      ),
    )
    .option('-q, --quiet', 'the answer alone, no progress')
    .option('-v, --verbose', 'more about what goes on, and the causes of errors')
    .option('--no-color', 'no colours on a terminal (also by NO_COLOR)')
    .showHelpAfterError('Add --help to see what there is.')
    .exitOverride();
  withExample(program, 'sekisho app sync web');

  const up = program
    .command('up')
    .description('start everything in this process: Kubernetes API, git, store, controllers')
    .addOption(new Option('--data <folder>', 'folder that holds all data').default('.sekisho').env('SEKISHO_DATA'))
    .addOption(new Option('--host <address>', 'address to listen on').default('127.0.0.1'))
    .addOption(portOption('--port <port>', "port of Sekisho's API and git; 0 takes a free one", '7070'))
    .addOption(portOption('--kube-port <port>', 'port of the embedded Kubernetes API; 0 takes a free one', '7443'))
    .addOption(new Option('--store <url>', 'PostgreSQL instead of the embedded store').env('SEKISHO_STORE'))
    .option('--kubeconfig <file>', 'a kubeconfig whose contexts applications may name as destination')
    .option('--allow-local-git', 'repositories on other ports of this machine may be opened')
    .addOption(
      new Option(
        '--trusted-proxy <address>',
        'a proxy (or network, 10.0.0.0/8) whose word on who calls counts; may be repeated',
      ).argParser(networkAddress),
    )
    .addOption(
      new Option('--wave-delay <ms>', 'pause between sync waves').default('2000').argParser(wholeNumber(0, 3_600_000)),
    )
    .option('--no-demo', 'no example config repository on the first run')
    .action(async (_flags: UpFlags, command: Command) =>
      finish((await import('./commands/up.ts')).up(command.optsWithGlobals<UpFlags>(), signal)),
    );
  withExample(up, 'sekisho up --data /var/lib/sekisho --port 0');

  const status = program
    .command('status')
    .description('is everything all right? (exit 1 when not)')
    .addOption(outputOption())
    .action(withServer(signal, async () => (await import('./commands/status.ts')).status));
  withExample(status, 'sekisho status');

  addApplicationCommands(program, signal);
  const events = program
    .command('events')
    .description('what happened lately; with --watch what happens, until Ctrl-C')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['table', 'json']).default('table'))
    .option('-w, --watch', 'go on and show what happens')
    .option('--type <type...>', 'only application, application-deleted, drift, audit, notification …')
    .option('--app <name...>', 'only of these applications: NAME or NAMESPACE/NAME')
    .action(withServer(signal, async () => (await import('./commands/events.ts')).events));
  withExample(events, 'sekisho events -w', 'sekisho events -w -o json --app web');
  addApplicationSetCommands(program, signal);
  addProjectCommands(program, signal);
  addRepositoryCommands(program, signal);
  addAccountCommands(program, signal);
  addAuditCommands(program, signal);
  addNotificationCommands(program, signal);
  addPolicyCommands(program, signal);
  addViolationsCommand(program, signal);

  addCheckCommands(program, signal);
  addScoreCommand(program, signal);
  addRegoCommands(program, signal);
  addGatorCommands(program, signal);
  addWebhookCommand(program, signal);
  addKustomizeCommands(program, signal);
  addHelmCommands(program, signal);
  const render = addRenderFlags(
    program
      .command('render <path-or-app>')
      .description('the manifests of a folder (no server needed) or of an Application, as a sync would apply them')
      .addOption(new Option('-o, --output <format>', 'output format').choices(['yaml', 'json', 'name']).default('yaml'))
      .option('-n, --namespace <namespace>', 'of a release (default: default), or of the Application (default: argocd)')
      .option('--revision <revision>', 'as it is at a commit, branch or tag')
      .option('--diff <revision>', 'only what changed since a commit, branch or tag (exit 1 when something)'),
  ).action(async (target: string, flags: RenderCommandFlags, command: Command) => {
    const { isPath, noPath, renderApplication, renderPath } = await import('./commands/render.ts');
    if (await isPath(target, flags)) return finish(renderPath(target, flags, signal));
    return noPath(target, () => withServer(signal, async () => renderApplication)(target, flags, command));
  });
  withExample(render, 'sekisho render apps/web', 'sekisho render apps/web --diff main', 'sekisho render web');

  const diff = addRenderFlags(
    program
      .command('diff <path>')
      .description('what applying a folder would change in the cluster (exit 1 when something)')
      .addOption(outputOption())
      .addOption(new Option('-n, --namespace <namespace>', 'for objects that name none').default('default')),
  ).action(withServer(signal, async () => (await import('./commands/diff.ts')).diffPath));
  withExample(diff, 'sekisho diff apps/web -n web');

  const completion = program
    .command('completion <shell>')
    .description('a completion script for bash, zsh or fish')
    .action(async (shell: string) => finish((await import('./commands/completion.ts')).completion(shell, program)));
  withExample(completion, 'source <(sekisho completion bash)');

  const version = program
    .command('version')
    .description('the version of this program')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['table', 'json', 'yaml']).default('table'))
    .action(async (flags) => finish((await import('./commands/version.ts')).showVersion(flags)));
  withExample(version, 'sekisho version');
  return program;
}

/** `sekisho help app sync` is `sekisho app sync --help`. */
export function expandHelp(args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  return first === 'help' && rest.every((word) => !word.startsWith('-')) ? [...rest, '--help'] : args;
}

function portOption(flags: string, description: string, value: string): Option {
  return new Option(flags, description).default(value).argParser(wholeNumber(0, 65_535));
}

async function finish(work: Promise<ExitCode>): Promise<void> {
  process.exitCode = await work;
}

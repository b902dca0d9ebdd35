import { SekishoError } from '@sekisho/base';
import { Command, Option } from 'commander';
import type { UpFlags } from './commands/up.ts';
import { type Connection, type ConnectionFlags, connect } from './connection.ts';
import type { ExitCode } from './exit-code.ts';
import { version } from './version.ts';

/** What a command gets: its server, the wish to stop, and the time it may take. */
export interface CommandContext {
  readonly connection: Connection;
  readonly signal: AbortSignal;
}

/** The whole command line. Commands load when they run, so that the rest costs nothing. */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command('sekisho')
    .description('Keeps Kubernetes clusters equal to git, and lets nothing past unchecked.')
    .usage('NOUN VERB [NAME] [flags]')
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
    .addHelpText('beforeAll', 'Example: sekisho app sync web --wait\n')
    .addOption(new Option('--server <url>', "address of Sekisho's API").env('SEKISHO_SERVER'))
    .addOption(new Option('--token <token>', 'token of the server').env('SEKISHO_TOKEN').hideHelp())
    .option('--context <name>', 'a context of the config file')
    .option('-v, --verbose', 'more about what goes on, and the causes of errors')
    .enablePositionalOptions()
    .exitOverride();

  program
    .command('up')
    .description('start everything in this process: Kubernetes API, git, store, controllers')
    .addOption(new Option('--data <folder>', 'folder that holds all data').default('.sekisho').env('SEKISHO_DATA'))
    .addOption(new Option('--host <address>', 'address to listen on').default('127.0.0.1'))
    .addOption(new Option('--port <port>', "port of Sekisho's API and git; 0 takes a free one").default('7070'))
    .addOption(
      new Option('--kube-port <port>', 'port of the embedded Kubernetes API; 0 takes a free one').default('7443'),
    )
    .addOption(new Option('--store <url>', 'PostgreSQL instead of the embedded store').env('SEKISHO_STORE'))
    .option('--kubeconfig <file>', 'a kubeconfig whose contexts applications may name as destination')
    .option('--allow-local-git', 'repositories on other ports of this machine may be opened')
    .addOption(new Option('--wave-delay <ms>', 'pause between sync waves').default('2000'))
    .option('--no-demo', 'no example config repository on the first run')
    .option('-v, --verbose', 'log what goes on')
    .action(async (flags: UpFlags) => finish((await import('./commands/up.ts')).up(flags, signal)));

  const withServer = <Flags>(
    load: () => Promise<
      (context: CommandContext, flags: Flags & { timeout?: string }, ...args: string[]) => Promise<ExitCode>
    >,
  ) => {
    return async (...received: unknown[]) => {
      const command = received.at(-1) as Command;
      const args = received.slice(0, -2) as string[];
      const flags = command.optsWithGlobals<Flags & ConnectionFlags & { timeout?: string }>();
      const run = await load();
      const connection = connect(flags);
      const limit =
        flags.timeout === undefined
          ? signal
          : AbortSignal.any([signal, AbortSignal.timeout(parseDuration(flags.timeout))]);
      try {
        await finish(run({ connection, signal: limit }, flags, ...args));
      } finally {
        await connection.close();
      }
    };
  };

  program
    .command('status')
    .description('is everything all right? (exit 1 when not)')
    .addOption(outputOption())
    .action(withServer(async () => (await import('./commands/status.ts')).status));

  const app = program.command('app').description('applications: list, get, tree, diff, sync, wait, history, delete');
  app
    .command('list')
    .description('all applications with their sync and health status')
    .addOption(outputOption())
    .option('-n, --namespace <namespace>', 'of one namespace only')
    .option('-l, --selector <selector>', 'with these labels only')
    .option('-w, --watch', 'go on and show changes')
    .action(withServer(async () => (await import('./commands/app-list.ts')).appList));
  app
    .command('get <name>')
    .description('one application: what it should be, what it is, and why not')
    .addOption(outputOption())
    .addOption(namespaceOption())
    .action(withServer(async () => (await import('./commands/app-get.ts')).appGet));
  app
    .command('tree <name>')
    .description('its resources and what they own')
    .addOption(outputOption())
    .addOption(namespaceOption())
    .action(withServer(async () => (await import('./commands/app-tree.ts')).appTree));
  app
    .command('diff <name>')
    .description('what a sync would change (exit 1 when something)')
    .addOption(outputOption())
    .addOption(namespaceOption())
    .option('--revision <revision>', 'against this revision instead of the target')
    .action(withServer(async () => (await import('./commands/app-diff.ts')).appDiff));
  app
    .command('sync <name>')
    .description('apply what git says')
    .addOption(namespaceOption())
    .option('--revision <revision>', 'this revision instead of the target')
    .option('--prune', 'delete what is no longer in git')
    .option('--dry-run', 'ask the API, and change nothing')
    .option('--force', 'delete and create what the API refuses to change')
    .option('--resource <GROUP:KIND:NAME...>', 'only these resources (no hooks run)')
    .option('--no-wait', 'return at once')
    .option('--timeout <duration>', 'how long to wait', '5m')
    .action(withServer(async () => (await import('./commands/app-sync.ts')).appSync));
  app
    .command('wait <name>')
    .description('until it is Synced and Healthy')
    .addOption(namespaceOption())
    .option('--sync', 'only until Synced')
    .option('--health', 'only until Healthy')
    .option('--timeout <duration>', 'how long', '5m')
    .action(withServer(async () => (await import('./commands/app-wait.ts')).appWait));
  app
    .command('history <name>')
    .description('its releases, newest first')
    .addOption(outputOption())
    .addOption(namespaceOption())
    .option('--limit <n>', 'at most so many', '20')
    .action(withServer(async () => (await import('./commands/app-history.ts')).appHistory));
  app
    .command('delete <name>')
    .description('delete the application, and what it made unless --cascade=false')
    .addOption(namespaceOption())
    .option('--cascade [boolean]', 'delete its resources too', 'true')
    .option('--yes', 'do not ask')
    .option('--no-wait', 'return at once')
    .option('--timeout <duration>', 'how long to wait', '5m')
    .action(withServer(async () => (await import('./commands/app-delete.ts')).appDelete));

  const repo = program.command('repo').description('repositories: add, list');
  repo
    .command('add <url>')
    .description('a remote repository, or embedded:NAME for a new one here')
    .option('--username <name>', 'user of the repository')
    .option('--password-stdin', 'read the password or token from standard input')
    .option('--ssh-key <file>', 'private key for ssh')
    .option('--insecure', 'do not check the host key')
    .action(withServer(async () => (await import('./commands/repo.ts')).repoAdd));
  repo
    .command('list')
    .description('all known repositories')
    .addOption(outputOption())
    .action(withServer(async () => (await import('./commands/repo.ts')).repoList));

  program
    .command('render <path>')
    .description('the manifests of a folder, as a sync would apply them (no server needed)')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['yaml', 'json', 'name']).default('yaml'))
    .option('-r, --recurse', 'folders in it, too')
    .option('--include <glob>', 'only files like this')
    .option('--exclude <glob>', 'no files like this')
    .action(async (path: string, flags) =>
      finish((await import('./commands/render.ts')).renderPath(path, flags, signal)),
    );
  program
    .command('diff <path>')
    .description('what applying a folder would change in the cluster (exit 1 when something)')
    .addOption(outputOption())
    .option('-n, --namespace <namespace>', 'for objects that name none', 'default')
    .option('-r, --recurse', 'folders in it, too')
    .option('--include <glob>', 'only files like this')
    .option('--exclude <glob>', 'no files like this')
    .action(withServer(async () => (await import('./commands/diff.ts')).diffPath));

  program
    .command('completion <shell>')
    .description('a completion script for bash, zsh or fish')
    .action(async (shell: string) => finish((await import('./commands/completion.ts')).completion(shell, program)));
  program
    .command('version')
    .description('the version of this program')
    .action(() => {
      process.stdout.write(`sekisho ${version}\n`);
    });
  return program;
}

function outputOption(): Option {
  return new Option('-o, --output <format>', 'output format')
    .choices(['table', 'wide', 'json', 'yaml', 'name'])
    .default('table');
}

function namespaceOption(): Option {
  return new Option('-n, --namespace <namespace>', 'namespace of the Application').default('argocd');
}

async function finish(work: Promise<ExitCode>): Promise<void> {
  process.exitCode = await work;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `90`, `90s`, `5m`, `1h`: as milliseconds; a bare number is seconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  if (match === null)
    throw new SekishoError('USAGE', `"${text}" is not a duration.`, { hint: 'For example 90s, 5m, 1h.' });
  return Number(match[1]) * (UNITS[match[2] ?? 's'] ?? 1000);
}

import { Command } from 'commander';
import { withExample } from '../command-options.ts';
import { addRenderFlags } from '../render/render-flags.ts';
import { version } from '../version.ts';
import { reportCheckError } from './errors.ts';
import { SETTINGS, type SettingName, settingOption } from './flags.ts';
import type { GivenFlags } from './settings.ts';
import { type CheckWorld, processWorld } from './world.ts';

/** What a verb does. Gives the exit status. */
export type CheckVerb = (
  args: readonly string[],
  flags: GivenFlags,
  world: CheckWorld,
  signal: AbortSignal,
) => Promise<number>;

/** Flags of verbs that evaluate. */
const EVALUATING: readonly SettingName[] = [
  'policy',
  'namespace',
  'data',
  'output',
  'trace',
  'strict',
  'show-builtin-errors',
  'capabilities',
  'rego-version',
  'proto-file-dirs',
  'junit-hide-message',
  'github-hide-passed',
  'allow-net',
];

/**
 * `sekisho check …`: what Conftest does, with its verbs and flags.
 *
 * @param finish  gets the exit status
 */
export function addCheckCommands(
  program: Command,
  signal: AbortSignal,
  world: CheckWorld = processWorld(),
  finish: (status: number) => void = (status) => {
    process.exitCode = status;
  },
): void {
  const check = new CheckCommand('check')
    .description(
      'test configuration files against Rego policies, as conftest does: test, verify, parse, fmt, doc, pull, push; or an application against policies of all kinds: --app',
    )
    .option(
      '--app <path-or-name>',
      'what a folder or an Application is rendered to, as all gates see it; see check app',
    )
    .option('-c, --config-file <file>', 'settings (default: conftest.toml of this folder)')
    .version(version, '--version', 'the version of this program')
    .copyInheritedSettings(program);
  program.addCommand(check);
  withExample(
    check,
    'sekisho check deployment.yaml',
    'sekisho check test -p policy -o github manifests/',
    'sekisho check --app apps/web',
  );

  const verb = (usage: string, description: string, settings: readonly SettingName[], options: VerbOptions) => {
    const command = check.command(usage, { isDefault: usage.startsWith('test') }).description(description);
    for (const name of settings) command.addOption(settingOption(name));
    command.action(async (...received: unknown[]) => {
      const args = received
        .slice(0, -2)
        .flat()
        .filter((arg) => typeof arg === 'string');
      const flags = command.optsWithGlobals<GivenFlags>();
      try {
        const run = await options.load();
        finish(await run(args, flags, world, signal));
      } catch (error) {
        finish(reportCheckError(error, options.doing, world, signal));
      }
    });
    withExample(command, ...options.examples);
    return command;
  };

  verb(
    'test <file...>',
    'test files and folders against policies (the verb may be left out)',
    [
      ...EVALUATING,
      'all-namespaces',
      'combine',
      'parser',
      'ignore',
      'fail-on-warn',
      'no-fail',
      'suppress-exceptions',
      'update',
      'stdin-filename',
      'tls',
    ],
    {
      doing: 'running test',
      load: async () => (await import('../commands/check.ts')).checkTest,
      examples: ['sekisho check test deployment.yaml', 'kubectl get deploy -o yaml | sekisho check test -'],
    },
  );
  addRenderFlags(
    verb(
      'app <path-or-name>',
      'ask all gates about what a folder (no server needed) or an Application is rendered to; also: check --app',
      [
        'policy',
        'namespace',
        'data',
        'output',
        'fail-on-warn',
        'no-fail',
        'suppress-exceptions',
        'junit-hide-message',
        'github-hide-passed',
      ],
      {
        doing: 'checking the application',
        load: async () => (await import('../commands/check-app.ts')).checkApp,
        examples: ['sekisho check app apps/web -p policy', 'sekisho check --app web --explain -o sarif'],
      },
    )
      .option('--explain', 'which rule, with which parameters, and what it found in the object')
      .option(
        '--app-namespace <namespace>',
        'for objects that name none (default: default), or of the Application (default: argocd)',
      )
      .option('--revision <revision>', 'as it is at a commit, branch or tag'),
  );
  verb(
    'verify [path...]',
    "run the policies' own tests: test_ rules of _test.rego files",
    [...EVALUATING, 'report', 'var-values'],
    {
      doing: 'running verification',
      load: async () => (await import('../commands/check.ts')).checkVerify,
      examples: ['sekisho check verify -p policy', 'sekisho check verify --report fails'],
    },
  );
  verb('parse <file...>', 'print what policies will see of files', ['combine', 'parser', 'proto-file-dirs'], {
    doing: 'parsing',
    load: async () => (await import('../commands/check.ts')).checkParse,
    examples: ['sekisho check parse main.tf'],
  });
  verb('fmt <path...>', 'bring policies into the usual format, in place', ['rego-version'], {
    doing: 'formatting',
    load: async () => (await import('../commands/check.ts')).checkFmt,
    examples: ['sekisho check fmt policy', 'sekisho check fmt --check policy'],
  }).option('--check', 'change nothing; exit status 1 when a file is not formatted');
  verb('doc <path...>', 'write a Markdown page out of the METADATA annotations of policies', ['rego-version'], {
    doing: 'generating documentation',
    load: async () => (await import('../commands/check.ts')).checkDoc,
    examples: ['sekisho check doc -o docs policy'],
  })
    .option('-o, --outDir <folder>', 'where the page goes', '.')
    .option('-t, --template <file>', 'a Go template for the page');
  verb('pull <url>', 'fetch policies: oci://, git::, http(s) files and archives, folders of this machine', ['tls'], {
    doing: 'pulling',
    load: async () => (await import('../commands/check.ts')).checkPull,
    examples: [
      'sekisho check pull oci://registry.example/policies:v1',
      'sekisho check pull git::https://git.example/policies.git//kubernetes?ref=v1',
    ],
  })
    .option('-p, --policy <folder>', 'where they go', 'policy')
    .option('--absolute-paths', 'the folder of --policy may be outside of this one');
  verb('push <repository> [folder]', 'put policies into an OCI registry', ['tls', 'rego-version'], {
    doing: 'pushing',
    load: async () => (await import('../commands/check.ts')).checkPush,
    examples: ['sekisho check push registry.example/policies:v1'],
  })
    .option('-p, --policy <folder>', 'the policies', 'policy')
    .option('-d, --data <folder>', 'data that goes with them (default: that of --policy)');
}

interface VerbOptions {
  readonly doing: string;
  readonly load: () => Promise<CheckVerb>;
  readonly examples: readonly string[];
}

/** Reads `--trace=true` and `--tls=false`, as programs in Go do. */
class CheckCommand extends Command {
  override createCommand(name?: string): Command {
    return new CheckCommand(name);
  }

  override parseOptions(argv: string[]) {
    const args = this.name() === 'check' ? namingVerb(argv) : argv;
    return super.parseOptions(args.flatMap(withoutBoolean));
  }
}

/** `check --app web -o json` → `check app web -o json` */
function namingVerb(argv: string[]): string[] {
  const at = argv.findIndex((arg) => arg === '--app' || arg.startsWith('--app='));
  const target = argv[at]?.startsWith('--app=') ? argv[at].slice('--app='.length) : argv[at + 1];
  if (at < 0 || target === undefined) return argv;
  const rest = argv.toSpliced(at, argv[at] === '--app' ? 2 : 1);
  return ['app', target, ...rest];
}

function withoutBoolean(arg: string): string[] {
  const [, name = '', value] = /^--?([a-z][a-z-]*)=(true|false)$/.exec(arg) ?? [];
  const full = name === 's' ? 'tls' : name;
  const setting = Object.hasOwn(SETTINGS, full) ? SETTINGS[full as SettingName] : undefined;
  if (setting === undefined || setting.type !== 'boolean') return [arg];
  const isOn = 'isOn' in setting;
  if (value === 'true') return isOn ? [] : [`--${full}`];
  return isOn ? [`--no-${full}`] : [];
}

import { type Command, Option } from 'commander';
import { type CheckWorld, processWorld } from '../check/world.ts';
import { withExample } from '../command-options.ts';
import type { HelmVerb } from '../commands/helm.ts';

type Verbs = typeof import('../commands/helm.ts');

/**
 * `sekisho helm …`: what Helm 4 does with charts, with its flags.
 *
 * @param finish gets the exit status
 */
export function addHelmCommands(
  program: Command,
  signal: AbortSignal,
  world: CheckWorld = processWorld(),
  finish: (status: number) => void = (status) => {
    process.exitCode = status;
  },
): void {
  const helm = program.command('helm').description('charts, as Helm renders them, without Helm');
  withExample(helm, 'sekisho helm template web ./chart -f values.yaml');

  const verb = (
    parent: Command,
    usage: string,
    description: string,
    pick: (verbs: Verbs) => HelmVerb,
    ...examples: string[]
  ): Command => {
    const command = parent.command(usage).description(description);
    command.action(async (...received: unknown[]) => {
      const args = received
        .slice(0, -2)
        .flat()
        .filter((arg) => typeof arg === 'string');
      const flags = command.optsWithGlobals();
      try {
        finish(await pick(await import('../commands/helm.ts'))(args, flags, world, signal));
      } catch (error) {
        const { reportHelmError } = await import('./fault-report.ts');
        finish(reportHelmError(error, world, signal, flags['verbose'] === true || flags['debug'] === true));
      }
    });
    return withExample(command, ...examples);
  };

  const template = verb(
    helm,
    'template [name-and-chart...]',
    'the manifests of a chart, byte for byte as helm template prints them: [NAME] CHART (no server needed)',
    (verbs) => verbs.helmTemplate,
    'sekisho helm template web ./chart -f values.yaml --set replicas=3',
    'sekisho helm template web oci://registry.example/charts/web --version ^1.2',
    'sekisho helm template web nginx --repo https://charts.example/stable',
  ).usage('[NAME] CHART [flags]');
  addAll(template, [...valuesOptions(), ...renderOptions(), ...outputOptions(), ...chartOptions()]);
  addAll(template, [...refusedOptions(), ...ignoredOptions()]);
  takeValuesAfterEqualsOnly(template, { '--dry-run': 'unset', '--wait': 'watcher' });

  const dependency = helm.command('dependency').alias('dep').description('dependencies of a chart');
  verb(
    dependency,
    'list [chart]',
    'which dependencies a chart names, and whether charts/ holds them',
    (verbs) => verbs.helmDependencyList,
    'sekisho helm dependency list ./chart',
  );
  addAll(
    verb(
      dependency,
      'build [chart]',
      'fetch into charts/ what Chart.lock names (without it: what Chart.yaml names) and charts/ lacks',
      (verbs) => verbs.helmDependencyBuild,
      'sekisho helm dependency build ./chart',
    ),
    connectionOptions(),
  );
}

function valuesOptions(): Option[] {
  return [
    listed('-f, --values <file>', 'values: YAML files, - is standard input; later ones win'),
    repeated('--set <name=value>', 'set values: a.b=1,list[0]=x,c={1,2}'),
    repeated('--set-string <name=value>', 'set values that stay text'),
    repeated('--set-file <name=path>', 'set values to the content of files'),
    repeated('--set-json <json>', 'set values: name=JSON or an object of them'),
    repeated('--set-literal <name=text>', 'set one value to all the text behind ='),
  ];
}

function renderOptions(): Option[] {
  return [
    new Option('-n, --namespace <namespace>', '.Release.Namespace').default('default'),
    new Option('--include-crds', 'the objects of crds/, too'),
    new Option('--no-hooks', 'no hooks'),
    new Option('--skip-tests', 'no hooks of tests'),
    repeated('-s, --show-only <template>', 'only what these templates gave: templates/web.yaml, * allowed'),
    new Option('--kube-version <version>', '.Capabilities.KubeVersion'),
    listed('-a, --api-versions <version>', 'more of .Capabilities.APIVersions'),
    new Option('--is-upgrade', '.Release.IsUpgrade in the place of IsInstall'),
    new Option('--skip-schema-validation', 'values need not fit values.schema.json'),
    new Option('-g, --generate-name', 'the release has no NAME of its own'),
    new Option('--name-template <template>', 'a Go template that gives the name of the release'),
  ];
}

function outputOptions(): Option[] {
  return [
    new Option('--output-dir <folder>', 'write a file for each template instead of printing'),
    new Option('--release-name', 'the name of the release in the paths of --output-dir'),
    new Option('--debug', 'the causes of errors, too'),
    new Option('--dry-run <mode>', 'client, which it always is').choices(['client', 'none', 'unset', 'true', 'false']),
  ];
}

function chartOptions(): Option[] {
  return [
    new Option('--repo <url>', 'the chart repository that CHART is a name in'),
    new Option('--version <range>', 'which version of a chart that is fetched (default: the newest)'),
    new Option('--devel', 'pre-releases, too: the same as --version ">0.0.0-0"'),
    new Option('--dependency-update', 'fetch dependencies that charts/ lacks; nothing is written'),
    new Option('--verify', 'refuse a chart without a good .prov file'),
    new Option('--keyring <file>', 'public keys for --verify').default('~/.gnupg/pubring.gpg'),
    ...connectionOptions(),
  ];
}

function connectionOptions(): Option[] {
  return [
    new Option('--username <name>', 'of the chart repository'),
    new Option('--password <password>', 'of the chart repository; safer is the variable SEKISHO_CHART_PASSWORD'),
    new Option('--pass-credentials', 'credentials to other hosts that an index names, too'),
    new Option('--ca-file <file>', 'certificate authorities of the repository, PEM'),
    new Option('--cert-file <file>', 'our certificate for the repository, PEM'),
    new Option('--key-file <file>', 'key of --cert-file, PEM'),
    new Option('--insecure-skip-tls-verify', 'certificates are not checked'),
    new Option('--plain-http', 'registries without TLS'),
  ];
}

/** Known, so that the message says what to do instead. */
function refusedOptions(): Option[] {
  return [
    '--validate',
    '--post-renderer <name>',
    '--post-renderer-args <arg>',
    '--enable-dns',
    '--kubeconfig <file>',
    '--kube-context <name>',
  ].map((flags) => new Option(flags, 'refused').hideHelp());
}

/** They change nothing in what is printed. */
function ignoredOptions(): Option[] {
  return [
    '--create-namespace',
    '--description <text>',
    '--disable-openapi-validation',
    '--force-conflicts',
    '--force-replace',
    '--hide-notes',
    '-l, --labels <labels>',
    '--render-subchart-notes',
    '--replace',
    '--rollback-on-failure',
    '--server-side',
    '--skip-crds',
    '--take-ownership',
    '--wait <strategy>',
    '--wait-for-jobs',
  ].map((flags) => new Option(flags, 'accepted: nothing is installed').hideHelp());
}

/** Their bare form stands for a value; what follows is no value of theirs, as in Helm. */
function takeValuesAfterEqualsOnly(command: Command, defaults: Readonly<Record<string, string>>): void {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (args) =>
    parse(args.map((arg) => (Object.hasOwn(defaults, arg) ? `${arg}=${defaults[arg]}` : arg)));
}

function addAll(command: Command, options: readonly Option[]): void {
  for (const option of options) command.addOption(option);
}

function repeated(flags: string, description: string): Option {
  return new Option(flags, `${description}; may be repeated`).argParser(
    (value: string, before: readonly string[] = []) => [...before, value],
  );
}

/** May be repeated, and several may stand between commas. */
function listed(flags: string, description: string): Option {
  return new Option(flags, `${description}; may be repeated`).argParser(
    (value: string, before: readonly string[] = []) => [...before, ...value.split(',')],
  );
}

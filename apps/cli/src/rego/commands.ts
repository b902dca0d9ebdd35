import { type Command, Option } from 'commander';
import { type CheckWorld, processWorld } from '../check/world.ts';
import { withExample } from '../command-options.ts';
import type { RegoVerb } from '../commands/rego.ts';
import { durationText, wholeNumber } from '../duration.ts';

type Verbs = typeof import('../commands/rego.ts');

/**
 * `sekisho rego …`: what OPA's tools do, with their verbs and flags.
 *
 * @param finish  gets the exit status
 */
export function addRegoCommands(
  program: Command,
  signal: AbortSignal,
  world: CheckWorld = processWorld(),
  finish: (status: number) => void = (status) => {
    process.exitCode = status;
  },
): void {
  const rego = program
    .command('rego')
    .description(
      'write, test and measure Rego policies, as opa does: eval, check, test, fmt, bench, deps, parse, inspect, build, sign',
    );
  withExample(rego, "sekisho rego eval -d policy -i input.json 'data.main.deny'", 'sekisho rego test policy');

  const verb = (
    usage: string,
    description: string,
    pick: (verbs: Verbs) => RegoVerb,
    ...examples: string[]
  ): Command => {
    const command = rego.command(usage).description(description);
    command.action(async (...received: unknown[]) => {
      const args = received
        .slice(0, -2)
        .flat()
        .filter((arg) => typeof arg === 'string');
      const flags = command.optsWithGlobals();
      try {
        finish(await pick(await import('../commands/rego.ts'))(args, flags, world, signal));
      } catch (error) {
        const { reportRegoError } = await import('./fault-report.ts');
        finish(reportRegoError(error, world, signal, flags['format'] === 'json'));
      }
    });
    return withExample(command, ...examples);
  };

  const evaluate = verb(
    'eval [query]',
    'ask policies and data a query',
    (verbs) => verbs.regoEval,
    "sekisho rego eval -d policy -i input.json 'data.main.deny'",
    "sekisho rego eval -f pretty 'x := [1, 2][_]; x > 1'",
  );
  const formats = ['json', 'pretty', 'values', 'bindings', 'source', 'raw', 'discard'];
  addAll(evaluate, [
    ...sourceOptions(),
    ...queryOptions(),
    new Option('-f, --format <format>', 'output format').choices(formats).default('json'),
    new Option('--fail', 'exit status 1 when the query is undefined'),
    new Option('--fail-defined', 'exit status 1 when the query is defined'),
    ...partialOptions(),
    repeated('--disable-inlining <path>', 'partial evaluation: leave these rules as references'),
    new Option('--explain <detail>', 'how the answer came about')
      .choices(['off', 'full', 'notes', 'fails', 'debug'])
      .default('off'),
    new Option('--var-values', 'explanations with the values of variables'),
    new Option('--profile', 'which lines of the policies cost most'),
    new Option('--profile-limit <number>', 'lines that are listed; 0: all').default('10').argParser(count(0)),
    repeated('--profile-sort <key>', 'total_time_ns, num_eval, num_redo, file or line'),
    new Option('--coverage', 'which lines of the policies were evaluated'),
    new Option('--metrics', 'how long loading, compiling and evaluating took'),
    new Option('--instrument', 'the same as --metrics').hideHelp(),
    new Option('--count <number>', 'how many times to evaluate').default('1').argParser(count(1)),
    new Option('--pretty-limit <number>', 'longest text in a cell of --format pretty; 0: no limit')
      .default('80')
      .argParser(count(0)),
    ...compileOptions(),
    new Option('--strict-builtin-errors', 'an error of a built-in function ends the evaluation'),
    ...outsideOptions(),
  ]);

  addAll(
    verb(
      'check <path...>',
      'find all faults of policies, with line and column (exit 1 when there are any)',
      (verbs) => verbs.regoCheck,
      'sekisho rego check --strict policy',
    ),
    [
      ...compileOptions(),
      repeated('--ignore <pattern>', 'files and folders to pass over'),
      new Option('-b, --bundle', 'the paths are bundles'),
      new Option('-m, --max-errors <number>', 'faults that are listed; 0: all').default('10').argParser(count(0)),
      new Option('-f, --format <format>', 'output format').choices(['pretty', 'json']).default('pretty'),
    ],
  );

  addAll(
    verb(
      'test <path...>',
      'run the tests of policies: rules called test_… (exit 1 when one fails)',
      (verbs) => verbs.regoTest,
      'sekisho rego test policy',
      "sekisho rego test -r 'test_deny' --coverage --threshold 90 policy",
    ),
    [
      ...compileOptions(),
      repeated('--ignore <pattern>', 'files and folders to pass over'),
      new Option('-b, --bundle', 'the paths are bundles'),
      new Option('-r, --run <regex>', 'only tests whose full name matches: data.main.test_deny'),
      new Option('-f, --format <format>', 'output format')
        .choices(['pretty', 'json', 'junit', 'gobench'])
        .default('pretty'),
      new Option('-c, --coverage', 'which lines were evaluated'),
      new Option('--threshold <percent>', 'exit status 1 when fewer lines were evaluated').argParser(count(0)),
      new Option('--count <number>', 'how many times to run each test').default('1').argParser(count(1)),
      new Option('--explain <detail>', 'how failed tests were evaluated (with -v)')
        .choices(['fails', 'full', 'notes', 'debug'])
        .default('fails'),
      new Option('--var-values', 'explanations with the values of variables'),
      new Option('--bench', 'measure tests that pass'),
      benchtimeOption(),
      new Option('--sort <key>', 'order of --format json').choices(['none', 'duration']).default('none'),
      new Option('-z, --exit-zero-on-skipped', 'exit status 0 also when tests were skipped').hideHelp(),
      new Option('--fail-on-empty', 'exit status 1 when there is no test'),
      new Option('-m, --max-errors <number>', 'faults that are listed; 0: all').default('10').argParser(count(0)),
      ...outsideOptions(),
    ],
  );

  addAll(
    verb(
      'fmt [path...]',
      'bring policies into the usual format (standard input when no path is named)',
      (verbs) => verbs.regoFmt,
      'sekisho rego fmt -w policy',
      'sekisho rego fmt --fail -l policy',
    ),
    [
      new Option('-w, --write', 'change the files'),
      new Option('-l, --list', 'only name the files that are not formatted'),
      new Option('-d, --diff', 'only show what would change'),
      new Option('--fail', 'exit status 1 when a file is not formatted'),
      new Option('--v0-v1', 'read v0, write what is both v0 and v1 (import rego.v1)'),
      new Option('--rego-v1', 'the same as --v0-v1').hideHelp(),
      new Option('--v0-compatible', 'the policies are Rego v0'),
    ],
  );

  addAll(
    verb(
      'bench [query]',
      'measure how long a query takes',
      (verbs) => verbs.regoBench,
      "sekisho rego bench -d policy -i input.json 'data.main.deny'",
    ),
    [
      ...sourceOptions(),
      ...queryOptions(),
      ...partialOptions(),
      new Option('-f, --format <format>', 'output format').choices(['pretty', 'json', 'gobench']).default('pretty'),
      new Option('--count <number>', 'how many measurements').default('1').argParser(count(1)),
      benchtimeOption(),
      new Option('--no-fail', 'measure undefined queries, too'),
      ...compileOptions(),
      ...outsideOptions(),
    ],
  );

  addAll(
    verb(
      'deps <query>',
      'what of input and data a query needs, and which rules',
      (verbs) => verbs.regoDeps,
      "sekisho rego deps -d policy 'data.main.deny'",
    ),
    [
      ...sourceOptions(),
      new Option('--v0-compatible', 'the policies are Rego v0'),
      new Option('-f, --format <format>', 'output format').choices(['pretty', 'json']).default('pretty'),
    ],
  );

  addAll(
    verb(
      'parse <path>',
      'the syntax tree of a policy',
      (verbs) => verbs.regoParse,
      'sekisho rego parse -f json policy/main.rego',
    ),
    [
      new Option('-f, --format <format>', 'output format').choices(['pretty', 'json']).default('pretty'),
      new Option('--json-include <parts>', 'locations, comments; -comments leaves them out').default('comments'),
      new Option('--v0-compatible', 'the policy is Rego v0'),
    ],
  );

  addAll(
    verb(
      'inspect <path...>',
      'what is in a bundle or a folder: packages, data, annotations',
      (verbs) => verbs.regoInspect,
      'sekisho rego inspect -a bundle.tar.gz',
    ),
    [
      new Option('-a, --annotations', 'list the METADATA annotations'),
      new Option('-f, --format <format>', 'output format').choices(['pretty', 'json']).default('pretty'),
      new Option('--v0-compatible', 'the policies are Rego v0'),
    ],
  );

  addAll(
    verb(
      'build <path...>',
      'put policies and data into a bundle',
      (verbs) => verbs.regoBuild,
      'sekisho rego build -b policy --revision v1 -o bundle.tar.gz',
    ),
    [
      new Option('-b, --bundle', 'the paths are bundles: folders with .manifest and data.json, or .tar.gz files'),
      new Option('-o, --output <file>', 'where it goes').default('bundle.tar.gz'),
      new Option('-r, --revision <text>', 'the revision that its manifest names'),
      repeated('-e, --entrypoint <path>', 'a rule that will be asked for: main/allow'),
      repeated('--ignore <pattern>', 'files and folders to pass over'),
      new Option('--capabilities <file>', 'a JSON file that names the built-in functions that policies may call'),
      new Option('--v0-compatible', 'the policies are Rego v0'),
      ...signingOptions(),
      new Option('--verification-key <file>', 'the paths must be signed with this key'),
      new Option('--verification-key-id <name>', 'the name of that key').default('default'),
      new Option('--scope <text>', 'the scope that signatures must have'),
      repeated('--exclude-files-verify <pattern>', 'files that need no signature'),
      new Option('-t, --target <target>', 'only rego').choices(['rego', 'wasm', 'plan']).default('rego').hideHelp(),
      new Option('-O, --optimize <level>', 'evaluate what is known: 1 keeps rules as rules, 2 writes them in place')
        .choices(['0', '1', '2'])
        .default('0'),
      new Option('--prune-unused', 'leave out what no entrypoint needs'),
    ],
  );

  addAll(
    verb(
      'sign <path>',
      'sign a bundle: writes .signatures.json',
      (verbs) => verbs.regoSign,
      'sekisho rego sign --signing-key key.pem -o policy policy',
    ),
    [
      new Option('-b, --bundle', 'as with opa; it is always one').hideHelp(),
      new Option('-o, --output-file-path <folder>', 'where .signatures.json goes').default('.'),
      ...signingOptions(),
    ],
  );
}

function addAll(command: Command, options: readonly Option[]): void {
  for (const option of options) command.addOption(option);
}

function repeated(flags: string, description: string): Option {
  return new Option(flags, `${description}; may be repeated`).argParser(
    (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
  );
}

function benchtimeOption(): Option {
  return new Option('--benchtime <duration>', 'how long each measurement takes').default('1s').argParser(durationText);
}

function count(min: number): (text: string) => string {
  return wholeNumber(min, 100_000_000);
}

function signingOptions(): Option[] {
  return [
    new Option('--signing-key <file>', 'a private key in PEM; for HS256 and such a secret, in a file or as it is').env(
      'SEKISHO_SIGNING_KEY',
    ),
    new Option('--signing-alg <name>', 'RS256, ES256, PS256, HS256 …').default('RS256'),
    new Option('--claims-file <file>', 'JSON with further claims for the signature'),
  ];
}

function sourceOptions(): Option[] {
  return [
    repeated('-d, --data <path>', 'policies and data: .rego, .json and .yaml files, or folders with some'),
    repeated('-b, --bundle <path>', 'a bundle: a .tar.gz file or a folder'),
    repeated('--ignore <pattern>', 'files and folders to pass over'),
  ];
}

function queryOptions(): Option[] {
  return [
    new Option('-i, --input <file>', 'the input, JSON or YAML'),
    new Option('-I, --stdin-input', 'the input comes from standard input'),
    new Option('--stdin', 'the query comes from standard input'),
    repeated('--import <path>', 'an import for the query'),
    new Option('--package <name>', 'the package that the query is asked in'),
  ];
}

function partialOptions(): Option[] {
  return [
    new Option('-p, --partial', 'evaluate what can be without the unknowns, and show what is left'),
    repeated('-u, --unknowns <path>', 'documents that are not known yet (default: input)'),
  ];
}

function compileOptions(): Option[] {
  return [
    new Option('-s, --schema <path>', 'JSON schemas for the type checker: a file about the input, or a folder'),
    new Option('--capabilities <file>', 'a JSON file that names the built-in functions that policies may call'),
    new Option('-S, --strict', "the compiler's strict mode: unused variables and the like"),
    new Option('--v0-compatible', 'the policies are Rego v0'),
  ];
}

function outsideOptions(): Option[] {
  return [
    repeated('--allow-net <host>', 'a host that http.send and net.lookup_ip_addr may reach (default: none)'),
    new Option('--allow-env', 'opa.runtime() tells the environment (default: it is empty)'),
  ];
}

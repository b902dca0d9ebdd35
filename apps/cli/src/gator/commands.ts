import { type Command, InvalidArgumentError, Option } from 'commander';
import { reportCheckError } from '../check/errors.ts';
import { processWorld } from '../check/world.ts';
import { withExample } from '../command-options.ts';
import { durationText, wholeNumber } from '../duration.ts';
import type { BenchFlags } from './bench-command.ts';
import type { ExpandFlags } from './expand-command.ts';
import { hasInput } from './has-input.ts';
import type { SyncTestFlags } from './sync-test-command.ts';
import type { TestFlags } from './test-command.ts';
import type { VerifyFlags } from './verify-command.ts';
import type { GatorWorld } from './world.ts';

/**
 * `sekisho gator …`: what Gatekeeper's gator does, with its verbs and flags.
 *
 * @param finish  gets the exit status
 */
export function addGatorCommands(
  program: Command,
  signal: AbortSignal,
  world: GatorWorld = { ...processWorld(), hasStdin: hasInput },
  finish: (status: number) => void = (status) => {
    process.exitCode = status;
  },
): void {
  const gator = program
    .command('gator')
    .description("Gatekeeper's templates and constraints without a cluster: test, verify, expand, bench, sync");
  withExample(gator, 'sekisho gator test -f policies/ -f deployment.yaml');

  const run = (what: string, work: () => Promise<number>): Promise<void> =>
    work().then(finish, (error: unknown) => finish(reportCheckError(error, what, world, signal)));

  const test = gator
    .command('test')
    .description('objects against the templates and constraints beside them; what is piped in counts, too')
    .addOption(fileOption('-f, --filename <path>'))
    .addOption(allowEquals(new Option('-o, --output <format>', 'output format').choices(['default', 'yaml', 'json'])))
    .option('--deny-only', 'only what is denied')
    .option('-t, --trace', 'how templates in Rego came to each violation')
    .option('--stats', 'how long templates took, with -o json and yaml')
    .addOption(imageOption())
    .addOption(tlsOption())
    .action((_flags: TestFlags, command: Command) =>
      run('gator test', async () =>
        (await import('./test-command.ts')).test(command.optsWithGlobals<TestFlags>(), world, signal),
      ),
    );
  withExample(
    test,
    'sekisho gator test -f policies/ -f deployment.yaml',
    'sekisho render apps/web | sekisho gator test -f policies/',
  );

  const verify = gator
    .command('verify <path...>')
    .description('suites (kind Suite) of files, of folders, and of folders with all below them (path/...)')
    .option('--run <pattern>', 'only tests and cases of such names; TEST//CASE for cases of a test')
    .action((paths: readonly string[], _flags: VerifyFlags, command: Command) =>
      run('gator verify', async () =>
        (await import('./verify-command.ts')).verify(paths, command.optsWithGlobals<VerifyFlags>(), world, signal),
      ),
    );
  withExample(verify, 'sekisho gator verify tests/...', 'sekisho gator verify suite.yaml --run disallowed -v');

  const expand = gator
    .command('expand')
    .description('the objects that workloads lead to, by ExpansionTemplates and mutators')
    .addOption(fileOption('-n, --filename <path>'))
    .addOption(
      allowEquals(new Option('-f, --format <format>', 'output format').choices(['yaml', 'json']).default('yaml')),
    )
    .option('-o, --outputfile <path>', 'write to this file')
    .addOption(imageOption())
    .addOption(tlsOption())
    .action((_flags: ExpandFlags, command: Command) =>
      run('gator expand', async () =>
        (await import('./expand-command.ts')).expand(command.optsWithGlobals<ExpandFlags>(), world, signal),
      ),
    );
  withExample(expand, 'sekisho gator expand -n policies/ -n deployment.yaml');

  const bench = gator
    .command('bench')
    .description('how long reviews of the objects by the constraints beside them take')
    .addOption(fileOption('-f, --filename <path>'))
    .addOption(
      allowEquals(
        new Option('-e, --engine <name>', 'of templates that are written for several')
          .choices(['rego', 'cel', 'all'])
          .default('cel'),
      ),
    )
    .option('-n, --iterations <count>', 'reviews of each object', wholeNumber(1, 100_000_000), '1000')
    .option('--warmup <count>', 'rounds before time is taken', wholeNumber(0, 1_000_000), '10')
    .option('-c, --concurrency <count>', 'reviews that come at once', wholeNumber(1, 10_000), '1')
    .option('--memory', 'also how much of the heap a review takes')
    .addOption(
      allowEquals(
        new Option('-o, --output <format>', 'output format').choices(['table', 'json', 'yaml']).default('table'),
      ),
    )
    .option('--save <file>', 'write the results to this file, as JSON or YAML by its name')
    .option('--compare <file>', 'compare with results that were saved; exit status 1 when they were better')
    .option('--threshold <percent>', 'by how much a metric may become worse', positiveNumber, '10')
    .option('--min-threshold <duration>', 'by how much a time must grow, too, to count', durationText, '0')
    .addOption(imageOption())
    .addOption(tlsOption())
    .action((_flags: BenchFlags, command: Command) =>
      run('gator bench', async () =>
        (await import('./bench-command.ts')).bench(command.optsWithGlobals<BenchFlags>(), world, signal),
      ),
    );
  withExample(
    bench,
    'sekisho gator bench -f policies/ -e all --save before.json',
    'sekisho gator bench -f policies/ --compare before.json --threshold 20 --min-threshold 1ms',
  );

  const sync = gator.command('sync').description('what templates compare with, and what is synced for them');
  const syncTest = sync
    .command('test')
    .description('whether SyncSets and Config name all kinds that templates compare with')
    .addOption(fileOption('-f, --filename <path>'))
    .option('-o, --force-omit-gvk-manifest', 'do without a GVKManifest: the cluster serves all kinds')
    .addOption(imageOption())
    .addOption(tlsOption())
    .action((_flags: SyncTestFlags, command: Command) =>
      run('gator sync test', async () =>
        (await import('./sync-test-command.ts')).syncTest(command.optsWithGlobals<SyncTestFlags>(), world, signal),
      ),
    );
  withExample(syncTest, 'sekisho gator sync test -f policies/ -f manifest.yaml');
}

/** @throws InvalidArgumentError */
function positiveNumber(text: string): string {
  if (/^\d{1,9}(?:\.\d{1,9})?$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a number, for example 10.');
}

function fileOption(flags: string): Option {
  return allowEquals(
    new Option(flags, 'a file or folder with objects and policies; may be repeated').argParser(
      (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
    ),
  );
}

/** Scripts for gator also write `-o=yaml`. */
function allowEquals(option: Option): Option {
  const read = option.parseArg;
  return option.argParser((text: string, before: unknown) => {
    const value = text.replace(/^=/, '');
    return read === undefined ? value : read(value, before as never);
  });
}

/** May be repeated; commander's own lists would take what follows, too. */
function imageOption(): Option {
  return allowEquals(
    new Option('-i, --image <url>', 'an image of policies in an OCI registry; may be repeated').argParser(
      (url: string, before: readonly string[] | undefined) => [...(before ?? []), url],
    ),
  );
}

function tlsOption(): Option {
  return new Option('--no-tls', 'speak plain HTTP with the registry');
}

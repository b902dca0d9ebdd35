import { type Command, Option } from 'commander';
import { reportCheckError } from '../check/errors.ts';
import { processWorld } from '../check/world.ts';
import { withExample } from '../command-options.ts';
import type { ExpandFlags } from './expand-command.ts';
import { hasInput } from './has-input.ts';
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
    .description("Gatekeeper's templates and constraints without a cluster: test, verify, expand");
  withExample(gator, 'sekisho gator test -f policies/ -f deployment.yaml');

  const run = (what: string, work: () => Promise<number>): Promise<void> =>
    work().then(finish, (error: unknown) => finish(reportCheckError(error, what, world, signal)));

  const test = gator
    .command('test')
    .description('objects against the templates and constraints beside them; what is piped in counts, too')
    .addOption(fileOption('-f, --filename <path>'))
    .addOption(allowEquals(new Option('-o, --output <format>', 'output format').choices(['default', 'yaml', 'json'])))
    .option('--deny-only', 'only what is denied')
    .addOption(imageOption('-i, --image <url...>'))
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
    .addOption(imageOption('-i, --image <url...>'))
    .action((_flags: ExpandFlags, command: Command) =>
      run('gator expand', async () =>
        (await import('./expand-command.ts')).expand(command.optsWithGlobals<ExpandFlags>(), world, signal),
      ),
    );
  withExample(expand, 'sekisho gator expand -n policies/ -n deployment.yaml');
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

/** Known, so that its message says what to do. */
function imageOption(flags: string): Option {
  return new Option(flags, 'refused: pull images first').hideHelp();
}

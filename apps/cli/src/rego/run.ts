import { Command, Option } from 'commander';
import type { CheckWorld } from '../check/world.ts';
import { addRegoCommands } from './commands.ts';
import { reportRegoError } from './fault-report.ts';

/** Runs `sekisho rego ARGS` in this process, within a world of its own. Gives the exit status. */
export async function runRego(args: readonly string[], world: CheckWorld, signal: AbortSignal): Promise<number> {
  const program = new Command('sekisho')
    .option('-q, --quiet')
    .option('-v, --verbose')
    .option('--no-color')
    .addOption(new Option('--timeout <duration>'))
    .exitOverride();
  program.configureOutput({ writeOut: (text) => world.stdout(text), writeErr: (text) => world.stderr(text) });
  let status = 0;
  addRegoCommands(program, signal, world, (given) => {
    status = given;
  });
  try {
    await program.parseAsync(['rego', ...args], { from: 'user' });
    return status;
  } catch (error) {
    return reportRegoError(error, world, signal, false);
  }
}

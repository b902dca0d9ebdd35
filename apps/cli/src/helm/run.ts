import { Command, Option } from 'commander';
import type { CheckWorld } from '../check/world.ts';
import { addHelmCommands } from './commands.ts';
import { reportHelmError } from './fault-report.ts';

/** Runs `sekisho helm ARGS` in this process, within a world of its own. Gives the exit status. */
export async function runHelmCommand(args: readonly string[], world: CheckWorld, signal: AbortSignal): Promise<number> {
  const program = new Command('sekisho')
    .option('-v, --verbose')
    .addOption(new Option('--timeout <duration>'))
    .exitOverride();
  program.configureOutput({ writeOut: (text) => world.stdout(text), writeErr: (text) => world.stderr(text) });
  let status = 0;
  addHelmCommands(program, signal, world, (given) => {
    status = given;
  });
  try {
    await program.parseAsync(['helm', ...args], { from: 'user' });
    return status;
  } catch (error) {
    return reportHelmError(error, world, signal, false);
  }
}

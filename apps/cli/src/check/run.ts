import { Command } from 'commander';
import { addCheckCommands } from './commands.ts';
import { reportCheckError } from './errors.ts';
import type { CheckWorld } from './world.ts';

/** Runs `sekisho check ARGS` in this process, within a world of its own. Gives the exit status. */
export async function runCheck(args: readonly string[], world: CheckWorld, signal: AbortSignal): Promise<number> {
  const program = new Command('sekisho')
    .option('--quiet')
    .option('--no-color')
    .option('--timeout <duration>')
    .exitOverride();
  program.configureOutput({ writeOut: (text) => world.stdout(text), writeErr: (text) => world.stderr(text) });
  let status = 0;
  addCheckCommands(program, signal, world, (given) => {
    status = given;
  });
  try {
    await program.parseAsync(['check', ...args], { from: 'user' });
    return status;
  } catch (error) {
    return reportCheckError(error, 'check', world, signal);
  }
}

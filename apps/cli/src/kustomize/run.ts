import { Command } from 'commander';
import type { CheckWorld } from '../check/world.ts';
import { addKustomizeCommands } from './commands.ts';

/** Runs `sekisho kustomize ARGS` in this process, within a world of its own. Gives the exit status. */
export async function runKustomize(args: readonly string[], world: CheckWorld, signal: AbortSignal): Promise<number> {
  const program = new Command('sekisho').exitOverride();
  program.configureOutput({ writeOut: (text) => world.stdout(text), writeErr: (text) => world.stderr(text) });
  let status = 0;
  addKustomizeCommands(program, signal, world, (given) => {
    status = given;
  });
  await program.parseAsync(['kustomize', ...args], { from: 'user' });
  return status;
}

import type { CheckWorld } from '../../check/world.ts';
import { runHelmCommand } from '../run.ts';

/** What a command said. */
export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `sekisho helm ARGS` in a folder, which is its home, too. */
export async function runIn(
  folder: string,
  args: readonly string[],
  { home = folder, env = {}, stdin = '' } = {},
): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  const world: CheckWorld = {
    cwd: folder,
    env: { HOME: home, ...env },
    readStdin: async () => Buffer.from(stdin),
    stdout: (text) => {
      said.stdout += text;
    },
    stderr: (text) => {
      said.stderr += text;
    },
    isTerminal: false,
    showsProgress: false,
  };
  const status = await runHelmCommand(args, world, new AbortController().signal);
  return { status, ...said };
}

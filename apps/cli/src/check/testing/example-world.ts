import type { CheckWorld } from '../world.ts';

/** A world for examples of the documentation: a terminal without progress, whose lines of both streams are kept in order. */
export function exampleWorld(cwd: string): { readonly world: CheckWorld; output(): string } {
  let output = '';
  const write = (text: string) => {
    output += text;
  };
  return {
    world: {
      cwd,
      env: {},
      readStdin: async () => new Uint8Array(),
      stdout: write,
      stderr: write,
      isTerminal: true,
      showsProgress: false,
    },
    output: () => output,
  };
}

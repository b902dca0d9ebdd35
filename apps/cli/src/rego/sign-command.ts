import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SekishoError } from '@sekisho/base';
import type { CheckWorld } from '../check/world.ts';
import { ExitCode } from '../exit-code.ts';
import { findBundle } from './bundle-files.ts';
import { type SigningFlags, signatures } from './signing.ts';

export interface SignFlags extends SigningFlags {
  readonly outputFilePath: string;
}

/** `sekisho rego sign PATH`: writes `.signatures.json`. */
export async function signCommand(
  [path = '']: readonly string[],
  flags: SignFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<number> {
  const { files } = await findBundle(path, world, signal);
  if (files.size === 0)
    throw new SekishoError('REGO_BUNDLE', `There is nothing of a bundle in ${path}.`, {
      hint: 'Bundles hold .rego files, data.json and .manifest.',
    });
  await writeFile(resolve(world.cwd, flags.outputFilePath, '.signatures.json'), await signatures(files, flags, world));
  return ExitCode.ok;
}

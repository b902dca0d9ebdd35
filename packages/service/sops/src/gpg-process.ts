import { spawn } from 'node:child_process';
import type { KeySource } from './key-source.ts';

const MAX_OUTPUT_BYTES = 4096;

export interface GpgOptions {
  /** Default `gpg`, as found on the PATH; SOPS_GPG_EXEC says another for sops. */
  readonly program?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Opens with the keys of the person who runs this program, through gpg and its agent. Nothing is written. */
export function gpgSource({ program = 'gpg', env }: GpgOptions): KeySource<'pgp'> {
  return {
    type: 'pgp',
    open: ({ encrypted }, signal) =>
      new Promise((resolve) => {
        const child = spawn(program, ['--batch', '--no-tty', '--quiet', '--decrypt'], {
          env: { ...env },
          stdio: ['pipe', 'pipe', 'ignore'],
          signal,
        });
        const chunks: Buffer[] = [];
        let bytes = 0;
        child.stdout.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes <= MAX_OUTPUT_BYTES) chunks.push(chunk);
        });
        child.stdin.on('error', () => {}); // It may end before it has read everything.
        child.stdin.end(encrypted);
        child.once('error', () =>
          resolve({ reason: signal.aborted ? 'gpg took too long' : `${program} can't be run` }),
        );
        child.once('close', (code) => {
          if (code === 0 && bytes <= MAX_OUTPUT_BYTES) resolve(Buffer.concat(chunks));
          else resolve({ reason: 'gpg has no secret key for it' });
        });
      }),
  };
}

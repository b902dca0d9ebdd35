import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { SekishoError } from '@sekisho/base';

/**
 * Asks on the terminal. Questions go to stderr: stdout carries the answer of the command alone.
 *
 * @throws SekishoError USAGE when there is no terminal to ask on
 */
export async function ask(question: string, options: { signal: AbortSignal; hidden?: boolean }): Promise<string> {
  if (process.stdin.isTTY !== true) {
    throw new SekishoError('USAGE', `There is no terminal to ask for: ${question}`, {
      hint: 'Give it by a flag; passwords with --password-stdin.',
    });
  }
  let isHidden = false;
  const output = new Writable({
    write(bytes, _encoding, done) {
      if (!isHidden) process.stderr.write(bytes);
      done();
    },
  });
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  // While it asks, the terminal makes no signal of Ctrl-C.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const closed = new Promise<never>((_, reject) => {
    terminal.once('close', () => reject(new SekishoError('USAGE', `Nothing was answered to: ${question}`)));
  });
  closed.catch(() => {});
  try {
    const answer = terminal.question(`${question}: `, { signal: options.signal });
    isHidden = options.hidden === true;
    return await Promise.race([answer, closed]);
  } finally {
    terminal.close();
    if (isHidden) process.stderr.write('\n');
  }
}

/** A secret from standard input, without the line's end. */
export function readSecretFromStdin(): string {
  return readFileSync(0, 'utf8').replace(/\r?\n$/, '');
}

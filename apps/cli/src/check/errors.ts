import { isSekishoError, messageOf } from '@sekisho/base';
import { CommanderError } from 'commander';
import { printable } from '../output/text.ts';
import type { CheckWorld } from './world.ts';

const INTERRUPTED = 130;
const USAGE = 2;

/**
 * Tells why a check could not be done, as Conftest does, and gives the exit status: 1, also Conftest's.
 *
 * @param what  what was being done: `running test`
 */
export function reportCheckError(error: unknown, what: string, world: CheckWorld, signal: AbortSignal): number {
  // Commander has told it.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (signal.aborted) {
    world.stderr('interrupted\n');
    return INTERRUPTED;
  }
  const code = isSekishoError(error) ? ` (${error.code})` : '';
  const [first = '', ...more] = printable(messageOf(error)).split('\n');
  const context = isSekishoError(error, 'USAGE') ? '' : `${what}: `;
  world.stderr(`${[`Error: ${context}${first}${code}`, ...more].join('\n')}\n`);
  if (isSekishoError(error) && error.hint !== undefined) world.stderr(`${printable(error.hint)}\n`);
  return isSekishoError(error, 'USAGE') ? USAGE : 1;
}

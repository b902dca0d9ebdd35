import { isSekishoError, messageOf } from '@sekisho/base';
import { CommanderError } from 'commander';
import { ExitCode } from './exit-code.ts';
import { printable } from './output/text.ts';

const TIMED_OUT = new Set(['WAIT_TIMED_OUT']);
const USAGE = new Set(['USAGE']);

/** Tells an error on stderr (what, why, what to do; `-v` adds the chain of causes) and returns the exit code. */
export function reportError(error: unknown, signal: AbortSignal, verbose: boolean): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (signal.aborted) {
    say('interrupted');
    return ExitCode.interrupted;
  }
  if (isTimeout(error)) {
    say('error: it took too long');
    say('Give more time with --timeout.');
    return ExitCode.timedOut;
  }
  if (!isSekishoError(error)) {
    say(`error: ${messageOf(error)}`);
    if (verbose && error instanceof Error) say(error.stack ?? '');
    return ExitCode.failed;
  }
  say(`error: ${error.message} (${error.code})`);
  const why = reasonOf(error.cause);
  if (why !== undefined && !error.message.includes(why)) say(why);
  if (error.hint !== undefined) say(error.hint);
  if (verbose) {
    for (let cause = error.cause; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
      say(`  caused by: ${messageOf(cause)}`);
    }
  }
  if (TIMED_OUT.has(error.code)) return ExitCode.timedOut;
  return USAGE.has(error.code) ? ExitCode.usage : ExitCode.failed;
}

/** What a cause adds for people; errors of the operating system are in our own words already. */
function reasonOf(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  for (let error: unknown = cause; error instanceof Error; error = error.cause)
    if ('syscall' in error) return undefined;
  return messageOf(cause);
}

function say(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}

import { isSekishoError, messageOf } from '@sekisho/base';
import { CommanderError } from 'commander';
import { ExitCode } from './exit-code.ts';

const TIMED_OUT = new Set(['WAIT_TIMED_OUT']);
const USAGE = new Set(['USAGE']);

/** Tells an error on stderr (what, why, what to do; `-v` adds the chain of causes) and returns the exit code. */
export function reportError(error: unknown, signal: AbortSignal, verbose: boolean): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (signal.aborted) {
    process.stderr.write('interrupted\n');
    return ExitCode.interrupted;
  }
  if (isTimeout(error)) {
    process.stderr.write('error: it took too long\nGive more time with --timeout.\n');
    return ExitCode.timedOut;
  }
  if (!isSekishoError(error)) {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    if (verbose && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
    return ExitCode.failed;
  }
  process.stderr.write(`error: ${error.message} (${error.code})\n`);
  const why = error.cause === undefined ? undefined : messageOf(error.cause);
  if (why !== undefined && !error.message.includes(why)) process.stderr.write(`${why}\n`);
  if (error.hint !== undefined) process.stderr.write(`${error.hint}\n`);
  if (verbose) {
    for (let cause = error.cause; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
      process.stderr.write(`  caused by: ${messageOf(cause)}\n`);
    }
  }
  if (TIMED_OUT.has(error.code)) return ExitCode.timedOut;
  return USAGE.has(error.code) ? ExitCode.usage : ExitCode.failed;
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}

import { type Diagnostic, isSekishoError, messageOf, SekishoError } from '@sekisho/base';
import { CommanderError } from 'commander';
import type { CheckWorld } from '../check/world.ts';
import { ExitCode } from '../exit-code.ts';
import { printable } from '../output/text.ts';

/** A chart, or its values, at fault: Helm's own text. */
export class ChartFaultError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics[0]?.message ?? 'the chart is at fault');
    this.diagnostics = diagnostics;
  }
}

/** A command line that Helm refuses, in its words. */
export function usageError(message: string, hint?: string): SekishoError {
  return new SekishoError('USAGE', message, hint === undefined ? {} : { hint });
}

/** Command lines are seen by others, and kept by shells. */
export function warnOfPassword({ password }: { readonly password?: string }, world: CheckWorld): void {
  if (password === undefined) return;
  world.stderr('WARNING: others may see --password; give it by SEKISHO_CHART_PASSWORD in the environment.\n');
}

/**
 * Tells why there is no answer, as Helm does: `Error: …`, then what to do.
 *
 * @returns 1 for a chart at fault, 2 for a command line, 3 for all else, 4 when the time was up, 130 when interrupted
 */
export function reportHelmError(error: unknown, world: CheckWorld, signal: AbortSignal, verbose: boolean): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (signal.aborted) {
    world.stderr('interrupted\n');
    return ExitCode.interrupted;
  }
  const say = (text: string) => world.stderr(`${printable(text)}\n`);
  if (error instanceof ChartFaultError) {
    for (const { message, hint } of error.diagnostics) {
      say(`Error: ${message}`);
      if (hint !== undefined) say(hint);
    }
    return ExitCode.notGood;
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    say('Error: it took too long\nGive more time with --timeout.');
    return ExitCode.timedOut;
  }
  say(`Error: ${messageOf(error)}`);
  if (isSekishoError(error) && error.hint !== undefined) say(error.hint);
  if (verbose) {
    for (let cause = error instanceof Error ? error.cause : undefined; cause !== undefined; ) {
      say(`  caused by: ${messageOf(cause)}`);
      cause = cause instanceof Error ? cause.cause : undefined;
    }
  }
  return isSekishoError(error, 'USAGE') ? ExitCode.usage : ExitCode.failed;
}

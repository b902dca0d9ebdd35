import { isSekishoError, messageOf, SekishoError } from '@sekisho/base';
import { formatFaults, RegoEvaluationError, type RegoFault } from '@sekisho/rego';
import { CommanderError } from 'commander';
import type { CheckWorld } from '../check/world.ts';
import { ExitCode } from '../exit-code.ts';
import { printable } from '../output/text.ts';
import { indentJson } from './json-text.ts';

/** Policies or a query that can't be used: all faults, with the texts that they are in. */
export class RegoFaultsError extends SekishoError {
  readonly faults: readonly RegoFault[];
  readonly sources: ReadonlyMap<string, string>;

  /** @param what  `policies` or `query` */
  constructor(what: 'policies' | 'query', faults: readonly RegoFault[], sources: ReadonlyMap<string, string>) {
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
    super(
      what === 'query' ? 'REGO_QUERY' : 'REGO_POLICY',
      `The ${what} ${what === 'query' ? 'has' : 'have'} ${count}.`,
    );
    this.faults = faults;
    this.sources = sources;
  }
}

/**
 * Tells why a command could not do its work. For JSON the answer is `{"errors": [...]}` on standard output, as of OPA.
 *
 * @returns the exit status: 2 for a query that is not Rego, 3 for all else, 4 when the time was up, 130 when interrupted
 */
export function reportRegoError(error: unknown, world: CheckWorld, signal: AbortSignal, asJson: boolean): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (signal.aborted) {
    world.stderr('interrupted\n');
    return ExitCode.interrupted;
  }
  if (asJson && !isSekishoError(error, 'USAGE'))
    world.stdout(`${indentJson(JSON.stringify({ errors: errorsOf(error) }))}\n`);
  else world.stderr(`${printable(textOf(error))}\n`);
  return statusOf(error);
}

function statusOf(error: unknown): ExitCode {
  if (isSekishoError(error, 'USAGE') || isSekishoError(error, 'REGO_QUERY')) return ExitCode.usage;
  if (isSekishoError(error, 'eval_cancel_error')) return ExitCode.timedOut;
  return ExitCode.failed;
}

function textOf(error: unknown): string {
  if (error instanceof RegoFaultsError)
    return `${formatFaults(error.faults, error.sources)}\nerror: ${error.message} (${error.code})`;
  if (error instanceof RegoEvaluationError) return `error: ${evaluationErrorText(error)}${adviceOf(error)}`;
  if (!isSekishoError(error)) return `error: ${messageOf(error)}`;
  const [first = '', ...more] = error.message.split('\n');
  return [`error: ${first} (${error.code})`, ...more, ...(error.hint === undefined ? [] : [error.hint])].join('\n');
}

/** `a.rego:3:2: eval_conflict_error: complete rules must not produce multiple outputs` */
export function evaluationErrorText({ code, message, location }: RegoEvaluationError): string {
  if (location === undefined) return `${code}: ${message}`;
  return `${location.file === '' ? 'query' : location.file}:${location.row}:${location.col}: ${code}: ${message}`;
}

function adviceOf({ code }: RegoEvaluationError): string {
  if (code === 'eval_cancel_error') return '\nGive more time with --timeout, or see with --profile where it goes.';
  if (code === 'eval_conflict_error') return '\nSee with --explain full which rules gave different values.';
  return '';
}

function errorsOf(error: unknown): object[] {
  if (error instanceof RegoFaultsError) return error.faults.map(faultJson);
  if (error instanceof RegoEvaluationError) return [faultJson(error)];
  return [{ message: messageOf(error), ...(isSekishoError(error) ? { code: error.code } : {}) }];
}

/** As OPA writes a fault in JSON. */
export function faultJson({ message, code, location }: RegoFault | RegoEvaluationError): object {
  const [first = '', ...details] = message.split('\n');
  return {
    message: first,
    code,
    ...(location === undefined ? {} : { location: { file: location.file, row: location.row, col: location.col } }),
    ...(details.length === 0 ? {} : { details: details.map((line) => line.trim()).join('\n') }),
  };
}

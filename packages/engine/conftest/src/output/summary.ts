import { type CheckResult, countResults } from '../result.ts';

/** `5 tests, 1 passed, 0 warnings, 4 failures, 0 exceptions`. */
export function summaryOf(results: readonly CheckResult[], options: { readonly showSkipped?: boolean } = {}): string {
  const { tests, successes, warnings, failures, exceptions, skipped } = countResults(results);
  return [
    counted(tests, 'test'),
    `${successes} passed`,
    counted(warnings, 'warning'),
    counted(failures, 'failure'),
    counted(exceptions, 'exception'),
    ...(options.showSkipped === true ? [`${skipped} skipped`] : []),
  ].join(', ');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Tests of one file. */
export function testsOf(result: CheckResult): number {
  return countResults([result]).tests;
}

/** What stands before the namespace in a line; standard input has no name there. */
export function placePrefix(place: string): string {
  return place === '-' ? '- ' : `${place} - `;
}

import type { GatorReport } from './report.ts';
import { isFailedSuite, isFailedTest, type SuiteOutcome, type TestOutcome } from './verify.ts';

export interface VerifyReportOptions {
  /** Names what passed and what was skipped, too. */
  readonly verbose?: boolean;
}

/** Outcomes as `gator verify` writes them, which is as `go test` does. */
export function verifyReport(
  suites: readonly SuiteOutcome[],
  { verbose = false }: VerifyReportOptions = {},
): GatorReport {
  const hasFailed = suites.some(isFailedSuite);
  const lines = suites.flatMap((suite) => [
    ...suite.tests.flatMap((test) => testLines(test, verbose)),
    `${isFailedSuite(suite) ? 'FAIL' : 'ok'}\t${suite.path}\t${seconds(suite.ms)}`,
    ...(suite.error === undefined ? [] : [indented(suite.error, '  ')]),
  ]);
  return { status: hasFailed ? 1 : 0, stdout: `${[...lines, hasFailed ? 'FAIL' : 'PASS'].join('\n')}\n`, stderr: '' };
}

function testLines(test: TestOutcome, verbose: boolean): string[] {
  if (test.skipped) return verbose ? [`=== SKIP  ${test.name}`] : [];
  const lines = verbose ? [`=== RUN   ${test.name}`] : [];
  for (const one of test.cases) {
    if (one.skipped) {
      if (verbose) lines.push(`    === SKIP  ${one.name}`);
      continue;
    }
    if (verbose) lines.push(`    === RUN   ${one.name}`);
    if (one.error !== undefined)
      lines.push(`    --- FAIL: ${one.name}\t(${seconds(one.ms)})`, indented(one.error, '        '));
    else if (verbose) lines.push(`    --- PASS: ${one.name}\t(${seconds(one.ms)})`);
  }
  if (isFailedTest(test)) {
    lines.push(`--- FAIL: ${test.name}\t(${seconds(test.ms)})`);
    if (test.error !== undefined) lines.push(indented(test.error, '  '));
  } else if (verbose) lines.push(`--- PASS: ${test.name}\t(${seconds(test.ms)})`);
  return lines;
}

function indented(text: string, by: string): string {
  return text
    .split('\n')
    .map((line) => `${by}${line}`)
    .join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)}s`;
}

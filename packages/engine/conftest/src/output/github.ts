import { type CheckResult, countResults, type Finding } from '../result.ts';
import { summaryOf, testsOf } from './summary.ts';
import type { ResultWriter } from './writer.ts';

/**
 * Workflow commands of GitHub Actions: annotations in the file where they belong.
 *
 * @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export const writeGitHub: ResultWriter = (results, options) => {
  const lines: string[] = [];
  for (const result of results) {
    const { failures, warnings, exceptions, skipped } = countResults([result]);
    if (options.githubHidePassed === true && failures + warnings + exceptions + skipped === 0) continue;
    const { fileName, namespace } = result;
    lines.push(
      `::group::${text(`Testing "${fileName}" against ${testsOf(result)} policies in namespace "${namespace}"`)}`,
    );
    for (const finding of result.failures) annotate('error', result, finding, lines);
    for (const finding of result.warnings) annotate('warning', result, finding, lines);
    for (const finding of result.exceptions) annotate('notice', result, finding, lines);
    for (const { message } of result.skipped) {
      annotate('notice', result, { message: `Test was skipped: ${message}` }, lines);
    }
    annotate('notice', result, { message: `Number of successful checks: ${result.successes}` }, lines);
    lines.push('::endgroup::');
  }
  lines.push(summaryOf(results));
  return `${lines.join('\n')}\n`;
};

/** What a rule located in another file is told there, and again in the file that was tested. */
function annotate(level: string, { fileName }: CheckResult, finding: Finding, lines: string[]): void {
  const { message, location } = finding;
  const file = location?.file ?? fileName;
  const column = location?.column === undefined ? '' : `,col=${location.column}`;
  lines.push(`::${level} file=${property(file)},line=${location?.line ?? 1}${column}::${text(message)}`);
  if (finding.hasOwnLocation !== true || file === fileName) return;
  lines.push(
    `::${level} file=${property(fileName)},line=1::${text(`(ORIGINATING FROM ${file} L${location?.line ?? 1}) ${message}`)}`,
  );
}

/** A line break would end the command, and what follows could be another. */
function text(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(value: string): string {
  return text(value).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

import { type CheckResult, countResults, type Finding } from '../result.ts';
import { placePrefix } from './summary.ts';
import type { ResultWriter } from './writer.ts';

/** Test Anything Protocol: a numbered line for every test. Nothing when there was none. */
export const writeTap: ResultWriter = (results) => {
  const { tests } = countResults(results);
  if (tests === 0) return '';
  const lines = [`1..${tests}`];
  let number = 0;
  const add = (status: string, { fileName, namespace }: CheckResult, message: string) =>
    lines.push(`${status} ${++number} - ${placePrefix(fileName)}${namespace} - ${message.replaceAll('\n', '\n  ')}`);
  const section = (
    title: string,
    status: string,
    result: CheckResult,
    findings: readonly Pick<Finding, 'message'>[],
  ) => {
    if (findings.length === 0) return;
    if (title !== '') lines.push(`# ${title}`);
    for (const { message } of findings) add(status, result, message);
  };
  for (const result of results) {
    section('', 'not ok', result, result.failures);
    section('warnings', 'not ok', result, result.warnings);
    section('exceptions', 'ok', result, result.exceptions);
    section('skip', 'ok', result, result.skipped);
    section(
      'successes',
      'ok',
      result,
      Array.from({ length: result.successes }, () => ({ message: 'SUCCESS' })),
    );
  }
  return `${lines.join('\n')}\n`;
};

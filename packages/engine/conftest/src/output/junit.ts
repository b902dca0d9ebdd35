import { escapeXml } from '@sekisho/base';
import type { CheckResult, Finding } from '../result.ts';
import type { FormatOptions, ResultWriter } from './writer.ts';

/** JUnit's XML: a suite per namespace, a case per test. Warnings are failures; exceptions are no cases. */
export const writeJunit: ResultWriter = (results, options) => {
  const namespaces = [...new Set(results.map(({ namespace }) => namespace))];
  const suites = namespaces.map((namespace) =>
    suiteOf(
      namespace,
      results.filter((result) => result.namespace === namespace),
      options,
    ),
  );
  const body = suites.join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>${body === '' ? '' : `\n${body}`}</testsuites>\n`;
};

interface TestCase {
  readonly result: CheckResult;
  readonly finding?: Finding;
  readonly outcome: 'failure' | 'skipped' | 'success';
}

function suiteOf(namespace: string, results: readonly CheckResult[], options: FormatOptions): string {
  const cases = results.flatMap(casesOf);
  if (cases.length === 0) return '';
  const failures = cases.filter(({ outcome }) => outcome === 'failure').length;
  const name = escapeXml(`conftest.${namespace}`);
  const lines = cases.map((test) => caseText(test, name, options)).join('');
  return `\t<testsuite tests="${cases.length}" failures="${failures}" time="0.000" name="${name}">\n${lines}\t</testsuite>\n`;
}

function casesOf(result: CheckResult): TestCase[] {
  const cases: TestCase[] = [];
  for (const finding of result.warnings) cases.push({ result, finding, outcome: 'failure' });
  for (const finding of result.failures) cases.push({ result, finding, outcome: 'failure' });
  for (const finding of result.skipped) cases.push({ result, finding, outcome: 'skipped' });
  for (let n = 0; n < result.successes; n++) cases.push({ result, outcome: 'success' });
  return cases;
}

function caseText({ result, finding, outcome }: TestCase, suite: string, options: FormatOptions): string {
  const message = finding?.message ?? '';
  const hidden = finding === undefined || options.junitHideMessage === true;
  const name = hidden ? result.fileName : `${result.fileName} - ${message.split('\n', 1)[0]}`;
  const line = finding?.location?.line;
  const place =
    line === undefined ? '' : ` file="${escapeXml(finding?.location?.file ?? result.fileName)}" line="${line}"`;
  const open = `\t\t<testcase classname="${suite}" name="${escapeXml(name)}" time="0.000"${place}>`;
  const text = escapeXml(message);
  switch (outcome) {
    case 'success':
      return `${open}</testcase>\n`;
    case 'skipped':
      return `${open}\n\t\t\t<skipped message="${text}"></skipped>\n\t\t</testcase>\n`;
    case 'failure':
      return `${open}\n\t\t\t<failure message="Failed" type="">${text}</failure>\n\t\t</testcase>\n`;
  }
}

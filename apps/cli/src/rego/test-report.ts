import { printable } from '../output/text.ts';
import { boxTable } from './box-table.ts';
import type { CoverageReport } from './coverage-report.ts';
import { durationText } from './duration-text.ts';
import { faultJson } from './fault-report.ts';
import { indentJson } from './json-text.ts';
import type { FinishedTest } from './run-tests.ts';
import type { CaseResult } from './test-cases.ts';

const RULE = '-'.repeat(80);
const WORDS = { pass: 'PASS', fail: 'FAIL', error: 'ERROR', skip: 'SKIPPED' } as const;

/**
 * For people, as `opa test` writes it: what did not pass, and how many did.
 *
 * @param options  verbose: tests that passed, too, and the explanations of those that failed
 */
export function prettyReport(
  tests: readonly FinishedTest[],
  options: { readonly verbose: boolean; readonly explain: (test: FinishedTest) => string },
): string {
  const { verbose, explain } = options;
  const lines: string[] = [];
  for (const test of tests) {
    if (test.outcome === 'pass' && !verbose) continue;
    const { file, row } = test.location;
    lines.push(`${file}:${row}:`, headline(test));
    if (test.errorText !== undefined) lines.push(`  ${printable(test.errorText)}`);
    if (test.printed.length > 0) lines.push('', ...test.printed.map((text) => `  ${printable(text)}`), '');
    lines.push(...caseLines(test.cases, verbose, '  '));
  }
  const failed = tests.filter(({ outcome }) => outcome === 'fail' || outcome === 'error');
  if (verbose && failed.length > 0) {
    lines.push(RULE, 'FAILURES', RULE);
    for (const test of failed) lines.push(headline(test), '', explain(test));
  }
  if (lines.length > 0) lines.push(RULE);
  const outcomes = tests.flatMap(outcomesOf);
  for (const outcome of ['pass', 'fail', 'error', 'skip'] as const) {
    const count = outcomes.filter((item) => item === outcome).length;
    if (count > 0) lines.push(`${WORDS[outcome]}: ${count}/${outcomes.length}`);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Cases count, as OPA counts them. */
function outcomesOf({ cases, outcome }: FinishedTest): FinishedTest['outcome'][] {
  const leaves = leavesOf(cases, '');
  return leaves.length === 0 ? [outcome] : leaves.map(({ passed }) => (passed ? 'pass' : 'fail'));
}

function headline({ package: inside, name, outcome, durationNs }: FinishedTest): string {
  const duration = outcome === 'skip' ? '' : ` (${durationText(durationNs)})`;
  return `${inside}.${name}: ${WORDS[outcome]}${duration}`;
}

function caseLines(cases: readonly CaseResult[], all: boolean, margin: string): string[] {
  return cases.flatMap(({ name, passed, cases: below }) =>
    passed && !all
      ? []
      : [`${margin}${printable(name)}: ${passed ? 'PASS' : 'FAIL'}`, ...caseLines(below, all, `${margin}  `)],
  );
}

/** As `opa test --format json`. */
export function testsJson(tests: readonly FinishedTest[], benchmarks: ReadonlyMap<FinishedTest, object>): string {
  const list = tests.map((test) => ({
    location: test.location,
    package: test.package,
    name: test.name,
    ...((test.outcome === 'fail' || test.outcome === 'error') && { fail: true }),
    ...(test.outcome === 'skip' && { skip: true }),
    ...(test.error !== undefined && { error: faultJson(test.error) }),
    duration: test.durationNs,
    ...(test.printed.length > 0 && { output: Buffer.from(`${test.printed.join('\n')}\n`).toString('base64') }),
    ...(test.cases.length > 0 && { sub_results: casesJson(test.cases) }),
    ...(benchmarks.has(test) && { benchmark_result: benchmarks.get(test) }),
  }));
  return `${indentJson(JSON.stringify(list))}\n`;
}

function casesJson(cases: readonly CaseResult[]): Record<string, object> {
  return Object.fromEntries(
    cases.map(({ name, passed, cases: below }) => [
      name,
      { name, ...(!passed && { fail: true }), ...(below.length > 0 && { sub_results: casesJson(below) }) },
    ]),
  );
}

/** JUnit's XML: a suite for each package, a case for each test and each case of a data-driven one. */
export function junitReport(tests: readonly FinishedTest[]): string {
  const packages = [...new Set(tests.map((test) => test.package))];
  const suites = packages.map((name) => {
    const own = tests.filter((test) => test.package === name);
    const cases = own.flatMap(junitCases);
    const count = (kind: string) => cases.filter((text) => text.includes(`<${kind}`)).length;
    const seconds = own.reduce((sum, { durationNs }) => sum + durationNs, 0) / 1e9;
    const attributes = `name="${xml(name)}" tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="${seconds.toFixed(6)}"`;
    return `  <testsuite ${attributes}>\n${cases.join('')}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;
}

function junitCases(test: FinishedTest): string[] {
  const leaves = leavesOf(test.cases, '');
  const printed = test.printed.length === 0 ? '' : `      <system-out>${xml(test.printed.join('\n'))}</system-out>\n`;
  if (leaves.length === 0) return [junitCase(test, test.name, test.outcome, printed)];
  return leaves.map(({ name, passed }) => junitCase(test, `${test.name}/${name}`, passed ? 'pass' : 'fail', printed));
}

function leavesOf(cases: readonly CaseResult[], prefix: string): { name: string; passed: boolean }[] {
  return cases.flatMap(({ name, passed, cases: below }) =>
    below.length === 0 ? [{ name: `${prefix}${name}`, passed }] : leavesOf(below, `${prefix}${name}/`),
  );
}

function junitCase(test: FinishedTest, name: string, outcome: FinishedTest['outcome'], printed: string): string {
  const { file, row } = test.location;
  const place = `${file}:${row}`;
  const result = {
    pass: '',
    fail: `      <failure message="${xml(`${test.package}.${name} failed`)}">${xml(place)}</failure>\n`,
    error: `      <error message="${xml(test.errorText ?? '')}">${xml(place)}</error>\n`,
    skip: '      <skipped/>\n',
  }[outcome];
  const attributes = `classname="${xml(test.package)}" name="${xml(name)}" file="${xml(file)}" line="${row}" time="${(test.durationNs / 1e9).toFixed(6)}"`;
  const content = result + printed;
  return content === ''
    ? `    <testcase ${attributes}/>\n`
    : `    <testcase ${attributes}>\n${content}    </testcase>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
};

/** XML has no words for control characters. */
function xml(text: string): string {
  return printable(text).replace(/[<>&"']/g, (char) => ENTITIES[char] ?? char);
}

/** Lines that were not evaluated, file by file. */
export function coverageTable({ files, coverage }: CoverageReport): string {
  const rows = Object.entries(files).map(([file, report]) => [
    file,
    `${report.coverage.toFixed(2)}%`,
    (report.not_covered ?? [])
      .map(({ start, end }) => (start.row === end.row ? `${start.row}` : `${start.row}-${end.row}`))
      .join(', '),
  ]);
  const all = [...rows, ['all files', `${coverage.toFixed(2)}%`, '']];
  return `${boxTable(all, { header: ['File', 'Coverage', 'Lines not covered'], right: [1] })}\n`;
}

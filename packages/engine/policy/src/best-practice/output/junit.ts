import { escapeXml } from '@sekisho/base';
import type { Comment } from '../kube-score/check.ts';
import type { CheckResult, ScoredObject } from '../kube-score/score.ts';
import { gradeWord, objectTitle } from './scored.ts';

interface TestCase {
  readonly text: string;
  readonly outcome: 'passed' | 'skipped' | 'failed';
}

/** JUnit's XML: a suite per object, a case per comment, or per check that has none. */
export function writeJunit(scores: readonly ScoredObject[]): string {
  const suites = scores.map((scored) => {
    const title = escapeXml(objectTitle(scored));
    return { title, cases: scored.results.flatMap((result) => casesOf(result, title)) };
  });
  const all = suites.flatMap(({ cases }) => cases);
  const body = suites.map(
    ({ title, cases }, index) =>
      `\t<testsuite name="${title}" ${counts(cases)} errors="0" id="${index}" time="">\n${cases.map(({ text }) => text).join('')}\t</testsuite>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="kube-score" ${counts(all)}>\n${body.join('')}</testsuites>\n`;
}

function counts(cases: readonly TestCase[]): string {
  const count = (outcome: TestCase['outcome']) => cases.filter((test) => test.outcome === outcome).length;
  return `tests="${cases.length}" failures="${count('failed')}" skipped="${count('skipped')}"`;
}

function casesOf(result: CheckResult, suite: string): TestCase[] {
  const comments: readonly (Comment | undefined)[] = result.comments.length === 0 ? [undefined] : result.comments;
  return comments.map((comment) => caseOf(result, suite, comment));
}

function caseOf(result: CheckResult, suite: string, comment: Comment | undefined): TestCase {
  const word = gradeWord(result);
  const open = `\t\t<testcase name="${escapeXml(result.check.name)}" classname="${suite}"`;
  if (word === 'OK') return { outcome: 'passed', text: `${open}></testcase>\n` };
  const message = comment === undefined ? '' : `${comment.path === '' ? '' : `(${comment.path}) `}${comment.summary}`;
  const element = word === 'SKIPPED' ? 'skipped' : 'failure';
  return {
    outcome: word === 'SKIPPED' ? 'skipped' : 'failed',
    text: `${open}>\n\t\t\t<${element} message="${escapeXml(message)}"></${element}>\n\t\t</testcase>\n`,
  };
}

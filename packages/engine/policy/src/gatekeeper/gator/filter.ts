import { matchesRegex } from './regex.ts';
import type { GatorCase, GatorSuiteTest } from './suite.ts';

/** Whether a test runs at all, or one of its cases. */
export type SuiteFilter = (test: GatorSuiteTest, testCase?: GatorCase) => boolean;

/**
 * Reads what `--run` says: `PATTERN` for tests and cases of such a name, `TEST//CASE` for such cases of such tests.
 *
 * @returns undefined when a pattern is no regular expression
 */
export function parseFilter(text: string): SuiteFilter | undefined {
  if (text === '') return () => true;
  const [first = '', second, ...rest] = text.split('//');
  if (rest.length > 0 || [first, second ?? ''].some((pattern) => matchesRegex(pattern, '') === undefined))
    return undefined;
  const fits = (pattern: string, { name }: { readonly name: string }): boolean => matchesRegex(pattern, name) === true;
  if (second !== undefined)
    return (test, testCase) => fits(first, test) && (testCase === undefined || fits(second, testCase));
  return (test, testCase) =>
    fits(first, test) || (testCase === undefined ? test.cases.some((one) => fits(first, one)) : fits(first, testCase));
}

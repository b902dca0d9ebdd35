import { compilePolicy, type Query } from '@sekisho/rego';

let query: Query | undefined;

/** Whether a pattern in Go's dialect matches somewhere in a text, in linear time; undefined when the pattern is none. */
export function matchesRegex(pattern: string, text: string): boolean | undefined {
  query ??= compilePolicy({ modules: [] }).policy?.prepareQuery(
    'found := regex.match(input.pattern, input.text)',
  ).query;
  const [result] = query?.evaluate({ input: { pattern, text } }) ?? [];
  return result === undefined ? undefined : result.bindings['found'] === true;
}

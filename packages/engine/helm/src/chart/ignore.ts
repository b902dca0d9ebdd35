import { ChartFault } from '../fault.ts';
import { pathMatcher } from './path-match.ts';

/** Whether a path of a chart, relative to it, is left out. A folder that is left out is not entered. */
export type Ignore = (path: string, isDirectory: boolean) => boolean;

interface Rule {
  readonly negated: boolean;
  readonly foldersOnly: boolean;
  matches(path: string): boolean;
}

/**
 * Rules of a .helmignore: like .gitignore, but a rule that begins with `!` leaves out whatever it does NOT match, the first
 * rule that decides wins, and `**` is refused.
 *
 * @throws ChartFault CHART_IGNORE_INVALID
 */
export function parseIgnore(text: string, file: string): Ignore {
  const rules: Rule[] = [];
  for (const [index, line] of [...text.split('\n'), DEFAULT_RULE].entries()) {
    const rule = parseRule(line.trim(), (message) => {
      throw new ChartFault('CHART_IGNORE_INVALID', message, { file, line: index + 1 });
    });
    if (rule !== undefined) rules.push(rule);
  }
  return (path, isDirectory) => {
    for (const { negated, foldersOnly, matches } of rules) {
      if (foldersOnly && !isDirectory) {
        if (negated) return true;
        continue;
      }
      if (matches(path) !== negated) return true;
    }
    return false;
  };
}

/** Hidden files among the templates are no templates. */
const DEFAULT_RULE = 'templates/.?*';

function parseRule(line: string, fail: (message: string) => never): Rule | undefined {
  if (line === '' || line.startsWith('#')) return undefined;
  if (line.includes('**')) fail('double-star (**) syntax is not supported');
  const negated = line.startsWith('!');
  let pattern = negated ? line.slice(1) : line;
  const foldersOnly = pattern.endsWith('/');
  if (foldersOnly) pattern = pattern.slice(0, -1);
  const rooted = pattern.startsWith('/');
  const matcher = pathMatcher(rooted ? pattern.slice(1) : pattern) ?? fail('syntax error in pattern');
  if (rooted || pattern.includes('/')) return { negated, foldersOnly, matches: matcher };
  return { negated, foldersOnly, matches: (path) => matcher(path.slice(path.lastIndexOf('/') + 1)) };
}

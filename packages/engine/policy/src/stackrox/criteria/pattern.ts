import { createRequire } from 'node:module';
import { messageOf } from '@sekisho/base';

/** Longer expressions are refused. */
const LONGEST = 10_000;
/** Nothing in it has a meaning of its own. */
const LITERAL = /^[\w/ :@-]*$/;

/**
 * The whole text, in any case, in time linear in the text (RE2); `.` stands for line ends too, or a long `RUN` would slip
 * through. A leading `r/` says nothing more.
 * @throws RangeError when it is no expression, with the reason
 */
export function compilePattern(source: string): (text: string) => boolean {
  const pattern = source.startsWith('r/') ? source.slice(2) : source;
  if (pattern.length > LONGEST) throw new RangeError(`it is longer than ${LONGEST} characters`);
  if (pattern === '' || pattern === '.*') return () => true;
  if (LITERAL.test(pattern)) {
    const wanted = pattern.toLowerCase();
    return (text) => text.toLowerCase() === wanted;
  }
  const { RE2JS } = loadEngine();
  try {
    const expression = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE | RE2JS.DOTALL);
    return (text) => expression.matcher(text).matches();
  } catch (error) {
    throw new RangeError(messageOf(error));
  }
}

let engine: typeof import('re2js') | undefined;

/** Loaded when a policy needs it. */
function loadEngine(): typeof import('re2js') {
  engine ??= createRequire(import.meta.url)('re2js') as typeof import('re2js');
  return engine;
}

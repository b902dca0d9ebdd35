import { createLru } from '@sekisho/base';
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { CelFault } from '../runtime/fault.ts';
import { regexCost } from './cost.ts';
import { method, type Overload } from './function.ts';

/** Patterns are compiled to tables: a long one costs memory whatever it is asked. */
const MAX_PATTERN = 10_000;
const compiled = createLru<string, RE2JS>({ maxWeight: 256 });

/** A pattern in RE2's syntax, in linear time. Throws `CelFault` for one that isn't. */
export function compileRegex(pattern: string): RE2JS {
  let regex = compiled.get(pattern);
  if (regex !== undefined) return regex;
  if (pattern.length > MAX_PATTERN) throw new CelFault(`the regular expression is longer than ${MAX_PATTERN}`);
  try {
    regex = RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) throw new CelFault(`invalid regular expression: ${error.message}`);
    throw error;
  }
  compiled.set(pattern, regex);
  return regex;
}

function findAll(text: string, pattern: string, limit: number): string[] {
  const matcher = compileRegex(pattern).matcher(text);
  const found: string[] = [];
  while (found.length < limit && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

/** Kubernetes' `find` and `findAll`. */
export const REGEX: readonly Overload[] = [
  method('string.find(string)', (text: string, pattern: string) => findAll(text, pattern, 1)[0] ?? '', regexCost),
  method(
    'string.findAll(string)',
    (text: string, pattern: string) => findAll(text, pattern, Number.POSITIVE_INFINITY),
    regexCost,
  ),
  method(
    'string.findAll(string, int)',
    (text: string, pattern: string, limit: bigint) =>
      findAll(text, pattern, limit < 0n ? Number.POSITIVE_INFINITY : Number(limit)),
    regexCost,
  ),
];

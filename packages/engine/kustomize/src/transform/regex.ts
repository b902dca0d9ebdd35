import { BuildFault } from '../fault.ts';

const compiled = new Map<string, RegExp>();
const MAX_COMPILED = 500;
const LONGEST = 2000;

/** A pattern of Go's regexp in JavaScript's. @throws BuildFault */
export function compileRegex(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (pattern.length > LONGEST) throw new BuildFault('error parsing regexp: expression too large');
  let regex: RegExp;
  try {
    const flags = /^\(\?([ims]+)\)/.exec(pattern);
    regex = new RegExp(flags === null ? pattern : pattern.slice(flags[0].length), flags?.[1] ?? '');
  } catch {
    throw new BuildFault(`error parsing regexp: invalid pattern: \`${pattern}\``);
  }
  if (compiled.size < MAX_COMPILED) compiled.set(pattern, regex);
  return regex;
}

/** The whole text, as selectors match. */
export function anchored(pattern: string): RegExp {
  return pattern === '' ? /^/ : compileRegex(`^(?:${pattern})$`);
}

import { quoteGo } from '@sekisho/base';
import type { BuiltinContext } from '../builtin.ts';
import { builtinFault } from '../operand.ts';
import { compileRegex, RegexSyntaxError } from './engine.ts';

const NAME = 'regex.template_match';
const encoder = new TextEncoder();

/** The expression of a template with regular expressions between delimiters: `urn:<.*>` is `^urn:(.*)$`. */
export function templatePattern(context: BuiltinContext, template: string, open: string, close: string): string {
  checkDelimiter('start', open);
  checkDelimiter('end', close);
  context.spend(template.length >>> 4);
  let pattern = '^';
  let end = 0;
  for (const [from, to] of delimited(template, open, close)) {
    const inner = template.slice(from + 1, to);
    // A part that is faulty alone could be whole in the middle of the others.
    checkPart(`^${inner}$`);
    pattern += `${quoteMeta(template.slice(end, from))}(${inner})`;
    end = to + 1;
  }
  return `${pattern}${quoteMeta(template.slice(end))}$`;
}

function checkPart(pattern: string): void {
  try {
    compileRegex(pattern);
  } catch (error) {
    throw error instanceof RegexSyntaxError ? builtinFault(NAME, error.message) : error;
  }
}

function checkDelimiter(which: string, delimiter: string): void {
  const { length } = encoder.encode(delimiter);
  if (length === 1) return;
  throw builtinFault(NAME, `${which} delimiter has to be exactly one character long but is ${length} long`);
}

/** Positions of the outermost pairs. */
function delimited(template: string, open: string, close: string): [number, number][] {
  const pairs: [number, number][] = [];
  let level = 0;
  let start = 0;
  for (let at = 0; at < template.length; at++) {
    const char = template.charAt(at);
    if (char === open) {
      if (++level === 1) start = at;
    } else if (char === close) {
      if (--level === 0) pairs.push([start, at]);
      else if (level < 0) throw unbalanced(template);
    }
  }
  if (level !== 0) throw unbalanced(template);
  return pairs;
}

function unbalanced(template: string) {
  return builtinFault(NAME, `unbalanced braces in ${quoteGo(template)}`);
}

function quoteMeta(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

import type { BuiltinContext } from '../builtin.ts';
import { spendText } from '../text-limit.ts';
import type { Regex, RegexMatch } from './engine.ts';

/**
 * Visits the first `limit` matches (all when negative) that don't overlap; an empty one right after another doesn't count.
 * A match's groups can be read during its visit only.
 */
export function forEachMatch(
  context: BuiltinContext,
  regex: Regex,
  text: string,
  limit: number,
  visit: (match: RegexMatch) => void,
): void {
  const next = regex.search(text);
  let count = 0;
  let lastEnd = -1;
  for (let at = 0; at <= text.length && (limit < 0 || count < limit); ) {
    // A search may look at all that is left before it settles for a short match.
    context.spend(1 + ((text.length - at) >>> 8));
    const match = next(at);
    if (match === undefined) break;
    const isEmptyAtSearch = match.end === at;
    if (!(isEmptyAtSearch && match.start === lastEnd)) {
      count++;
      visit(match);
    }
    at = isEmptyAtSearch ? after(text, at) : match.end;
    lastEnd = match.end;
  }
}

/** Go's `Regexp.Split` without limit. */
export function splitAt(context: BuiltinContext, regex: Regex, pattern: string, text: string): string[] {
  if (pattern !== '' && text === '') return [''];
  const parts: string[] = [];
  let start = 0;
  let end = 0;
  forEachMatch(context, regex, text, -1, (match) => {
    end = match.start;
    if (match.end !== 0) parts.push(text.slice(start, end));
    start = match.end;
  });
  if (end !== text.length) parts.push(text.slice(start));
  return parts;
}

/** Go's `Regexp.ReplaceAllString`: `$1`, `$name` and `${name}` in `template` stand for groups, `$$` for a dollar. */
export function replaceAll(
  context: BuiltinContext,
  name: string,
  regex: Regex,
  text: string,
  template: string,
): string {
  const expand = compileTemplate(template, regex);
  const next = regex.search(text);
  let result = '';
  let lastEnd = 0;
  for (let at = 0; at <= text.length; ) {
    // A search may look at all that is left before it settles for a short match.
    context.spend(1 + ((text.length - at) >>> 8));
    const match = next(at);
    if (match === undefined) break;
    result += text.slice(lastEnd, match.start);
    if (match.end > lastEnd || match.start === 0) result += expand(match);
    if (result.length > 1024) spendText(context, name, result.length - at);
    lastEnd = match.end;
    at = Math.max(match.end, after(text, at));
  }
  return result + text.slice(lastEnd);
}

/** The position after the code point at one. */
function after(text: string, at: number): number {
  return at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
}

const REFERENCE = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

function compileTemplate(template: string, regex: Regex): (match: RegexMatch) => string {
  if (!template.includes('$')) return () => template;
  const parts: (string | number)[] = [];
  let last = 0;
  for (const reference of template.matchAll(REFERENCE)) {
    parts.push(template.slice(last, reference.index));
    last = reference.index + reference[0].length;
    const name = reference[2] ?? reference[3];
    parts.push(name === undefined ? '$' : groupNumber(name, regex));
  }
  parts.push(template.slice(last));
  return (match) => {
    let text = '';
    for (const part of parts) text += typeof part === 'string' ? part : match.group(part);
    return text;
  };
}

/** A group that isn't there stands for nothing. */
function groupNumber(name: string, regex: Regex): number | string {
  if (/^(?:0|[1-9]\d{0,8})$/.test(name)) {
    const index = Number(name);
    return index <= regex.groupCount ? index : '';
  }
  return Object.hasOwn(regex.names, name) ? (regex.names[name] as number) : '';
}

import { createLru } from '@sekisho/base';
import { goFunction, type TemplateFunction, TemplateFunctionError } from '@sekisho/gotemplate';
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { checkCount, checkLength, FunctionLimitError } from './limits.ts';
import { texts } from './strings.ts';

const MAX_PATTERN = 64 * 1024;
const S = 'string';

const compiled = createLru<string, RE2JS>({ maxWeight: 256 });

/** @throws TemplateFunctionError in Go's words */
function compile(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (pattern.length > MAX_PATTERN) throw new FunctionLimitError(`pattern of more than ${MAX_PATTERN} characters`);
  try {
    const regex = RE2JS.compile(pattern);
    compiled.set(pattern, regex);
    return regex;
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new TemplateFunctionError(`error parsing regexp: ${error.getDescription()}: \`${error.getPattern()}\``);
  }
}

interface Found {
  readonly from: number;
  readonly to: number;
}

/** All matches as Go finds them: an empty one right behind another doesn't count. */
function matches(regex: RE2JS, text: string, limit: number): Found[] {
  const matcher = regex.matcher(text);
  const found: Found[] = [];
  let last = -1;
  while ((limit < 0 || found.length < limit) && matcher.find()) {
    const [from, to] = [matcher.start(), matcher.end()];
    if (from === to && from === last) continue;
    last = to;
    found.push({ from, to });
    checkCount(found.length);
  }
  return found;
}

function split(pattern: string, text: string, count: bigint): string[] {
  const regex = compile(pattern);
  const limit = Number(count);
  if (limit === 0) return texts([]);
  if (pattern !== '' && text === '') return texts(['']);
  const parts: string[] = [];
  let [start, end] = [0, 0];
  for (const { from, to } of matches(regex, text, limit)) {
    if (limit > 0 && parts.length === limit - 1) break;
    end = from;
    if (to !== 0) parts.push(text.slice(start, end));
    start = to;
  }
  if (end !== text.length) parts.push(text.slice(start));
  return texts(parts);
}

/** `$1`, `${1}`, `$name`, `$$`; groups that aren't there are empty. */
const REFERENCE = /\$(?:\$|(\w+)|\{(\w+)\})/g;

function replace(pattern: string, text: string, template: string): string {
  const regex = compile(pattern);
  const matcher = regex.matcher(text);
  const names = regex.namedGroups() as Readonly<Record<string, number>>;
  const groupText = (name: string): string => {
    const index = /^\d+$/.test(name) ? Number(name) : (names[name] ?? -1);
    return index < 0 || index > matcher.groupCount() ? '' : (matcher.group(index) ?? '');
  };
  return replaceMatches(matcher, text, () =>
    template.replace(REFERENCE, (whole, plain?: string, braced?: string) =>
      whole === '$$' ? '$' : groupText(plain ?? braced ?? ''),
    ),
  );
}

function replaceMatches(matcher: ReturnType<RE2JS['matcher']>, text: string, replacement: () => string): string {
  let result = '';
  let end = 0;
  let last = -1;
  while (matcher.find()) {
    const [from, to] = [matcher.start(), matcher.end()];
    if (from === to && from === last) continue;
    result += text.slice(end, from) + replacement();
    checkLength(result.length);
    end = to;
    last = to;
  }
  return result + text.slice(end);
}

/** Functions that have a twin which fails in Go's plain words; the others panic with the pattern, too. */
const STRICT: Readonly<Record<string, TemplateFunction>> = {
  RegexFindAll: goFunction([S, S, 'int'], (pattern: string, text: string, count: bigint) =>
    texts(matches(compile(pattern), text, Number(count)).map(({ from, to }) => text.slice(from, to))),
  ),
  RegexFind: goFunction([S, S], (pattern: string, text: string) => {
    const matcher = compile(pattern).matcher(text);
    return matcher.find() ? matcher.group() : '';
  }),
  RegexReplaceAll: goFunction([S, S, S], replace),
  RegexReplaceAllLiteral: goFunction([S, S, S], (pattern: string, text: string, literal: string) =>
    replaceMatches(compile(pattern).matcher(text), text, () => literal),
  ),
  RegexSplit: goFunction([S, S, 'int'], split),
};

function panicking(run: TemplateFunction): TemplateFunction {
  const wrapped = (...args: unknown[]): unknown => {
    try {
      return run(...args);
    } catch (error) {
      if (!(error instanceof TemplateFunctionError) || !error.message.startsWith('error parsing')) throw error;
      throw new TemplateFunctionError(`regexp: Compile(${quoted(String(args[0]))}): ${error.message}`);
    }
  };
  return run.signature === undefined ? wrapped : Object.assign(wrapped, { signature: run.signature });
}

function quoted(pattern: string): string {
  return pattern.includes('`') ? JSON.stringify(pattern) : `\`${pattern}\``;
}

const mustMatch = goFunction([S, S], (pattern: string, text: string) => compile(pattern).matcher(text).find());

export const regexFunctions: Readonly<Record<string, TemplateFunction>> = {
  regexMatch: goFunction([S, S], (pattern: string, text: string) => {
    try {
      return compile(pattern).matcher(text).find();
    } catch (error) {
      if (error instanceof TemplateFunctionError && !(error instanceof FunctionLimitError)) return false;
      throw error;
    }
  }),
  mustRegexMatch: mustMatch,
  regexQuoteMeta: goFunction([S], (text: string) => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')),
  ...Object.fromEntries(Object.entries(STRICT).map(([name, run]) => [`must${name}`, run])),
  ...Object.fromEntries(
    Object.entries(STRICT).map(([name, run]) => [name.charAt(0).toLowerCase() + name.slice(1), panicking(run)]),
  ),
};

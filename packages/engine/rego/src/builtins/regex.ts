import { arrayOf, booleanType, fn, numberType, stringType } from '../types/construct.ts';
import type { Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { builtinFault, integerOperand, stringOperand } from './operand.ts';
import { compileRegex, type Regex, RegexSyntaxError } from './regex/engine.ts';
import { globsIntersect } from './regex/globs.ts';
import { forEachMatch, replaceAll, splitAt } from './regex/search.ts';
import { templatePattern } from './regex/template.ts';

function compile(name: string, pattern: string): Regex {
  try {
    return compileRegex(pattern);
  } catch (error) {
    throw error instanceof RegexSyntaxError ? builtinFault(name, error.message) : error;
  }
}

function spendSearch(context: BuiltinContext, text: string): void {
  context.spend(1 + (text.length >>> 4));
}

function isValid(pattern: Value): boolean {
  if (typeof pattern !== 'string') return false;
  try {
    compileRegex(pattern);
    return true;
  } catch (error) {
    if (error instanceof RegexSyntaxError) return false;
    throw error;
  }
}

function match(name: string, context: BuiltinContext, pattern: Value, text: Value): boolean {
  const expression = stringOperand(name, 1, pattern);
  const subject = stringOperand(name, 2, text);
  spendSearch(context, subject);
  return compile(name, expression).test(subject);
}

function find(context: BuiltinContext, pattern: Value, text: Value, limit: Value): string[] {
  const name = 'regex.find_n';
  const expression = stringOperand(name, 1, pattern);
  const subject = stringOperand(name, 2, text);
  const count = integerOperand(name, 3, limit);
  spendSearch(context, subject);
  const found: string[] = [];
  forEachMatch(context, compile(name, expression), subject, count, (match) => found.push(match.group(0)));
  return found;
}

function findGroups(context: BuiltinContext, pattern: Value, text: Value, limit: Value): string[][] {
  const name = 'regex.find_all_string_submatch_n';
  const expression = stringOperand(name, 1, pattern);
  const subject = stringOperand(name, 2, text);
  const count = integerOperand(name, 3, limit);
  spendSearch(context, subject);
  const regex = compile(name, expression);
  const found: string[][] = [];
  forEachMatch(context, regex, subject, count, (match) => {
    context.spend(regex.groupCount);
    found.push(Array.from({ length: regex.groupCount + 1 }, (_, index) => match.group(index)));
  });
  return found;
}

function split(context: BuiltinContext, pattern: Value, text: Value): string[] {
  const name = 'regex.split';
  const expression = stringOperand(name, 1, pattern);
  const subject = stringOperand(name, 2, text);
  spendSearch(context, subject);
  return splitAt(context, compile(name, expression), expression, subject);
}

function replace(context: BuiltinContext, text: Value, pattern: Value, by: Value): string {
  const name = 'regex.replace';
  const subject = stringOperand(name, 1, text);
  const expression = stringOperand(name, 2, pattern);
  const template = stringOperand(name, 3, by);
  spendSearch(context, subject);
  return replaceAll(context, name, compile(name, expression), subject, template);
}

function templateMatch(context: BuiltinContext, template: Value, text: Value, open: Value, close: Value): boolean {
  const name = 'regex.template_match';
  const source = stringOperand(name, 1, template);
  const subject = stringOperand(name, 2, text);
  const pattern = templatePattern(context, source, stringOperand(name, 3, open), stringOperand(name, 4, close));
  spendSearch(context, subject);
  return compile(name, pattern).test(subject);
}

const matchType = fn([stringType, stringType], booleanType);

export const REGEX_BUILTINS: readonly Builtin[] = [
  {
    name: 'regex.match',
    type: matchType,
    evaluate: (context, pattern, text) => match('regex.match', context, pattern as Value, text as Value),
  },
  {
    name: 're_match',
    type: matchType,
    deprecated: true,
    evaluate: (context, pattern, text) => match('re_match', context, pattern as Value, text as Value),
  },
  {
    name: 'regex.is_valid',
    type: fn([stringType], booleanType),
    evaluate: (_, pattern) => isValid(pattern as Value),
  },
  {
    name: 'regex.find_n',
    type: fn([stringType, stringType, numberType], arrayOf(stringType)),
    evaluate: (context, pattern, text, limit) => find(context, pattern as Value, text as Value, limit as Value),
  },
  {
    name: 'regex.find_all_string_submatch_n',
    type: fn([stringType, stringType, numberType], arrayOf(arrayOf(stringType))),
    evaluate: (context, pattern, text, limit) => findGroups(context, pattern as Value, text as Value, limit as Value),
  },
  {
    name: 'regex.split',
    type: fn([stringType, stringType], arrayOf(stringType)),
    evaluate: (context, pattern, text) => split(context, pattern as Value, text as Value),
  },
  {
    name: 'regex.replace',
    type: fn([stringType, stringType, stringType], stringType),
    evaluate: (context, text, pattern, by) => replace(context, text as Value, pattern as Value, by as Value),
  },
  {
    name: 'regex.template_match',
    type: fn([stringType, stringType, stringType, stringType], booleanType),
    evaluate: (context, template, text, open, close) =>
      templateMatch(context, template as Value, text as Value, open as Value, close as Value),
  },
  {
    name: 'regex.globs_match',
    type: fn([stringType, stringType], booleanType),
    evaluate: (context, a, b) =>
      globsIntersect(
        context,
        stringOperand('regex.globs_match', 1, a as Value),
        stringOperand('regex.globs_match', 2, b as Value),
      ),
  },
];

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of regex.replace look so
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value } from '../value/value.ts';
import { compileLinear, compileNative, type Regex, RegexSyntaxError } from './regex/engine.ts';
import { forEachMatch } from './regex/search.ts';
import { REGEX_BUILTINS } from './regex.ts';
import { callBuiltin, testContext } from './testing/call.ts';

const call = (name: string, ...args: unknown[]) => callBuiltin(REGEX_BUILTINS, `regex.${name}`, args);
const fault = (name: string, message: string) => `eval_builtin_error: regex.${name}: ${message}`;

describe('regex', () => {
  it.each<[string, readonly unknown[], Value]>([
    ['match', ['[[', 'a'], fault('match', 'error parsing regexp: missing closing ]: `[[`')],
    ['match', ['a**', 'a'], fault('match', 'error parsing regexp: invalid nested repetition operator: `**`')],
    ['match', ['(?<n>a)', 'a'], true],
    ['match', ['(?=a)', 'a'], fault('match', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`')],
    ['match', ['a{1001}', 'a'], fault('match', 'error parsing regexp: invalid repeat count: `{1001}`')],
    ['match', ['(a{500}){500}', 'a'], fault('match', 'error parsing regexp: invalid repeat count: `{500}`')],
    ['match', ['\\1', 'a'], fault('match', 'error parsing regexp: invalid escape sequence: `\\1`')],
    ['match', ['a$', 'a\n'], false],
    ['match', ['^.$', '😀'], true],
    ['match', ['\\s', '\u00a0\u000b'], false],
    ['match', ['\\w', 'é'], false],
    ['split', ['a', 'banana'], ['b', 'n', 'n', '']],
    ['split', ['', 'abc'], ['a', 'b', 'c']],
    ['split', ['x*', 'axbxc'], ['a', 'b', 'c']],
    ['split', ['^[a-z]+\\[[0-9]+\\]$', ''], ['']],
    ['find_n', ['a*', 'baac', -1], ['', 'aa', '']],
    ['find_n', ['a', 'baac', -2], ['a', 'a']],
    ['find_n', ['a', 'baac', 0], []],
    [
      'find_n',
      ['a', 'a', 1.5],
      'eval_type_error: regex.find_n: operand 3 must be integer number but got floating-point number',
    ],
    [
      'find_all_string_submatch_n',
      ['(a)|(b)', 'ab', -1],
      [
        ['a', 'a', ''],
        ['b', '', 'b'],
      ],
    ],
    [
      'find_all_string_submatch_n',
      ['((?:a|b)+)(c)?', 'abcab', -1],
      [
        ['abc', 'ab', 'c'],
        ['ab', 'ab', ''],
      ],
    ],
    ['replace', ['abc', '(?P<x>b)', '[${x}]'], 'a[b]c'],
    ['replace', ['abc', '(?P<x>b)', '[$x]'], 'a[b]c'],
    ['replace', ['abc', '(?P<x>b)', '[$x1]'], 'a[]c'],
    ['replace', ['abc', '(b)', '[$1x]'], 'a[]c'],
    ['replace', ['abc', '(b)', '[${1}x]'], 'a[bx]c'],
    ['replace', ['abc', '(b)', '[$$1]$'], 'a[$1]$c'],
    ['replace', ['abc', '(b)', '$2|${2}|${|$-|$0'], 'a||${|$-|bc'],
    ['replace', ['aé😀', '', '-'], '-a-é-😀-'],
    ['replace', ['baac', 'a*', 'x'], 'xbxcx'],
    ['template_match', ['urn:foo:{.*}', 'urn:foo:bar:baz', '{', '}'], true],
    ['template_match', ['urn:foo:{a{2}}b', 'urn:foo:aab', '{', '}'], true],
    ['template_match', ['urn:foo:{a}', 'xurn:foo:a', '{', '}'], false],
    ['template_match', ['a{.*', 'a', '{', '}'], fault('template_match', 'unbalanced braces in "a{.*"')],
    [
      'template_match',
      ['a{[}', 'a', '{', '}'],
      fault('template_match', 'error parsing regexp: missing closing ]: `[$`'),
    ],
    [
      'template_match',
      ['a', 'a', 'é', '}'],
      fault('template_match', 'start delimiter has to be exactly one character long but is 2 long'),
    ],
    ['is_valid', ['['], false],
    ['is_valid', [1], false],
    ['is_valid', ['.+'], true],
    ['globs_match', ['a.a.[0-9]+z', '.b.b2359825792*594823z'], true],
    ['globs_match', ['[a-z]+', '[0-9]*'], false],
    ['globs_match', ['', ''], true],
    ['globs_match', ['a*', ''], false],
    ['globs_match', ['a*', 'a*'], true],
    ['globs_match', ['a*b*', 'b*a*'], false],
    ['globs_match', ['a*b*', 'b*'], true],
    ['globs_match', ['a*c', 'c'], true],
    ['globs_match', ['ba*', 'b'], false],
    ['globs_match', ['[ab]+c*', 'b+[cd]+'], true],
    ['globs_match', ['[a-c^]', '^'], true],
    ['globs_match', ['\\a', 'a'], true],
    ['globs_match', ['[]+', 'a'], false],
    ...(
      [
        ['*a', "input:*a, pos:1, flag '*' must be preceded by a non-flag"],
        ['a++', "input:a++, pos:3, flag '+' must be preceded by a non-flag"],
        ['[z-a]', "input:[z-a], pos:4, range is out of order: 'a' comes before 'z' in Unicode"],
        ['[a', 'input:[a, pos:2, found [ without matching ]'],
        ['[a-]', "input:[a-], pos:3, range character '-' must be followed by a Unicode character"],
        ['[-a]', "input:[-a], pos:2, range character '-' must be preceded by a Unicode character"],
        ['[a-b-c]', "input:[a-b-c], pos:5, range character '-' must be preceded by a Unicode character"],
        ['a\\', 'input:a\\, pos:1, input ends with a \\ (escape) character'],
        ['pqrs]', "input:pqrs], pos:5, set-close ']' with no preceding '['"],
      ] as const
    ).map(([pattern, message]): [string, readonly unknown[], Value] => [
      'globs_match',
      [pattern, 'a'],
      fault('globs_match', `${message}: the input provided is invalid`),
    ]),
  ])('%s %j', (name, args, wanted) => {
    expect(call(name, ...args)).toEqual(wanted);
  });
});

describe('native patterns', () => {
  it.each([
    '^[a-z]+\\[[0-9]+\\]$',
    '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
    '^(?:a|b|c)$',
    '^https?://[^/]+/',
    'foo',
    '[0-9]+',
    '^.*:latest$',
    '(?i)^foo',
    '^\\d{4}-\\d{2}$',
    '^a{0,5}a*$',
  ])('%s runs on the fast engine', (pattern) => {
    expect(compileNative(pattern)).toBeDefined();
  });

  it.each([
    ['^(a+)+$', 'nested repetition'],
    ['^(a|a)*$', 'alternatives that overlap inside a loop'],
    ['a+b', 'every position tries the whole rest'],
    ['.*foo', 'every position tries the whole rest'],
    ['^a*a*$', 'two repetitions of one class side by side'],
    ['^.*x.*y$', 'the first may give back for the second'],
    ['(a?){50}b', 'nothing inside a loop'],
    ['^(?:a?a?){30}$', 'more ways than are allowed'],
    ['(?:a|ab|abc|b|bc|c){9}', 'more ways than are allowed'],
    ['a+$', 'what comes after the repetition may fail'],
    ['\\pL', 'beyond the plain syntax'],
    ['\\Ba', 'positions inside of surrogate pairs'],
    ['a**', 'faulty'],
    ['(?i)[^a]', 'negation and case'],
  ])('%s does not: %s', (pattern) => {
    expect(compileNative(pattern)).toBeUndefined();
  });

  const chars = fc.constantFrom('a', 'b', 'c', 'B', '1', '_', '-', ' ', '\n', 'é', '😀', '\u2028', 'K', 'ſ');
  const atom = fc.oneof(
    fc.constantFrom('a', 'b', 'c', '1', 'é', '😀', '.', '\\d', '\\w', '\\s', '\\W', '\\S', '\\D', '\\.', '\\-', '\\n'),
    fc.constantFrom(
      '[abc]',
      '[^a]',
      '[a-c1]',
      '[\\w-]',
      '[^\\s]',
      '[-a]',
      '[a\\]]',
      '[a-]',
      '[]a]',
      '^',
      '$',
      '\\b',
      '\\B',
    ),
  );
  const repeat = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '{2,}', '*?', '+?', '??', '{0,2}?');
  const pattern = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.tuple(atom, repeat).map((parts) => parts.join('')),
      fc
        .tuple(fc.constantFrom('(', '(?:', '(?P<n>'), tie('alternation'), repeat)
        .map(([open, body, times]) => `${open}${body})${times}`),
    ),
    sequence: fc.array(tie('node'), { maxLength: 4 }).map((parts) => parts.join('')),
    alternation: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|')),
    whole: fc
      .tuple(fc.constantFrom('', '', '^', '(?i)', '(?s)', '(?i)^'), tie('alternation'))
      .map((parts) => parts.join('')),
  })).whole as fc.Arbitrary<string>;

  function matches(regex: Regex, text: string): unknown {
    const found: unknown[] = [];
    forEachMatch(testContext(), regex, text, -1, (match) => {
      found.push([match.start, match.end, ...Array.from({ length: regex.groupCount + 1 }, (_, i) => match.group(i))]);
    });
    return [regex.test(text), regex.groupCount, { ...regex.names }, found];
  }

  it('find what the linear engine finds', () => {
    fc.assert(
      fc.property(pattern, fc.array(fc.string({ unit: chars, maxLength: 12 }), { maxLength: 6 }), (source, texts) => {
        const native = compileNative(source);
        if (native === undefined) return;
        const linear = compileLinear(source);
        if (linear instanceof RegexSyntaxError) throw linear;
        for (const text of ['', ...texts]) expect(matches(native, text)).toEqual(matches(linear, text));
      }),
      { numRuns: 3000 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { Value } from '../value/value.ts';
import { GLOB_BUILTINS } from './glob.ts';
import { callBuiltin } from './testing/call.ts';

describe('glob.match', () => {
  it.each<[readonly unknown[], Value]>([
    [['*.a', [], 'b.a'], true],
    [['**.a', ['.'], 'c.b.a'], true],
    [['a?b', ['/'], 'a/b'], false],
    [['a?b', ['/'], 'acb'], true],
    [['a}', [], 'a}'], true],
    [['a,b', [], 'a,b'], true],
    [['{a,{b,c}}d', [], 'cd'], true],
    [['\\*', [], '*'], true],
    [['[!ab]', ['/'], '/'], true],
    [['[^ab]', [], 'c'], false],
    [['[ab-]', [], '-'], true],
    [['[a-c]x', [], 'bx'], true],
    [['{*.a,b*}', ['.'], 'x.a'], true],
    [['***', ['.'], 'a.b'], true],
    [['a**b', ['.'], 'a.x.b'], true],
    [['*', [], ''], true],
    [['*', null, 'a.b/c'], true],
    [['{a,}b', [], 'b'], true],
    [['{}b', [], 'b'], true],
    [['[a\\]b]', [], ']'], true],
    [['{[a,b],c}', [], ','], true],
    [['{a\\,b,c}', [], 'a,b'], true],
    [['[abc-e]', [], 'd'], false],
    [['a*b*c', ['.'], 'axbxc'], true],
    [['a\n*', [], 'a\nb'], true],
    [['*a', ['😀'], 'b😀a'], false],
    [['[!a-c]', [], 'd'], true],
    [['[!a]', ['.'], '.'], true],
    [['[a-', [], 'a'], 'eval_builtin_error: glob.match: glob: syntax error at 3: unexpected end of input'],
    [['{a,b', [], 'a'], 'eval_builtin_error: glob.match: glob: syntax error at 4: unclosed `{`'],
    [['[]', [], 'a'], 'eval_builtin_error: glob.match: glob: syntax error at 2: could not parse range'],
    [['a\\', [], 'a'], 'eval_builtin_error: glob.match: glob: syntax error at 2: trailing backslash'],
    [['[z-a]', [], 'a'], 'eval_builtin_error: glob.match: glob: syntax error at 5: range hi character is less than lo'],
    [['[ab', [], 'a'], 'eval_builtin_error: glob.match: glob: syntax error at 3: unexpected end of input'],
    [['[a-c-e]', [], 'a'], 'eval_builtin_error: glob.match: glob: syntax error at 5: expected close range character'],
    [
      ['a', ['ab'], 'a'],
      'eval_type_error: glob.match: operand 2 must be array of runes but got array containing string',
    ],
    [['a', 1, 'a'], 'eval_type_error: glob.match: operand 2 must be one of {array, null} but got number'],
  ])('%j', (args, wanted) => {
    expect(callBuiltin(GLOB_BUILTINS, 'glob.match', args)).toBe(wanted);
  });

  it('ends on patterns that make backtracking explode', () => {
    const args = ['*a*a*a*a*a*a*a*a*a*a*b', null, 'a'.repeat(50_000)];
    expect(callBuiltin(GLOB_BUILTINS, 'glob.match', args)).toBe(false);
    expect(callBuiltin(GLOB_BUILTINS, 'glob.match', ['{'.repeat(5000), null, 'a'])).toContain('eval_builtin_error');
  });

  it('quotes what has a meaning', () => {
    expect(callBuiltin(GLOB_BUILTINS, 'glob.quote_meta', ['*?\\[]{}-,!^a.é'])).toBe('\\*\\?\\\\\\[\\]\\{\\}-,!^a.é');
  });
});

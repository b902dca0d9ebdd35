import { describe, expect, it } from 'vitest';
import { RegoSet, type Value } from '../value/value.ts';
import { STRING_BUILTINS } from './strings.ts';
import { callBuiltin } from './testing/call.ts';

const call = (name: string, ...args: unknown[]) => callBuiltin(STRING_BUILTINS, name, args);

describe('strings', () => {
  it.each<[string, readonly unknown[], Value]>([
    ['strings.replace_n', [{ '': 'x', b: 'y' }, 'ab'], 'xaxyx'],
    ['strings.replace_n', [{ a: '1', aa: '2' }, 'aaa'], '111'],
    ['strings.replace_n', [{ aa: '2', b: 'cc' }, 'aaab'], '2acc'],
    [
      'strings.replace_n',
      [{ b: 1 }, 'a'],
      'eval_type_error: strings.replace_n: operand 1 non-string value found in pattern object',
    ],
    ['upper', ['ßŉᾀıǆ'], 'ßŉᾈIǄ'],
    ['lower', ['İΑΣẞǄ'], 'iασßǆ'],
    ['trim_space', ['\u0085\ufeffa\u00a0'], '\ufeffa'],
    ['strings.split_n', ['a,b,c', ',', -1], ['c']],
    ['strings.split_n', ['a,b,c', ',', 0], []],
    ['strings.split_n', ['a,b,c', ',', 2], ['a', 'b']],
    [
      'strings.split_n',
      ['a', ',', 1.5],
      'eval_type_error: strings.split_n: operand 3 must be integer number but got floating-point number',
    ],
    ['split', ['a😀', ''], ['a', '😀']],
    ['substring', ['abc', 1, -5], 'bc'],
    ['substring', ['a😀b', 1, 1], '😀'],
    ['substring', ['abc', -1, 1], 'eval_builtin_error: substring: negative offset'],
    ['indexof', ['🍧🍨', '🍨'], 1],
    ['indexof', ['a', ''], 'eval_builtin_error: indexof: empty search character'],
    ['indexof_n', ['aaaa', 'aa'], [0, 1, 2]],
    ['indexof_n', ['😇😀😇😀', '😀'], [1, 3]],
    ['trim', ['¡¡¡foo, bar!!!', '!¡'], 'foo, bar'],
    ['trim_right', ['a😀😀', '😀'], 'a'],
    ['strings.count', ['dummy', ''], 6],
    ['strings.reverse', ['1😀2'], '2😀1'],
    ['concat', [',', new RegoSet().add('b').add('a')], 'a,b'],
    [
      'concat',
      [',', ['a', 1]],
      'eval_type_error: concat: operand 2 must be array of strings but got array containing number',
    ],
    ['concat', [',', 1], 'eval_type_error: concat: operand 2 must be one of {set, array} but got number'],
    ['strings.any_prefix_match', ['abc', ['x', 'ab']], true],
    ['strings.any_suffix_match', [['abc'], new RegoSet().add('b')], false],
    ['internal.template_string', [['a', new RegoSet().add(1), new RegoSet()]], 'a1<undefined>'],
    ['contains', ['a', 1], 'eval_type_error: contains: operand 2 must be string but got number'],
    [
      'strings.render_template',
      ['{{.}}', {}],
      'eval_builtin_error: strings.render_template: this evaluation was given no renderer of templates',
    ],
  ])('%s %j', (name, args, wanted) => {
    expect(call(name, ...args)).toEqual(wanted);
  });

  it('renders templates through the door', () => {
    const outside = { renderTemplate: (template: string) => `<${template}>` };
    expect(callBuiltin(STRING_BUILTINS, 'strings.render_template', ['x', {}], { outside })).toBe('<x>');
  });

  it('refuses results without bound', () => {
    const text = 'a'.repeat(100_000);
    expect(call('replace', text, 'a', text)).toContain('replace: result is longer');
    expect(call('strings.replace_n', { a: text }, text)).toContain('strings.replace_n: result is longer');
  });
});

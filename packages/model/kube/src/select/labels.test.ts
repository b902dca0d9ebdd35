import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLabelSelector, labelSelectorOf, matchesLabels, parseLabelSelector } from '../index.ts';

describe('parseLabelSelector', () => {
  const labels = { app: 'web', tier: 'front', empty: '', n: '5' };
  it.each<[string, boolean]>([
    ['', true],
    ['   ', true],
    ['app=web', true],
    ['app==web', true],
    [' app = web ', true],
    ['app=other', false],
    ['app!=other', true],
    ['missing!=x', true],
    ['missing=x', false],
    ['app', true],
    ['!app', false],
    ['! missing', true],
    ['app in (web, api)', true],
    ['app in (api)', false],
    ['app notin (api)', true],
    ['missing notin (api)', true],
    ['app in (web),tier=front,!canary', true],
    ['app=web,tier=back', false],
    ['empty=', true],
    ['empty in (,x)', true],
    ['empty', true],
    ['n>4', true],
    ['n<5', false],
    ['app>1', false],
    ['missing<9', false],
    ['in=web', false],
    ['app.kubernetes.io/name!=x', true],
  ])('%j selects: %s', (text, expected) => {
    expect(matchesLabels(parseLabelSelector(text), labels)).toBe(expected);
  });

  it.each([
    'app=', // fine: the empty value
    'x in ()', // the empty value too
  ])('%j is allowed', (text) => {
    expect(parseLabelSelector(text)).toHaveLength(1);
  });

  it.each([
    ',',
    'a,',
    ',a',
    'a=b=c',
    'a in b',
    'a in (b',
    'a in b)',
    'a (b)',
    '!a=b',
    'a b',
    '=b',
    'a=b,,c=d',
    'a>x',
    'a>',
    '-a=b',
    'a=-b',
    'a=b c',
    'UPPER.example.com/a/b=c',
    'Example.com/a=b',
    `${'a'.repeat(64)}=b`,
    `a=${'b'.repeat(64)}`,
    'a=ä',
    `a=${'x'.repeat(70_000)}`,
  ])('%j is refused', (text) => {
    expect(() => parseLabelSelector(text)).toThrow(expect.objectContaining({ code: 'SELECTOR_INVALID' }));
  });

  it('does not find labels on the prototype', () => {
    expect(matchesLabels(parseLabelSelector('constructor'), {})).toBe(false);
    expect(matchesLabels(parseLabelSelector('constructor'), { constructor: 'x' } as never)).toBe(true);
    expect(matchesLabels(parseLabelSelector('!a'), undefined)).toBe(true);
  });

  it('never fails otherwise, in bounded time', () => {
    const piece = fc.constantFrom(
      'a',
      'in',
      'notin',
      '(',
      ')',
      ',',
      '=',
      '!=',
      '==',
      '!',
      '<',
      '>',
      ' ',
      'b',
      '\\',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          try {
            parseLabelSelector(text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'SELECTOR_INVALID' });
          }
        },
      ),
    );
  });
});

describe('formatLabelSelector', () => {
  it('is what parseLabelSelector reads', () => {
    const key = fc.constantFrom('app', 'in', 'example.com/name', 'notin');
    const values = fc.uniqueArray(fc.constantFrom('a', 'b', '', 'c.d'), { minLength: 1, maxLength: 3 });
    const expression = fc.oneof(
      fc.record({ key, operator: fc.constantFrom('In', 'NotIn'), values }),
      fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
    );
    fc.assert(
      fc.property(fc.array(expression, { maxLength: 4 }), (matchExpressions) => {
        const requirements = labelSelectorOf({ matchExpressions });
        expect(parseLabelSelector(formatLabelSelector(requirements))).toEqual(requirements);
      }),
    );
  });
});

describe('labelSelectorOf', () => {
  it('reads matchLabels and matchExpressions', () => {
    const requirements = labelSelectorOf({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'NotIn', values: ['back', 'a'] },
        { key: 'x', operator: 'Exists' },
        { key: 'y', operator: 'DoesNotExist', values: [] },
      ],
    });
    expect(formatLabelSelector(requirements)).toBe('app=web,tier notin (a,back),x,!y');
  });

  it.each<[string, object]>([
    ['an unknown operator', { matchExpressions: [{ key: 'a', operator: 'Has' }] }],
    ['In without values', { matchExpressions: [{ key: 'a', operator: 'In', values: [] }] }],
    ['Exists with values', { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] }],
    ['a bad key', { matchLabels: { 'a b': 'x' } }],
    ['a bad value', { matchLabels: { a: 'x y' } }],
    ['a value that is no text', { matchLabels: { a: 1 } }],
    ['an operator of the prototype', { matchExpressions: [{ key: 'a', operator: 'toString' }] }],
  ])('refuses %s', (_, selector) => {
    expect(() => labelSelectorOf(selector)).toThrow(expect.objectContaining({ code: 'SELECTOR_INVALID' }));
  });
});

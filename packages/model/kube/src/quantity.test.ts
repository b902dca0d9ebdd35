import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addQuantity,
  canonicalQuantity,
  compareQuantity,
  formatQuantity,
  negateQuantity,
  parseQuantity,
  quantityToNumber,
} from './quantity.ts';

describe('canonicalQuantity', () => {
  const cases: [text: string, canonical: string][] = [
    ['1000m', '1'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['5.', '5'],
    ['+1', '1'],
    ['-1500m', '-1500m'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['1.1Ki', '1126400m'],
    ['2048', '2048'],
    ['2000', '2k'],
    ['100000', '100k'],
    ['129e6', '129e6'],
    ['1E3', '1e3'],
    ['12e-3', '12e-3'],
    ['1E', '1E'],
    ['0', '0'],
    ['0Mi', '0'],
    ['0.0001n', '1n'],
    ['9999999999999999999', '9223372036854775807'],
  ];
  it.each(cases)('%s → %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it('takes JSON numbers', () => {
    expect(canonicalQuantity(0.1)).toBe('100m');
    expect(canonicalQuantity(2)).toBe('2');
  });

  it.each(['', ' 1', '1 ', '1kb', 'Mi', '1e', '--1', '1.2.3', '1KI', '0x10', '1'.repeat(200)])('refuses %j', (text) => {
    expect(() => canonicalQuantity(text)).toThrow(expect.objectContaining({ code: 'QUANTITY_INVALID' }));
  });
});

describe('quantities', () => {
  const quantity = fc
    .tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.constantFrom('', 'm', 'k', 'M', 'Ki', 'Mi', 'Gi', 'u', 'n', 'e3'))
    .map(([number, suffix]) => `${number}${suffix}`);

  it('keep their value when written and read again', () => {
    fc.assert(
      fc.property(quantity, (text) => {
        const canonical = canonicalQuantity(text);
        expect(compareQuantity(canonical, text)).toBe(0);
        expect(canonicalQuantity(canonical)).toBe(canonical);
      }),
    );
  });

  it('add and compare as numbers do', () => {
    fc.assert(
      fc.property(quantity, quantity, (a, b) => {
        const sum = addQuantity(parseQuantity(a), parseQuantity(b));
        expect(compareQuantity(addQuantity(sum, negateQuantity(parseQuantity(b))), a)).toBe(0);
        const sign = compareQuantity(a, b);
        expect(compareQuantity(b, a)).toBe(-sign === 0 ? 0 : -sign);
      }),
    );
    expect(formatQuantity(addQuantity(parseQuantity('1Gi'), parseQuantity('512Mi')))).toBe('1536Mi');
    expect(formatQuantity(addQuantity(parseQuantity('500m'), parseQuantity('1')))).toBe('1500m');
    expect(quantityToNumber('1.5Gi')).toBe(1.5 * 2 ** 30);
  });
});

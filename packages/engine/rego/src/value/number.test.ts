import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  BigNumber,
  compareNumbers,
  div,
  mul,
  type NumberValue,
  numberFromBigInt,
  numberFromText,
  numberText,
  parseNumber,
  product,
  rem,
  sub,
  sum,
  toInteger,
} from './number.ts';

const n = numberFromText;

describe('numberFromText', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['-0.0', 0],
    ['0e5', 0],
    ['1e3', 1000],
    ['1.50', 1.5],
    ['0.1', 0.1],
    ['-12.5e-1', -1.25],
    ['9007199254740991', 9007199254740991],
    ['5e-324', 5e-324],
  ])('reads %s as the machine number %d', (text, value) => {
    expect(n(text)).toBe(value);
    expect(Object.is(n(text), -0)).toBe(false);
  });

  it.each([
    ['9007199254740992', '9007199254740992'],
    ['-12345678901234567890', '-12345678901234567890'],
    ['1e20', '100000000000000000000'],
    ['123456789.123456789123456789', '123456789.123456789123456789'],
    ['0.10000000000000000002', '0.10000000000000000002'],
    ['1e-400', '1e-400'],
    ['12e-401', '1.2e-400'],
    ['1e1000000000', '1e+1000000000'],
    ['-1e99999999999999999999', '-1e+1000000000000000'],
  ])('keeps %s exactly, as %s', (text, canonical) => {
    const value = n(text);
    expect(value).toBeInstanceOf(BigNumber);
    expect(numberText(value)).toBe(canonical);
  });

  it.each(['', '-', 'abc', '1e', '.', '0x10', 'Infinity', 'NaN', '1_0', ' 1'])('refuses %j', (text) => {
    expect(parseNumber(text)).toBeUndefined();
  });

  it('gives equal texts for equal numbers however they are written', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.integer({ min: 0, max: 30 }), (digits, zeros) => {
        const plain = n(`${digits}${digits === 0n ? '' : '0'.repeat(zeros)}`);
        const scientific = n(`${digits}e${zeros}`);
        const decimal = n(`${digits}${digits === 0n ? '' : '0'.repeat(zeros)}.000`);
        expect(scientific).toStrictEqual(plain);
        expect(decimal).toStrictEqual(plain);
      }),
    );
  });

  it('gives every double back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const read = n(String(value));
        if (Number.isInteger(value) && !Number.isSafeInteger(value)) expect(read).toBeInstanceOf(BigNumber);
        else expect(read).toBe(value + 0);
      }),
    );
  });
});

describe('arithmetic', () => {
  const operations: [
    string,
    (a: NumberValue, b: NumberValue) => NumberValue | undefined,
    (a: bigint, b: bigint) => bigint,
  ][] = [
    ['add', add, (a, b) => a + b],
    ['sub', sub, (a, b) => a - b],
    ['mul', mul, (a, b) => a * b],
  ];
  const integer = fc.oneof(
    fc.bigInt(),
    fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
    fc.bigInt({ min: -9n, max: 9n }),
  );

  it.each(operations)('%s is exact for integers of any size', (_, apply, expected) => {
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        const result = apply(numberFromBigInt(a), numberFromBigInt(b));
        expect(result).toStrictEqual(numberFromBigInt(expected(a, b)));
        expect(numberText(result as NumberValue)).toBe(expected(a, b).toString());
      }),
    );
  });

  it('divides integers exactly where they divide, and takes the remainder with the sign of the first', () => {
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        fc.pre(b !== 0n);
        expect(div(numberFromBigInt(a * b), numberFromBigInt(b))).toStrictEqual(numberFromBigInt(a));
        expect(rem(numberFromBigInt(a), numberFromBigInt(b))).toStrictEqual(numberFromBigInt(a % b));
      }),
    );
  });

  it('stays within a last place of 64 bits of the rational result', () => {
    const decimal = fc.tuple(fc.integer(), fc.integer({ min: 0, max: 12 }));
    fc.assert(
      fc.property(decimal, decimal, ([a, i], [b, j]) => {
        const sum = add(n(`${a}e-${i}`), n(`${b}e-${j}`));
        const scaled = BigInt(a) * 10n ** BigInt(24 - i) + BigInt(b) * 10n ** BigInt(24 - j);
        const got = numberText(sum);
        const difference = Math.abs(Number(got) - Number(scaled) / 1e24);
        expect(difference).toBeLessThanOrEqual(Math.max(Math.abs(a), Math.abs(b), 1) * 1e-15);
      }),
    );
  });

  // What `opa eval` prints.
  it.each([
    ['0.1+0.2', add(0.1, 0.2), '0.3'],
    ['1-0.9', sub(1, 0.9), '0.10000000000000000002'],
    ['0.1*3', mul(0.1, 3), '0.3'],
    ['0.1+0.7', add(0.1, 0.7), '0.8'],
    ['1/3', div(1, 3), '0.33333333333333333334'],
    ['2/3', div(2, 3), '0.6666666666666666667'],
    ['10/4', div(10, 4), '2.5'],
    ['9007199254740993/2', div(n('9007199254740993'), 2), '4503599627370496.5'],
    ['123456789.123456789123456789+0', add(n('123456789.123456789123456789'), 0), '123456789.12345678912'],
    [
      '123456789012345678901234567890.5+1',
      add(n('123456789012345678901234567890.5'), 1),
      '123456789012345678900000000000',
    ],
    ['0.1+1e-400', add(0.1, n('1e-400')), '0.1'],
    ['sum([0.1,0.2,0.3])', sum([0.1, 0.2, 0.3]), '0.6'],
    ['sum([0.1,0.2,0.3,0.4,0.7])', sum([0.1, 0.2, 0.3, 0.4, 0.7]), '1.7'],
    ['product([0.1,3])', product([0.1, 3]), '0.30000000000000004'],
    ['sum([9007199254740993, 1])', sum([n('9007199254740993'), 1]), '9007199254740994'],
    ['sum([1,0.1,0.2])', sum([1, 0.1, 0.2]), '1.3000000000000000001'],
    ['sum([0.7,0.1])', sum([0.7, 0.1]), '0.8'],
    ['ceil(1.2)', toInteger(1.2, 'ceil'), '2'],
    ['floor(-1.2)', toInteger(-1.2, 'floor'), '-2'],
    ['round(2.5)', toInteger(2.5, 'round'), '3'],
    ['round(-2.5)', toInteger(-2.5, 'round'), '-3'],
    ['round(0.49999999999999994)', toInteger(0.49999999999999994, 'round'), '0'],
    ['ceil(-0.5)', toInteger(-0.5, 'ceil'), '0'],
    ['round(9007199254740993.5)', toInteger(n('9007199254740993.5'), 'round'), '9007199254740994'],
    ['floor(-9007199254740993.5)', toInteger(n('-9007199254740993.5'), 'floor'), '-9007199254740994'],
  ])('%s is as OPA has it', (_, value, text) => {
    expect(numberText(value)).toBe(text);
  });

  it('refuses numbers that would fill the memory, and takes those that are next to nothing as 0', () => {
    expect(() => add(n('1e1000000000'), 1)).toThrow(expect.objectContaining({ code: 'eval_builtin_error' }));
    expect(() => mul(n('1e15000'), n('1e15000'))).not.toThrow();
    expect(() => mul(mul(n('1e15000'), n('1e15000')), 2)).toThrow(
      expect.objectContaining({ code: 'eval_builtin_error' }),
    );
    expect(() => div(1, n('1e-1000000000'))).toThrow(expect.objectContaining({ code: 'eval_builtin_error' }));
    expect(numberText(add(0.5, n('1e-1000000000')))).toBe('0.5');
  });
});

describe('compareNumbers', () => {
  it('is the order of the numbers whatever their form', () => {
    const text = fc
      .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: -25, max: 5 }))
      .map(([digits, exponent]) => ({ digits, exponent }));
    fc.assert(
      fc.property(text, text, (a, b) => {
        const exact = (value: typeof a) => value.digits * 10n ** BigInt(value.exponent + 25);
        const expected = exact(a) < exact(b) ? -1 : exact(a) > exact(b) ? 1 : 0;
        const order = compareNumbers(n(`${a.digits}e${a.exponent}`), n(`${b.digits}e${b.exponent}`));
        expect(Math.sign(order)).toBe(expected);
      }),
    );
  });

  it('compares enormous exponents without writing them out', () => {
    expect(compareNumbers(n('1e1000000000'), n('1e1000000001'))).toBe(-1);
    expect(compareNumbers(n('-1e1000000000'), 0)).toBe(-1);
    expect(compareNumbers(n('1e-1000000000'), 0)).toBe(1);
  });
});

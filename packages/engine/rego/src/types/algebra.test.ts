import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSubtype, keysOfType, MAX_UNION, selectConstant, sizeOf, unifies, unionOf, valuesOfType } from './algebra.ts';
import {
  anyOf,
  anyType,
  arrayOf,
  booleanType,
  fn,
  nullType,
  numberType,
  objectOf,
  objectWith,
  setOf,
  stringType,
  tupleOf,
} from './construct.ts';
import { printType } from './print.ts';
import type { Type } from './type.ts';
import { typeOfValue } from './value-type.ts';

const { type: types } = fc.letrec<{ type: Type }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(nullType, booleanType, numberType, stringType, anyType),
    tie('type').map(arrayOf),
    fc.array(tie('type'), { maxLength: 3 }).map((items) => tupleOf(items)),
    tie('type').map(setOf),
    tie('type').map((value) => objectOf(stringType, value)),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('type'), { maxKeys: 3 }).map((members) => objectWith(members)),
    fc.array(tie('type'), { minLength: 1, maxLength: 3 }).map((members) => unionOf(members) ?? anyType),
  ),
}));
const values = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)));

describe('unionOf', () => {
  it('is the same in any order, flat, and adds nothing twice', () => {
    fc.assert(
      fc.property(fc.array(types, { minLength: 1, maxLength: 5 }), (list) => {
        const union = unionOf(list);
        expect(unionOf([...list].reverse())).toEqual(union);
        expect(unionOf([union, ...list])).toEqual(union);
        if (union?.kind === 'any') expect(union.of.every((member) => member.kind !== 'any')).toBe(true);
      }),
    );
  });

  it('has each of its members within it', () => {
    fc.assert(
      fc.property(types, types, (a, b) => {
        const union = unionOf([a, b]) ?? anyType;
        expect(isSubtype(a, union) && isSubtype(b, union)).toBe(true);
      }),
    );
  });

  it('gives up on more members than it may have', () => {
    const many = Array.from({ length: MAX_UNION + 1 }, (_, index) => objectWith({ [`k${index}`]: numberType }));
    expect(unionOf(many)).toBe(anyType);
  });

  it('of nothing is nothing', () => {
    expect(unionOf([undefined])).toBeUndefined();
  });
});

describe('unifies and isSubtype', () => {
  it('unifies is symmetric; what is within another type unifies with it', () => {
    fc.assert(
      fc.property(types, types, (a, b) => {
        expect(unifies(a, b)).toBe(unifies(b, a));
        expect(isSubtype(a, a)).toBe(true);
      }),
    );
  });

  it('the type of a value is within itself, and unifies with the types of all equal values', () => {
    fc.assert(
      fc.property(values, (value) => {
        const type = typeOfValue(value);
        expect(isSubtype(type, typeOfValue(structuredClone(value)))).toBe(true);
        expect(unifies(type, typeOfValue(structuredClone(value)))).toBe(true);
        expect(unifies(type, anyType)).toBe(true);
      }),
    );
  });

  it.each<[boolean, Type, Type]>([
    [true, tupleOf([numberType, numberType]), arrayOf(numberType)],
    [false, tupleOf([numberType, stringType]), arrayOf(numberType)],
    [false, tupleOf([numberType]), tupleOf([numberType, numberType])],
    [false, objectWith({ a: numberType }), objectWith({ a: numberType, b: stringType })],
    [true, objectWith({ a: numberType }), objectOf(stringType, anyType)],
    [true, anyOf(stringType, numberType), numberType],
    [false, anyOf(stringType, numberType), booleanType],
    [false, setOf(numberType), arrayOf(numberType)],
    [false, fn([anyType], anyType), anyType],
  ])('unifies is %s for %o and %o', (expected, a, b) => {
    expect(unifies(a, b)).toBe(expected);
  });
});

it('what a key selects is among the values of a type', () => {
  fc.assert(
    fc.property(types, fc.constantFrom<string | number>('a', 'b', 0, 1), (type, key) => {
      const selected = selectConstant(type, key);
      if (selected === undefined) return;
      expect(keysOfType(type)).toBeDefined();
      expect(isSubtype(selected, valuesOfType(type) ?? nullType)).toBe(true);
    }),
  );
});

it('printType and sizeOf end for all types', () => {
  fc.assert(
    fc.property(types, (type) => {
      expect(printType(type)).not.toBe('');
      expect(sizeOf(type)).toBeGreaterThan(0);
    }),
  );
});

it.each<[string, Type]>([
  ['any', anyType],
  ['any<number, string>', anyOf(stringType, numberType)],
  ['array', tupleOf([])],
  ['array<number>[any]', tupleOf([numberType], anyType)],
  ['set[string]', setOf(stringType)],
  ['object<a: number>[string: any]', objectWith({ a: numberType }, { key: stringType, value: anyType })],
  ['(number, any) => string', fn([numberType, anyType], stringType)],
])('printType writes %s', (text, type) => {
  expect(printType(type)).toBe(text);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSet, SetSyntaxError, setValue } from './set-grammar.ts';

// What Helm says of each expression is in conformance/charts/values.
test('parseSet ends with values or a fault of the grammar, whatever it reads', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '.', '=', ',', '[', ']', '{', '}', '\\', '0', '1', '-', '"', 'é'),
  });
  fc.assert(
    fc.property(text, fc.boolean(), fc.boolean(), (expression, json, literal) => {
      try {
        parseSet(expression, {}, { value: setValue, json, literal });
      } catch (error) {
        expect(error).toBeInstanceOf(SetSyntaxError);
      }
    }),
  );
});

test('parseSet stops at nesting and indexes that are too large', () => {
  for (const expression of [`${'a.'.repeat(50)}b=1`, `a${'[0]'.repeat(50)}=1`, 'a[70000]=1']) {
    expect(() => parseSet(expression, {}, { value: setValue })).toThrow(SetSyntaxError);
  }
});

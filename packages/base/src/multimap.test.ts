import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMultimap } from './multimap.ts';

const values = [{ id: 0 }, { id: 1 }, { id: 2 }];

describe('createMultimap', () => {
  it('does what a map of sets does', () => {
    const anyStep = fc.record({ add: fc.boolean(), key: fc.constantFrom('a', 'b'), value: fc.constantFrom(...values) });
    fc.assert(
      fc.property(fc.array(anyStep), (steps) => {
        const multimap = createMultimap<{ id: number }>();
        const model = { a: new Set<object>(), b: new Set<object>() };
        for (const { add, key, value } of steps) {
          if (add) {
            multimap.add(key, value);
            model[key].add(value);
          } else {
            multimap.remove(key, value);
            model[key].delete(value);
          }
          expect(multimap.get('a')).toEqual([...model.a]);
          expect(multimap.get('b')).toEqual([...model.b]);
        }
      }),
    );
  });
});

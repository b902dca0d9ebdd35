import { expect, test } from 'vitest';
import { createLru } from './index.ts';

test('createLru forgets what was used longest ago once the weight is too much', () => {
  const cache = createLru<string, string>({ maxWeight: 10, weigh: (value) => value.length });
  cache.set('a', 'xxxx');
  cache.set('b', 'xxxx');
  expect(cache.get('a')).toBe('xxxx');
  cache.set('c', 'xxxx');
  expect([cache.has('a'), cache.has('b'), cache.has('c')]).toEqual([true, false, true]);
  cache.set('a', 'x');
  expect([cache.size, cache.weight]).toEqual([2, 5]);
  cache.set('huge', 'x'.repeat(11));
  expect(cache.has('huge')).toBe(false);
  cache.set('a', 'x'.repeat(11));
  expect(cache.has('a')).toBe(false);
  expect(cache.delete('c')).toBe(true);
  expect(cache.weight).toBe(0);
});

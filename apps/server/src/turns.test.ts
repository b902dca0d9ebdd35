import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

/** Work that keeps the event loop for so long. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('many who take turns let others in between, one after the other', async () => {
  const order: string[] = [];
  let isOver = false;
  const other = (async () => {
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('other');
    }
  })();
  const worker = async (name: string) => {
    const giveWay = createTurns(2);
    for (let i = 0; i < 3; i++) {
      await giveWay();
      order.push(name);
      work(3);
    }
  };
  await Promise.all(['a', 'b', 'c', 'd'].map(worker));
  isOver = true;
  await other;
  const text = order.join(' ');
  // At the start nobody knows yet of the others.
  expect(text.slice(text.indexOf('other'))).not.toMatch(/[a-d] [a-d]/);
  expect(order.filter((who) => who !== 'other')).toHaveLength(12);
});

test('who is quick is not held up', () => {
  const giveWay = createTurns(10_000);
  expect(giveWay()).toBeUndefined();
});

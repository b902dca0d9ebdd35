import { isSekishoError, silentLogger } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { type TempDir, tempDir } from '@sekisho/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStorage } from './storage.ts';

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(() => dir.remove());

const open = (options: { maxHistory?: number } = {}) => openStorage(dir.path, { logger: silentLogger, ...options });
const object = (name: string, value = ''): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { value },
});

test('openStorage finds again what was written, with revisions, after a close', async () => {
  const first = await open();
  const maps = first.collection('core/configmaps');
  await Promise.all([
    maps.write('a/one', object('one')),
    maps.write('a/two', object('two')),
    maps.write('b/one', object('one')),
  ]);
  await maps.remove('a/two');
  const { revision } = first;
  await first.close();
  const second = await open();
  const again = second.collection('core/configmaps');
  expect(second.revision).toBe(revision);
  expect(again.range('').map((stored) => stored.key)).toEqual(['a/one', 'b/one']);
  expect(again.range('a/').map((stored) => stored.object.metadata.name)).toEqual(['one']);
  expect(again.get('a/one')?.object.metadata.resourceVersion).toBe('1');
  await second.close();
});

test('openStorage refuses a folder that is open already and takes over a lock whose owner is gone', async () => {
  const first = await open();
  await expect(open()).rejects.toSatisfy((error) => isSekishoError(error, 'CLUSTER_LOCKED'));
  await first.close();
  const { writeFile } = await import('node:fs/promises');
  await writeFile(`${dir.path}/owner.lock`, '999999999 1\n');
  const second = await open();
  await second.close();
});

test('Collection shows a write to readers only once it is on disk, and to writers at once', async () => {
  const storage = await open();
  const maps = storage.collection('core/configmaps');
  const written = maps.write('a', object('a'));
  expect(maps.get('a')).toBeUndefined();
  expect(maps.head('a')?.object.metadata.name).toBe('a');
  await written;
  expect(maps.get('a')?.revision).toBe(storage.revision);
  const removed = maps.remove('a');
  expect(maps.get('a')).toBeDefined();
  expect(maps.head('a')).toBeUndefined();
  await removed;
  expect(maps.get('a')).toBeUndefined();
  await storage.close();
});

test('a large batch is told in order and in turns: others get theirs before its end, and see no write ahead of its revision', async () => {
  const storage = await open();
  const maps = storage.collection('core/configmaps');
  const told: number[] = [];
  let seenByOthers: number | undefined;
  const look = () => {
    expect(storage.revision).toBe(told.at(-1) ?? 0);
    expect(maps.range('').length).toBe(told.length);
    if (told.length > 0) seenByOthers ??= told.length;
    if (told.length < 100) setImmediate(look);
  };
  setImmediate(look);
  await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      const { revision } = await maps.write(`key-${i}`, object(`key-${i}`));
      told.push(revision);
    }),
  );
  expect(told).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  expect(seenByOthers).toBeLessThan(100);
  await storage.close();
});

test('close waits until every write that is on disk was told', async () => {
  const storage = await open();
  const maps = storage.collection('core/configmaps');
  const writes = Array.from({ length: 50 }, (_, i) => maps.write(`key-${i}`, object(`key-${i}`)));
  await storage.close();
  expect((await Promise.all(writes)).at(-1)?.revision).toBe(50);
  expect(maps.range('').length).toBe(50);
});

test('History gives every event after a revision, or nothing when some are forgotten', async () => {
  const storage = await open({ maxHistory: 3 });
  const maps = storage.collection('core/configmaps');
  for (const value of ['1', '2', '3', '4', '5']) await maps.write('a', object('a', value));
  const { history } = maps;
  expect(history.positionAfter(1)).toBeUndefined();
  const from = history.positionAfter(3);
  expect(from).toBeDefined();
  expect(history.at(from!)?.stored.revision).toBe(4);
  expect(history.at(from!)?.previous?.object['data']).toEqual({ value: '3' });
  expect(history.positionAfter(5)).toBe(history.end);
  await storage.close();
});

test('an older revision stays readable for whoever holds it', async () => {
  const storage = await open({ maxHistory: 1 });
  const maps = storage.collection('core/configmaps');
  await maps.write('a', object('a', 'old'));
  const held = maps.range('');
  await maps.write('a', object('a', 'new'));
  await maps.write('b', object('b'));
  await maps.remove('a');
  expect(held[0]?.object['data']).toEqual({ value: 'old' });
  expect(JSON.parse(held[0]?.json ?? '')).toMatchObject({ data: { value: 'old' } });
  await storage.close();
});

test('Collection keeps the state and order of a plain map under any sequence of writes', async () => {
  const storage = await open();
  const name = fc.stringMatching(/^[a-c](\/[a-c-]{1,2})?$/);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, fc.option(fc.string()))), async (steps) => {
      const maps = storage.collection(`core/r${storage.revision}`);
      const model = new Map<string, string>();
      const writes: Promise<unknown>[] = [];
      for (const [key, value] of steps) {
        if (value !== null) {
          model.set(key, value);
          writes.push(maps.write(key, object('x', value)));
        } else if (model.delete(key)) writes.push(maps.remove(key));
      }
      await Promise.all(writes);
      const found = maps.range('').map((stored) => [stored.key, (stored.object['data'] as { value: string }).value]);
      expect(found).toEqual([...model].sort(([a], [b]) => (a < b ? -1 : 1)));
    }),
    { numRuns: 30 },
  );
  await storage.close();
});

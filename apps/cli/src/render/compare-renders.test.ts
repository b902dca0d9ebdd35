import { expect, test } from 'vitest';
import { compareRenders, formatObjectChange } from './compare-renders.ts';

const map = (name: string, data: Record<string, string>, file = 'a.yaml') => ({
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data },
  origin: { file, line: 1, column: 1 },
});
const secret = (value: string) => ({
  object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key' }, stringData: { password: value } },
  origin: { file: 'key.yaml' },
});

test('says what is made, changed and gone, and nothing of what is the same', () => {
  const changes = compareRenders(
    [map('same', { a: '1' }), map('changed', { a: '1' }), map('gone', {})],
    [map('same', { a: '1' }, 'moved.yaml'), map('changed', { a: '2' }), map('new', {})],
  );
  expect(changes.map(formatObjectChange)).toEqual([
    'update ConfigMap/changed  (a.yaml:1:1)\n  data.a\n    - 1\n    + 2',
    'create ConfigMap/new  (a.yaml:1:1)',
    'delete ConfigMap/gone  (a.yaml:1:1)',
  ]);
});

test('keyed lists are compared by key', () => {
  const pod = (...containers: object[]) => ({
    object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers } },
    origin: { file: 'p.yaml' },
  });
  const [change] = compareRenders(
    [pod({ name: 'a', image: 'x:1' }, { name: 'b', image: 'y:1' })],
    [pod({ name: 'a', image: 'x:1' }, { name: 'b', image: 'y:2' })],
  );
  expect(change?.changes.map(({ path }) => path)).toEqual(['spec.containers[name=b].image']);
});

test('what a Secret holds is not shown', () => {
  const changes = compareRenders([secret('hunter22')], [secret('correct horse')]);
  expect(changes[0]?.changes).toHaveLength(1);
  expect(JSON.stringify(changes)).not.toMatch(/hunter22|correct horse/);
});

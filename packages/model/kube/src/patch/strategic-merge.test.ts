import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyStrategicMergePatch,
  builtinSchema,
  canonicalJson,
  createThreeWayPatch,
  deepEqual,
  type Schema,
} from '../index.ts';

const text: Schema = { type: 'string' };
const schema: Schema = {
  type: 'object',
  properties: {
    items: {
      type: 'array',
      patchStrategy: 'merge',
      patchMergeKey: 'name',
      items: {
        type: 'object',
        properties: { name: text, value: text, tags: { type: 'array', items: text, patchStrategy: 'merge' } },
      },
    },
    volumes: {
      type: 'array',
      patchStrategy: 'merge,retainKeys',
      patchMergeKey: 'name',
      items: { type: 'object', properties: { name: text, emptyDir: { type: 'object' }, secret: { type: 'object' } } },
    },
    tags: { type: 'array', items: text, patchStrategy: 'merge' },
    args: { type: 'array', items: text },
    strategy: { type: 'object', patchStrategy: 'retainKeys', properties: { type: text, rolling: { type: 'object' } } },
    whole: { type: 'object', patchStrategy: 'replace', properties: { a: text, b: text } },
    labels: { type: 'object', additionalProperties: text },
  },
};
const item = (name: string, value?: string): object => (value === undefined ? { name } : { name, value });

describe('applyStrategicMergePatch', () => {
  it.each<[string, object, object, object]>([
    ['merges maps', { labels: { a: '1', b: '2' } }, { labels: { b: null, c: '3' } }, { labels: { a: '1', c: '3' } }],
    ['replaces lists without a strategy', { args: ['a'] }, { args: ['b'] }, { args: ['b'] }],
    ['replaces maps that say so', { whole: { a: '1' } }, { whole: { b: '2' } }, { whole: { b: '2' } }],
    [
      'merges lists by key and keeps the order of the server',
      { items: [item('a', '1'), item('b', '2')] },
      { items: [item('b', '3'), item('c')] },
      { items: [item('a', '1'), item('b', '3'), item('c')] },
    ],
    ['merges lists of primitives', { tags: ['a', 'b'] }, { tags: ['b', 'c'] }, { tags: ['a', 'b', 'c'] }],
    [
      'deletes an item',
      { items: [item('a'), item('b')] },
      { items: [{ name: 'a', $patch: 'delete' }] },
      { items: [item('b')] },
    ],
    [
      'replaces a list',
      { items: [item('a'), item('b')] },
      { items: [item('c'), { $patch: 'replace' }] },
      { items: [item('c')] },
    ],
    ['replaces a map', { labels: { a: '1' } }, { labels: { $patch: 'replace', b: '2' } }, { labels: { b: '2' } }],
    ['deletes a map', { labels: { a: '1' } }, { labels: { $patch: 'delete' } }, { labels: {} }],
    [
      'takes $patch: merge on a map for what happens anyway',
      { labels: { a: '1' } },
      { labels: { $patch: 'merge', b: '2' } },
      { labels: { a: '1', b: '2' } },
    ],
    [
      'deletes primitives',
      { tags: ['a', 'b', 'c'] },
      { '$deleteFromPrimitiveList/tags': ['a', 'x'] },
      { tags: ['b', 'c'] },
    ],
    [
      'orders a list',
      { items: [item('a'), item('b'), item('c')] },
      { '$setElementOrder/items': [item('c'), item('a')], items: [item('c', '1')] },
      { items: [item('b'), item('c', '1'), item('a')] },
    ],
    [
      'orders primitives',
      { tags: ['a', 'b', 'c'] },
      { '$setElementOrder/tags': ['c', 'd', 'a'], tags: ['d'] },
      { tags: ['b', 'c', 'd', 'a'] },
    ],
    [
      'retains keys of a map',
      { strategy: { type: 'Rolling', rolling: { max: 1 } } },
      { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
      { strategy: { type: 'Recreate' } },
    ],
    [
      'retains keys of an item',
      { volumes: [{ name: 'v', emptyDir: {} }] },
      { volumes: [{ name: 'v', $retainKeys: ['name', 'secret'], secret: { x: 'y' } }] },
      { volumes: [{ name: 'v', secret: { x: 'y' } }] },
    ],
    [
      'merges inside items',
      { items: [{ name: 'a', tags: ['x'] }] },
      { items: [{ name: 'a', tags: ['y'] }] },
      { items: [{ name: 'a', tags: ['y', 'x'] }] },
    ],
    [
      'leaves directives and nulls out of what is new',
      {},
      {
        items: [
          { name: 'a', value: null, '$setElementOrder/tags': ['x'], tags: ['x'] },
          { name: 'b', $patch: 'delete' },
        ],
      },
      { items: [{ name: 'a', tags: ['x'] }] },
    ],
    [
      'merges fields that the schema does not know',
      { other: { a: 1, l: [1] } },
      { other: { b: 2, l: [2] } },
      { other: { a: 1, b: 2, l: [2] } },
    ],
  ])('%s', (_, value, patch, expected) => {
    const before = canonicalJson([value, patch]);
    expect(applyStrategicMergePatch(schema, value, patch)).toEqual(expected);
    expect(canonicalJson([value, patch])).toBe(before);
  });

  it.each<[string, unknown, unknown]>([
    ['a patch that is no object', {}, []],
    ['an item without its merge key', { items: [item('a')] }, { items: [{ value: '1' }] }],
    ['an unknown directive', { labels: { a: '1' } }, { labels: { $patch: 'explode' } }],
    ['$patch: merge in a list', { items: [item('a')] }, { items: [{ name: 'a', $patch: 'merge' }] }],
    ['a deletion without its key', { items: [item('a')] }, { items: [{ $patch: 'delete' }] }],
    ['lists of mixed kinds', { items: [item('a')] }, { items: ['a'] }],
    [
      'an order that the list does not follow',
      { items: [item('a')] },
      { '$setElementOrder/items': [item('a'), item('b')], items: [item('b'), item('a')] },
    ],
    ['an order that is no list', { items: [] }, { '$setElementOrder/items': {} }],
    ['an order without a field', {}, { $setElementOrder: [] }],
    [
      '$retainKeys that does not name what is set',
      { strategy: { type: 'a' } },
      { strategy: { $retainKeys: ['rolling'], type: 'b' } },
    ],
    ['$retainKeys that is no list', { strategy: {} }, { strategy: { $retainKeys: 'type' } }],
  ])('refuses %s', (_, value, patch) => {
    expect(() => applyStrategicMergePatch(schema, value, patch)).toThrow(
      expect.objectContaining({ code: 'PATCH_INVALID' }),
    );
  });

  it('treats __proto__ and constructor as plain keys', () => {
    const patch: unknown = JSON.parse('{"labels":{"__proto__":"x","constructor":"y"}}');
    const next = applyStrategicMergePatch(schema, { labels: { a: '1' } }, patch);
    expect(JSON.stringify(next)).toBe('{"labels":{"a":"1","__proto__":"x","constructor":"y"}}');
  });
});

const name = fc.constantFrom('a', 'b', 'c', 'd');
const tags = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
const anyItem = fc.record({ name, value: name, tags }, { requiredKeys: ['name'], noNullPrototype: true });
const anyObject = fc.record(
  {
    items: fc.uniqueArray(anyItem, { selector: (entry) => entry.name, minLength: 1, maxLength: 4 }),
    tags,
    args: fc.array(name, { maxLength: 2 }),
    labels: fc.dictionary(name, name, { noNullPrototype: true }),
    strategy: fc.oneof(fc.constant({ type: 'Recreate' }), fc.constant({ type: 'Rolling', rolling: { max: '1' } })),
    whole: fc.record({ a: name }, { noNullPrototype: true }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

describe('createThreeWayPatch with a schema', () => {
  it('makes what modified states present, and then has nothing more to do', () => {
    fc.assert(
      fc.property(anyObject, anyObject, anyObject, (original, modified, current) => {
        const patch = createThreeWayPatch(schema, original, modified, current);
        const next = applyStrategicMergePatch(schema, current, patch);
        // Laying modified over the result again brings nothing new.
        expect(deepEqual(applyStrategicMergePatch(schema, next, modified), next)).toBe(true);
        const again = createThreeWayPatch(schema, modified, modified, next);
        expect(deepEqual(applyStrategicMergePatch(schema, next, again), next)).toBe(true);
      }),
    );
  });

  it('is empty when nothing is to be done', () => {
    fc.assert(
      fc.property(anyObject, (object) => {
        expect(createThreeWayPatch(schema, object, structuredClone(object), structuredClone(object))).toEqual({});
      }),
    );
  });

  it('removes what was applied before and is not any more, and keeps what others added', () => {
    const deployment = builtinSchema({ group: 'apps', version: 'v1', kind: 'Deployment' });
    const pods = (...containers: unknown[]): object => ({ spec: { template: { spec: { containers } } } });
    const original = pods({ name: 'web', image: 'web:1', stdin: true }, { name: 'old', image: 'old:1' });
    const modified = pods({ name: 'web', image: 'web:2' });
    const current = pods(
      { name: 'web', image: 'web:1', stdin: true, imagePullPolicy: 'Always' },
      { name: 'old', image: 'old:1' },
      { name: 'injected', image: 'x' },
    );
    const patch = createThreeWayPatch(deployment, original, modified, current);
    expect(patch).toEqual({
      spec: {
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'web' }],
            containers: [
              { name: 'web', image: 'web:2', stdin: null },
              { name: 'old', $patch: 'delete' },
            ],
          },
        },
      },
    });
    expect(applyStrategicMergePatch(deployment, current, patch)).toEqual(
      pods({ name: 'web', image: 'web:2', imagePullPolicy: 'Always' }, { name: 'injected', image: 'x' }),
    );
  });
});

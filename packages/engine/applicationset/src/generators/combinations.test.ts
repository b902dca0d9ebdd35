import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generate, messages, paramsOf } from '../testing/sets.ts';

const GO = { goTemplate: true, goTemplateOptions: ['missingkey=error'] };

function list(...elements: readonly object[]) {
  return { list: { elements } };
}
function matrix(...generators: readonly object[]) {
  return { matrix: { generators } };
}
function merge(mergeKeys: readonly string[], ...generators: readonly object[]) {
  return { merge: { mergeKeys, generators } };
}

describe('matrix', () => {
  it('pairs all with all, the first generator outside', async () => {
    const made = await paramsOf(matrix(list({ a: '1' }, { a: '2' }), list({ b: 'x' }, { b: 'y' })));
    expect(made).toEqual([
      { a: '1', b: 'x' },
      { a: '1', b: 'y' },
      { a: '2', b: 'x' },
      { a: '2', b: 'y' },
    ]);
  });

  it('fills the second in from the first', async () => {
    const made = await paramsOf(
      matrix(list({ a: '1' }, { a: '2' }), list({ b: 'v{{a}}', '{{a}}': 'key', c: '{{z}}' })),
    );
    expect(made).toEqual([
      { a: '1', b: 'v1', '1': 'key', c: '{{z}}' },
      { a: '2', b: 'v2', '2': 'key', c: '{{z}}' },
    ]);
  });

  it('refuses texts that contradict each other', async () => {
    const generated = await generate({ generators: [matrix(list({ a: '1' }), list({ a: '2' }))] });
    expect(messages(generated)).toEqual([
      'spec.generators[0].matrix: failed to combine string maps with merging params for the matrix generator: found duplicate key a with different value, a: 1 ,b: 2',
    ]);
  });

  it('lets the first win with Go templates, map by map', async () => {
    const first = list({ n: 1, m: { a: 'first' }, empty: '', list: ['x'] });
    const second = list({ n: 2, m: { a: 'second', b: 'second' }, empty: 'second', list: ['y', 'z'], more: true });
    expect(await paramsOf(matrix(first, second), {}, GO)).toEqual([
      { n: 1, m: { a: 'first', b: 'second' }, empty: '', list: ['x'], more: true },
    ]);
  });

  it('nests, and what is within sees all that is outside', async () => {
    const inner = matrix(list({ b: '{{ .a }}-b' }), list({ c: '{{ .a }}-{{ .b }}' }));
    expect(await paramsOf(matrix(list({ a: '1' }, { a: '2' }), inner), {}, GO)).toEqual([
      { a: '1', b: '1-b', c: '1-1-b' },
      { a: '2', b: '2-b', c: '2-2-b' },
    ]);
  });

  it('renders values of the second with the parameters of both', async () => {
    const clusters = { clusters: { values: { where: '{{ .app }}.{{ .name }}' } } };
    const world = { clusters: [{ name: 'dev', server: 's', labels: {}, annotations: {} }] };
    const made = await paramsOf(matrix(list({ app: 'web' }), clusters), world, GO);
    expect(made).toMatchObject([{ app: 'web', name: 'dev', values: { where: 'web.dev' } }]);
  });

  it('stops before it makes more than the limit', async () => {
    const many = list(...Array.from({ length: 101 }, (_, i) => ({ a: String(i) })));
    const others = list(...Array.from({ length: 101 }, (_, i) => ({ b: String(i) })));
    const generated = await generate({ generators: [matrix(many, others)] });
    expect(messages(generated)).toEqual(['spec.generators[0].matrix: makes more than 10000 parameter sets']);
    expect(generated.diagnostics[0]?.hint).toContain('selector');
    expect(generated.applications).toEqual([]);
  });

  it('names the innermost generator that failed', async () => {
    const generated = await generate({
      ...GO,
      generators: [matrix(list({ a: '1' }), merge(['k'], list({ k: '{{ .nope }}' }), list({ k: 'x' })))],
    });
    expect(messages(generated)[0]).toMatch(
      /^spec\.generators\[0\]\.matrix\.generators\[1\]\.merge\.generators\[0\]\.list\.elements\.0\.k: failed to execute go template/,
    );
  });
});

describe('merge', () => {
  it('adds to each set of the first what others say of its keys', async () => {
    const base = list({ id: '1', a: 'base' }, { id: '2', a: 'base' }, { id: '3' });
    const top = list({ id: '2', a: 'top', b: 'top' }, { id: '9', a: 'nobody' });
    const last = list({ id: '1', c: 'last' });
    expect(await paramsOf(merge(['id'], base, top, last))).toEqual([
      { id: '1', a: 'base', c: 'last' },
      { id: '2', a: 'top', b: 'top' },
      { id: '3' },
    ]);
  });

  it('merges maps with Go templates; lists and all else are replaced', async () => {
    const base = list({ id: 1, m: { a: 'base', b: 'base' }, on: true, text: 'base' });
    const top = list({ id: 1, m: { a: 'top' }, on: false, text: '', list: [1] });
    expect(await paramsOf(merge(['id'], base, top), {}, GO)).toEqual([
      { id: 1, m: { a: 'top', b: 'base' }, on: false, text: '', list: [1] },
    ]);
  });

  it('takes several keys, in maps too', async () => {
    const base = list({ v: { region: 'eu' }, env: 'prod' }, { v: { region: 'us' }, env: 'prod' });
    const top = list({ v: { region: 'us' }, env: 'prod', size: 'l' });
    const made = await paramsOf(merge(['v.region', 'env'], base, top), {}, GO);
    expect(made.map(({ size }) => size)).toEqual([undefined, 'l']);
  });

  it('refuses sets that the keys do not tell apart', async () => {
    const generated = await generate({
      generators: [merge(['id'], list({ id: '1' }), list({ id: '1' }, { id: '1', a: 'x' }))],
    });
    expect(messages(generated)[0]).toBe(
      'spec.generators[0].merge.generators[1].list: the parameters from a generator were not unique by the given mergeKeys, Merge requires all param sets to be unique. Duplicate key was {"id":"1"}',
    );
  });
});

describe('laws', () => {
  const texts = fc.string({ minLength: 1, maxLength: 6 }).filter((text) => !text.includes('{'));
  const elements = fc.array(fc.record({ id: texts, v: texts }), { maxLength: 8 });

  it('a matrix makes as many sets as both have together', async () => {
    await fc.assert(
      fc.asyncProperty(elements, elements, async (first, second) => {
        const others = second.map(({ id, v }) => ({ id2: id, v2: v }));
        const made = await paramsOf(matrix(list(...first), list(...others)));
        expect(made).toEqual(first.flatMap((a) => others.map((b) => ({ ...a, ...b }))));
      }),
      { numRuns: 50 },
    );
  });

  it('a matrix with one empty set is what the other is', async () => {
    await fc.assert(
      fc.asyncProperty(elements, fc.boolean(), async (sets, goTemplate) => {
        expect(await paramsOf(matrix(list(...sets), list({})), {}, { goTemplate })).toEqual(sets);
      }),
      { numRuns: 30 },
    );
  });

  it('a merge has the sets of its first generator, in their order, and merging with itself changes nothing', async () => {
    const unique = fc.uniqueArray(fc.record({ id: texts, v: texts }), { selector: ({ id }) => id, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(unique, unique, fc.boolean(), async (base, top, goTemplate) => {
        const spec = { goTemplate };
        const made = await paramsOf(merge(['id'], list(...base), list(...top)), {}, spec);
        expect(made.map(({ id }) => id)).toEqual(base.map(({ id }) => id));
        for (const params of made) {
          const other = top.find(({ id }) => id === params['id']);
          if (other !== undefined) expect(params).toEqual(other);
        }
        expect(await paramsOf(merge(['id'], list(...base), list(...base)), {}, spec)).toEqual(base);
      }),
      { numRuns: 50 },
    );
  });
});

describe('whatever a set says', () => {
  const word = fc.constantFrom(
    'a',
    'b',
    'values',
    'path',
    '{{a}}',
    '{{ .a }}',
    '{{',
    '{{ .a.b.c }}',
    '{{ range .a }}',
    '__proto__',
  );
  const value = fc.oneof(
    word,
    fc.integer(),
    fc.constant(null),
    fc.boolean(),
    fc.array(word, { maxLength: 2 }),
    fc.dictionary(word, word, { maxKeys: 2 }),
  );
  const leaf = fc.oneof(
    fc.record({
      list: fc.record({ elements: fc.array(fc.dictionary(word, value, { maxKeys: 3 }), { maxLength: 3 }) }),
    }),
    fc.record({ list: fc.record({ elementsYaml: fc.oneof(word, fc.constant('- {a: 1}')) }) }),
    fc.record({ clusters: fc.record({ values: fc.dictionary(word, word, { maxKeys: 2 }) }) }),
    fc.record({ git: fc.record({ repoURL: fc.constantFrom('r', '{{a}}'), files: fc.constant([{ path: '*' }]) }) }),
    fc.record({ pullRequest: fc.record({ github: fc.dictionary(word, value, { maxKeys: 2 }) }) }),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.record({ matrix: fc.record({ generators: fc.tuple(tie('tree'), tie('tree')) }) }),
      fc.record({
        merge: fc.record({
          mergeKeys: fc.array(word, { minLength: 1, maxLength: 2 }),
          generators: fc.tuple(tie('tree'), tie('tree')),
        }),
      }),
    ),
  }));
  const world = {
    clusters: [{ name: 'dev', server: 's', labels: { a: 'b' }, annotations: {} }],
    repositories: { r: { '': { 'x/a.yaml': 'a: {b: [1]}\n', 'y.json': '[{"a": 1}, {}]' } } },
  };

  it('it ends with Applications or with messages that name a place', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.boolean(), word, async (generator, goTemplate, text) => {
        const template = { metadata: { name: text }, spec: { [text]: text } };
        const generated = await generate({ goTemplate, template, templatePatch: text, generators: [generator] }, world);
        expect(generated.failure === undefined).toBe(generated.diagnostics.length === 0);
        for (const message of messages(generated)) expect(message).toMatch(/^spec\./);
      }),
      { numRuns: 300 },
    );
  });
});

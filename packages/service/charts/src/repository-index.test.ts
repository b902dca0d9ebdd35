import { isSekishoError } from '@sekisho/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIndex } from './repository-index.ts';

const read = (text: string) => parseIndex(text, 'the test', { maxBytes: 1_000_000, pause: async () => {} });

test('entries keep version, first address and digest; what lacks a version is left out', async () => {
  const index = await read(`
apiVersion: v1
entries:
  web:
  - {version: 1.2.0, urls: [a.tgz, b.tgz], digest: 'sha256:AB', description: long}
  - {version: 1.1, urls: []}
  - {urls: [c.tgz]}
  empty: []
  none:
`);
  expect([...index]).toEqual([
    ['web', [{ version: '1.2.0', url: 'a.tgz', digest: 'ab' }]],
    ['empty', []],
  ]);
});

test('a name is a name, whatever objects have', async () => {
  const index = await read('apiVersion: v1\nentries:\n  __proto__: [{version: 1.0.0, urls: [x]}]\n');
  expect(index.get('__proto__')?.[0]?.version).toBe('1.0.0');
  expect(index.get('constructor')).toBeUndefined();
});

const part = fc.oneof(
  fc.string(),
  fc.constantFrom(
    'apiVersion: v1\n',
    'entries:\n',
    '  web:\n',
    '  - version: 1.0.0\n',
    '    urls: [',
    ']',
    '{',
    '&a',
    '*a',
    '\0',
  ),
);

test('any text is an index or a coded error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
      try {
        await read(parts.join(''));
      } catch (error) {
        expect(isSekishoError(error, 'CHART_REPOSITORY_INDEX')).toBe(true);
      }
    }),
  );
});

test('any JSON is an index or a coded error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), fc.json(), async (entries, other) => {
      try {
        await read(`{"apiVersion": "v1", "entries": {"web": [${entries}], "other": ${other}}}`);
      } catch (error) {
        expect(isSekishoError(error, 'CHART_REPOSITORY_INDEX')).toBe(true);
      }
    }),
  );
});

import { isSekishoError } from '@sekisho/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIndex } from './repository-index.ts';

const read = (text: string) => parseIndex(text, 'the test');

const INDEX = `apiVersion: v1
entries:
  web:
  - {version: 1.2.0, urls: [a.tgz, b.tgz], digest: 'sha256:AB', description: long}
  - version: 1.1
    urls: []
  - urls: [c.tgz]
  empty: []
  none:
  other:
    - description: |
        web:
          - version: 6.6.6

      version: 1.0.0
      home: "a text
        in two lines: web:
        "
      urls:
        - https://charts.example/other.tgz
generated: "2026-01-01T00:00:00Z"
`;
const OTHER = [{ version: '1.0.0', url: 'https://charts.example/other.tgz', digest: undefined }];

test.each([
  ['as Helm writes it', INDEX],
  ['as a document', `---\n${INDEX}`],
  ['with the lines of Windows', INDEX.replaceAll('\n', '\r\n')],
  ['with the version last', `${INDEX.replace('apiVersion: v1\n', '')}apiVersion: v1\n`],
  ['further in', INDEX.replaceAll('\n  ', '\n      ')],
  ['with a comment', INDEX.replace('entries:', '# charts\nentries: # all')],
])('an index %s: version, first address and digest; what lacks a version is left out', (_, text) => {
  const index = read(text);
  expect(index.get('web')).toEqual([{ version: '1.2.0', url: 'a.tgz', digest: 'ab' }]);
  expect([index.get('empty'), index.get('none'), index.get('missing')]).toEqual([[], [], undefined]);
  expect(index.get('other')).toEqual(OTHER);
});

test('a fault of one chart is told with its place, and no other chart has it', () => {
  const index = read(
    `${INDEX.replace('generated', '  broken:\n  - version: [\n  good:\n  - version: 1.0.0\ngenerated')}`,
  );
  expect(index.get('good')).toEqual([{ version: '1.0.0', url: undefined, digest: undefined }]);
  expect(() => index.get('broken')).toThrow(/index\.yaml:2\d:\d+: /);
});

test('what the layout gives is what parsing the whole gives', () => {
  const value = fc.oneof(
    fc.constantFrom(
      '1.0.0',
      '"1.0.0"',
      "'2.0.0'",
      '|\n        a:\n          b\n',
      '>-\n      x\n\n      y',
      '[a, b]',
      '',
      '~',
    ),
    fc.constantFrom('"a\n\n      b"', 'plain\n      text', '{version: 3.0.0}', '\n    - a\n    - b', '\n      - a'),
  );
  const item = fc.array(fc.tuple(fc.constantFrom('version', 'urls', 'digest', 'name'), value), {
    minLength: 1,
    maxLength: 4,
  });
  const chart = fc.tuple(fc.constantFrom('a', 'b-1', 'c.d', '0x'), fc.array(item, { maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(chart, { maxLength: 4 }), (charts) => {
      const lines = charts.map(([name, items]) => {
        const texts = items.map((pairs) => `  - ${pairs.map(([key, text]) => `${key}: ${text}`).join('\n    ')}\n`);
        return `  ${name}:\n${texts.join('')}`;
      });
      const text = `apiVersion: v1\nentries:\n${lines.join('')}`;
      const ask = (given: string) => {
        try {
          const index = read(given);
          return ['a', 'b-1', 'c.d', '0x'].map((name) => index.get(name));
        } catch {
          return 'refused';
        }
      };
      // A comment at the margin is no layout of Helm's.
      const whole = ask(`# whole\n${text}`);
      if (whole !== 'refused') expect(ask(text)).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});

test('a name is a name, whatever objects have', () => {
  const index = read('apiVersion: v1\nentries:\n  __proto__: [{version: 1.0.0, urls: [x]}]\n');
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

test('any text is an index or a coded error', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      try {
        read(parts.join('')).get('web');
      } catch (error) {
        expect(isSekishoError(error, 'CHART_REPOSITORY_INDEX')).toBe(true);
      }
    }),
  );
});

test('any JSON is an index or a coded error', () => {
  fc.assert(
    fc.property(fc.json(), fc.json(), (entries, other) => {
      try {
        read(`{"apiVersion": "v1", "entries": {"web": [${entries}], "other": ${other}}}`);
      } catch (error) {
        expect(isSekishoError(error, 'CHART_REPOSITORY_INDEX')).toBe(true);
      }
    }),
  );
});

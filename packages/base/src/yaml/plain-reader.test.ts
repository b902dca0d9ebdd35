import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compose } from './compose.ts';
import { readPlainDocument } from './plain-reader.ts';
import { offsetOf, toValue } from './values.ts';

const LIMITS = { maxDepth: 200, maxAliasExpansion: 1000, duplicateKeys: 'error' } as const;

/** What the full parser makes of a text that must be one document; a fault is part of the answer. */
function full(text: string): unknown {
  const [composed, ...others] = [...compose(text, LIMITS.maxDepth)];
  const faults: string[] = [];
  if (composed?.root == null || others.length > 0 || composed.errors.length > 0) return { fault: true };
  const value = toValue(composed.root, LIMITS, (fault) => faults.push(fault.code));
  return faults.length > 0 ? { fault: true } : { value, offset: offsetOf(composed.root) };
}

/** Each with the `---` line before it. */
function documentsOf(text: string): string[] {
  return text.split(/(?<![^\n])(?=---(?![^ \t\n]))/).filter((chunk) => chunk.trim() !== '');
}

function agree(text: string): boolean {
  const plain = readPlainDocument(text, LIMITS.maxDepth);
  if (plain !== undefined) expect(JSON.stringify(plain), JSON.stringify(text)).toBe(JSON.stringify(full(text)));
  return plain !== undefined;
}

test.each([
  'a: 1\nb: two\n',
  '--- # c\n# c\na:\n- 1\n-   x: 1\n    z: 2\n- - a\n  - b\n-\n  q: 1\n- # c\n  - r\nb: # c\n  c: "x: y" # c\n',
  'a: |\n  x',
  'a: |+\n  x',
  'a: |-\n  x\n\n  y',
  'a: >\n  x\n  y',
  'a: |\n  x\n    y\n\n  z\n\n\nb: |-\n  x\n# c\nc: |+\n  x\n\nd: >\n  a\n  b\n\n  c\n',
  'a: {b: 1, "c":2, d: [x, y z, "q"], e: {}}\nf: []\n',
  '{"a": [1, {"b": null}],\n\t"c": "\\u00e9\\n"}\n',
  "'it''s': 'x'\nurl: http://x/y#z\ntime: 12:30\nneg: -1\nq: ?x\n",
  'a:\n  b:\n    c: d\n  e:\nf:\n',
  '- a\n- b: c\n  d:\n  - e\n- f\n',
])('reads %j itself, as the full parser does', (text) => {
  expect(agree(text)).toBe(true);
});

test.each([
  'a: &x 1\n',
  'a: *x\n',
  'a: !!str 1\n',
  'a: b\n  c\n',
  'a: "b\n  c"\n',
  'a: 1\na: 2\n',
  'a: b: c\n',
  'a:\tb\n',
  '<<: {a: 1}\n',
  '? a\n: b\n',
  'a: [1,,2]\n',
  'a: [1\nb: 2\n',
  '{a: -}',
  '[-, b]',
  '[?]',
  'a: "x" y\n',
  'a: 1\n b: 2\n',
  'a:\n  b: 1\n c: 2\n',
  'a: |2\n  x\n',
  'a: |\n  x\n  ',
  'a: .inf\n',
  '~: 1\n',
  'plain text\n',
  'a: 12345678901234567\n',
])('leaves %j to the full parser', (text) => {
  expect(readPlainDocument(text, 200)).toBeUndefined();
});

test('both agree on anything', () => {
  const piece = fc.constantFrom(
    ...[
      'a: ',
      'b: ',
      'c:',
      'key: ',
      '"q": ',
      "'s': ",
      '- ',
      '-',
      '\n',
      '\n',
      '\n',
      '\n  ',
      '\n    ',
      '\n- ',
      '\n  - ',
      ' ',
      '  ',
      '\t',
    ],
    ...[
      'x',
      'y z',
      '1',
      'yes',
      '0777',
      'null',
      '~',
      '-1',
      '-',
      '?',
      '? ',
      ':',
      ': ',
      '#',
      ' # c',
      ',',
      ', ',
      '"d q"',
      "'it''s'",
      '"\\u00e9\\n"',
      '"\\x41"',
    ],
    ...[
      '[',
      ']',
      '{',
      '}',
      '[]',
      '{}',
      '[a, b]',
      '{a: 1}',
      '{"a":1}',
      '|',
      '>',
      '|\n',
      '|-\n  ',
      '|+\n  ',
      '>\n  ',
      '>-\n    ',
      '|\n  x\n',
      '&a ',
      '*a',
      '!t ',
      '%',
      '@',
    ],
    ...['\u0085', '\u00A0', '\u2028', 'é', '---', '--- ', '...', '<<', '=', '__proto__: '],
  );
  let plain = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const text = pieces.join('');
      if (/(?<![^\n])(?:%|\.\.\.)/.test(text)) return;
      for (const chunk of documentsOf(text)) if (agree(chunk)) plain++;
    }),
    { numRuns: 20_000 },
  );
  expect(plain).toBeGreaterThan(300);
});

test('both agree on manifests of the world', () => {
  const folder = resolve(import.meta.dirname, '../../../../../shared/conformance');
  if (!existsSync(folder)) {
    process.stdout.write('skipped: there are no conformance data beside the repository\n');
    return;
  }
  let documents = 0;
  let plain = 0;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.ya?ml$/.test(file));
  for (const file of files.slice(0, 1500)) {
    const text = readFileSync(join(folder, file), 'utf8');
    if (text.length > 200_000 || text.includes('\r')) continue;
    for (const chunk of documentsOf(text)) {
      documents++;
      if (agree(chunk)) plain++;
    }
  }
  expect(plain / documents).toBeGreaterThan(0.8);
}, 60_000);

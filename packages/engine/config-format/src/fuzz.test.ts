import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FORMAT_NAMES, loadConfigParser } from './index.ts';

const TESTDATA = new URL('../testdata/', import.meta.url);
const parser = await loadConfigParser();

describe.each(FORMAT_NAMES)('a parser of %s that meets strangers’ bytes', { timeout: 60_000 }, (format) => {
  const check = (content: string | Uint8Array) => {
    const { documents, diagnostics } = parser.parse(format, content, { file: 'f', maxExpansion: 100_000 });
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
    expect(documents.length > 0).toBe(errors.length === 0);
    for (const diagnostic of diagnostics) {
      expect(diagnostic.code).toMatch(/^(?:CONFIG|YAML)_[A-Z_]+$/);
      expect(diagnostic.origin?.line).toBeGreaterThan(0);
    }
    for (const document of documents) JSON.stringify(document.value);
  };

  test('survives any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), check), { numRuns: 150 });
  });

  test('survives texts made of the marks of configuration files', () => {
    const mark = fc.constantFrom(
      ...'{}[]()<>"\'`=:;,.#/\\$%&*+-!?|~^@ \n\t\r0aé_1'.split(''),
      '${',
      '<<E',
      'for ',
      '"""',
      '/*',
      '%{',
      'true',
    );
    fc.assert(
      fc.property(fc.array(mark, { maxLength: 40 }), (marks) => check(marks.join(''))),
      { numRuns: 400 },
    );
  });

  test('survives any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), check), { numRuns: 60 });
  });

  test('survives damaged samples', () => {
    const folder = new URL(`${format}/`, TESTDATA);
    const names = readdirSync(TESTDATA).includes(format) ? readdirSync(folder) : [];
    const texts = names
      .filter((name) => !name.endsWith('.json'))
      .map((name) => readFileSync(new URL(name, folder), 'utf8'));
    if (texts.length === 0) return;
    const damage = fc.record({
      text: fc.constantFrom(...texts),
      at: fc.nat(),
      length: fc.nat(9),
      insert: fc.string({ maxLength: 4 }),
    });
    const property = fc.property(damage, ({ text, at, length, insert }) => {
      const start = at % (text.length + 1);
      check(text.slice(0, start) + insert + text.slice(start + length));
    });
    fc.assert(property, { numRuns: 120 });
  });

  test.each([
    '{',
    '[',
    '(',
    '<a>',
    'a {\n',
    '{"a":',
    '[[',
    '"${',
    'a=[',
    '-',
    '!',
    'a.',
    '#_',
    '#a ',
    '%{if a}',
    'a: {b: ',
    '((',
    'x ? ',
    "'",
    '/*',
    'a:a:',
    'if a then ',
    'local a=1;',
    'function(x) ',
  ])('refuses %j repeated twenty thousand times, or reads it', (part) => check(part.repeat(20_000)));
});

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FORMAT_NAMES, parseConfig } from './index.ts';

const TESTDATA = new URL('../testdata/', import.meta.url);

/** A file of `testdata/<format>/` and what Conftest makes of it (`*.expected.json`; the README lists where we differ). */
describe.each(FORMAT_NAMES.filter((format) => readdirSync(TESTDATA).includes(format)))(
  'parseConfig of %s',
  (format) => {
    const folder = new URL(`${format}/`, TESTDATA);
    const samples = readdirSync(folder).filter((name) => !name.endsWith('.expected.json') && !name.endsWith('.proto'));
    test.each(samples)('gives the documents of %s', async (name) => {
      const protoFiles = readdirSync(folder)
        .filter((file) => file.endsWith('.proto'))
        .map((file) => ({ file, text: readFileSync(new URL(file, folder), 'utf8') }));
      const result = await parseConfig(format, readFileSync(new URL(name, folder)), { file: name, protoFiles });
      expect(result.diagnostics.filter((diagnostic) => diagnostic.severity === 'error')).toEqual([]);
      const values = result.documents.map((document) => document.value);
      const expected: unknown = JSON.parse(readFileSync(new URL(`${name}.expected.json`, folder), 'utf8'));
      expect(JSON.parse(JSON.stringify(values.length === 1 ? values[0] : values))).toEqual(expected);
    });

    test.each(samples)('tells where every part of %s stands', async (name) => {
      const text = readFileSync(new URL(name, folder), 'utf8');
      const lines = text.split('\n');
      const { documents } = await parseConfig(format, text, { file: name });
      for (const document of documents) {
        for (const path of pathsOf(document.value)) {
          const position = document.positionOf(path);
          expect(position, path.join('.')).toBeDefined();
          expect(position!.line).toBeLessThanOrEqual(lines.length);
          expect(position!.column).toBeLessThanOrEqual((lines[position!.line - 1] ?? '').length + 1);
        }
        expect(document.positionOf(['no', 'such', 'path'])).toBeUndefined();
      }
    });
  },
);

function* pathsOf(value: unknown, path: (string | number)[] = []): Generator<(string | number)[]> {
  yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    yield* pathsOf(member, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

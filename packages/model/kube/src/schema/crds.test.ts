import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseYamlDocuments } from '@sekisho/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applySchemaDefaults, parseCrdSchema, prune, type Schema, unknownFields, validateObject } from '../index.ts';

interface Definition {
  readonly spec: { readonly versions: readonly { name: string; schema: { openAPIV3Schema: unknown } }[] };
}

const folder = fileURLToPath(new URL('../../../../../../shared/conformance/crds/', import.meta.url));
const files = existsSync(folder) ? readdirSync(folder) : [];
if (files.length === 0) process.stderr.write('skipped: the definitions of ../shared/conformance/crds are not here\n');

test.skipIf(files.length === 0).each(files)('parseCrdSchema takes every version of %s as structural', (file) => {
  const text = readFileSync(`${folder}${file}`, 'utf8');
  const { documents } = parseYamlDocuments(text, { file });
  const [definition] = documents as unknown as { value: Definition }[];
  const versions = definition?.value.spec.versions ?? [];
  expect(versions.length).toBeGreaterThan(0);
  for (const version of versions) {
    expect(parseCrdSchema(version.schema.openAPIV3Schema, version.name).errors).toEqual([]);
  }
});

function schemaOf(openApi: unknown): Schema {
  const { schema, errors } = parseCrdSchema(openApi, 'spec.validation.openAPIV3Schema');
  expect(errors).toEqual([]);
  return schema;
}

const ship = schemaOf({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['port'],
      properties: {
        port: { type: 'string', minLength: 2, maxLength: 5, pattern: '^[A-Z]' },
        crew: { type: 'integer', minimum: 1, maximum: 20, default: 3 },
        flags: {
          type: 'array',
          items: { type: 'string', enum: ['red', 'blue'] },
          maxItems: 2,
          'x-kubernetes-list-type': 'set',
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        size: { 'x-kubernetes-int-or-string': true },
        name: { type: 'string', nullable: true },
        tags: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
  },
});

describe('validateObject', () => {
  test.each([
    ['all is well', { port: 'Yoko', crew: 2, flags: ['red', 'blue'], size: '10%', name: null, tags: { a: 'b' } }, []],
    ['a required field is missing', {}, ['spec.port']],
    ['a text is too short', { port: 'Y' }, ['spec.port']],
    ['a text is too long', { port: 'Yokohama' }, ['spec.port']],
    ['a pattern does not match', { port: 'yoko' }, ['spec.port']],
    ['a number is too small', { port: 'Yoko', crew: 0 }, ['spec.crew']],
    ['a number is too large', { port: 'Yoko', crew: 21 }, ['spec.crew']],
    ['a number is no whole one', { port: 'Yoko', crew: 1.5 }, ['spec.crew']],
    ['a type is wrong', { port: 7 }, ['spec.port']],
    ['a value is not of the set', { port: 'Yoko', flags: ['green'] }, ['spec.flags[0]']],
    ['a list is too long', { port: 'Yoko', flags: ['red', 'blue', 'red'] }, ['spec.flags', 'spec.flags[2]']],
    ['a value of a set is there twice', { port: 'Yoko', flags: ['red', 'red'] }, ['spec.flags[1]']],
    ['null where it is not allowed', { port: null }, ['spec.port']],
    ['int-or-string is neither', { port: 'Yoko', size: true }, ['spec.size']],
    ['a map value has the wrong type', { port: 'Yoko', tags: { a: 1 } }, ['spec.tags.a']],
  ])('says when %s', (_title, spec, paths) => {
    expect(validateObject(ship, { spec }).map((error) => error.path)).toEqual(paths);
  });
});

test('prune drops what the schema does not name, and keeps what it says to keep', () => {
  const value = { spec: { port: 'Yoko', unknown: 1, free: { anything: { deep: true } }, tags: { a: 'b' } } };
  expect(prune(ship, value)).toEqual({ spec: { port: 'Yoko', free: { anything: { deep: true } }, tags: { a: 'b' } } });
  expect(unknownFields(ship, value)).toEqual(['spec.unknown']);
});

test('applySchemaDefaults fills in what is absent, and leaves what is there', () => {
  expect(applySchemaDefaults(ship, { spec: { port: 'Yoko' } })).toEqual({ spec: { port: 'Yoko', crew: 3 } });
  const whole = { spec: { port: 'Yoko', crew: 5 } };
  expect(applySchemaDefaults(ship, whole)).toBe(whole);
});

test.each([
  ['no type', { properties: { a: { type: 'string' } } }],
  ['an array without items', { type: 'object', properties: { a: { type: 'array' } } }],
  [
    'properties beside additionalProperties',
    {
      type: 'object',
      properties: {
        a: { type: 'object', properties: { b: { type: 'string' } }, additionalProperties: { type: 'string' } },
      },
    },
  ],
  ['an unknown type', { type: 'object', properties: { a: { type: 'date' } } }],
  ['text instead of a schema', 'object'],
])('parseCrdSchema refuses a schema with %s', (_title, openApi) => {
  expect(parseCrdSchema(openApi, 'schema').errors.length).toBeGreaterThan(0);
});

describe('strange values', () => {
  const json = fc.object({
    maxDepth: 5,
    key: fc.oneof(fc.string(), fc.constantFrom('spec', 'port', '__proto__', 'constructor')),
  });

  test('never make validateObject, prune or applySchemaDefaults throw or change their input', () => {
    fc.assert(
      fc.property(json, (value) => {
        const before = JSON.stringify(value);
        validateObject(ship, value);
        const pruned = prune(ship, value);
        expect(prune(ship, pruned)).toEqual(pruned);
        const filled = applySchemaDefaults(ship, value);
        expect(applySchemaDefaults(ship, filled)).toEqual(filled);
        expect(JSON.stringify(value)).toBe(before);
      }),
      { numRuns: 300 },
    );
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseYamlDocuments } from '@sekisho/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultBuiltin } from '../builtin/defaults/default-builtin.ts';
import { validateBuiltin } from '../builtin/validation/validate-builtin.ts';
import type { KubeObject } from '../object.ts';
import { deepFreeze, goldenObjects, readGolden } from '../testing/golden.ts';
import { parseCrdSchema } from './crd-schema.ts';
import { formatFieldError } from './field-error.ts';
import { prune, unknownFields } from './prune.ts';
import { isRecord } from './schema.ts';
import { applySchemaDefaults } from './schema-defaults.ts';
import { validateObject } from './validate.ts';

interface Case {
  readonly object: unknown;
  readonly unknown: readonly string[];
  readonly errors: readonly string[];
  readonly result: unknown;
}

const definition = goldenObjects.find(({ kind }) => kind === 'CustomResourceDefinition') as KubeObject;
const source = (definition['spec'] as { versions: { schema: { openAPIV3Schema: unknown } }[] }).versions[0]?.schema
  .openAPIV3Schema;

function parse(
  properties: object,
  extra: object = {},
): { errors: string[]; schema: ReturnType<typeof parseCrdSchema>['schema'] } {
  const { schema, errors } = parseCrdSchema({ type: 'object', properties, ...extra }, 's');
  return { schema, errors: errors.map(formatFieldError) };
}

describe('a custom resource', () => {
  const { schema } = parseCrdSchema(source, 's');
  const cases = readGolden<Case>('custom.json');
  it.each(cases.map((entry, index) => [index, entry] as const))('is treated as by upstream (%i)', (_index, entry) => {
    const object = deepFreeze(structuredClone(entry.object));
    expect(unknownFields(schema, object).sort()).toEqual(entry.unknown);
    const result = applySchemaDefaults(schema, prune(schema, object));
    expect(result).toEqual(entry.result);
    const errors = [...new Set(validateObject(schema, result).map(formatFieldError))].sort();
    expect(errors).toEqual(entry.errors);
  });
});

describe('parseCrdSchema', () => {
  const bad: [why: string, properties: object, error: string][] = [
    [
      'a field without type',
      { a: {} },
      's.properties[a].type: Required value: must not be empty for specified object fields',
    ],
    [
      'items without type',
      { a: { type: 'array', items: {} } },
      's.properties[a].items.type: Required value: must not be empty for specified array items',
    ],
    ['a list without items', { a: { type: 'array' } }, 's.properties[a].items: Required value: must be specified'],
    [
      'a type that is none',
      { a: { type: 'null' } },
      's.properties[a].type: Unsupported value: "null": supported values: "array", "boolean", "integer", "number", "object", "string"',
    ],
    [
      'a type in a branch',
      { a: { type: 'string', anyOf: [{ type: 'string' }] } },
      's.properties[a].anyOf[0].type: Forbidden: must be empty to be structural',
    ],
    ['$ref', { a: { type: 'string', $ref: '#/x' } }, 's.properties[a].$ref: Forbidden: $ref is not supported'],
    [
      'unique items',
      { a: { type: 'array', items: { type: 'string' }, uniqueItems: true } },
      's.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    ],
    [
      'a map and a struct',
      { a: { type: 'object', properties: { b: { type: 'string' } }, additionalProperties: { type: 'string' } } },
      's.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive',
    ],
    [
      'a map list without keys',
      { a: { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map' } },
      's.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map',
    ],
    [
      'a pattern that RE2 refuses',
      { a: { type: 'string', pattern: '(?=x)' } },
      's.properties[a].pattern: Invalid value: "(?=x)": must be a valid regular expression',
    ],
    [
      'a default of another type',
      { a: { type: 'string', default: 5 } },
      's.properties[a].default: Invalid value: "number"',
    ],
    [
      'a default with unknown fields',
      { a: { type: 'object', properties: {}, default: { b: 1 } } },
      's.properties[a].default: Invalid value: {"b":1}: must not have unknown fields',
    ],
    [
      'limits of labels',
      { metadata: { type: 'object', properties: { labels: { type: 'object' } } } },
      's.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
    ],
  ];
  it.each(bad)('refuses %s', (_why, properties, error) => {
    expect(parse(properties).errors.join('\n')).toContain(error);
  });

  it('refuses what is no schema, and says so for none', () => {
    expect(parseCrdSchema(undefined, 's').errors.map(formatFieldError)).toEqual([
      's: Required value: schemas are required',
    ]);
    for (const value of [5, 'x', [], true]) expect(parseCrdSchema(value, 's').errors).not.toEqual([]);
    expect(parseCrdSchema({ type: 'string' }, 's').errors.map(formatFieldError)).toEqual([
      's.type: Invalid value: "string": must be object at the root',
    ]);
  });

  it('bounds how deep schemas nest', () => {
    let deep: object = { type: 'string' };
    for (let level = 0; level < 5_000; level++) deep = { type: 'object', properties: { a: deep } };
    expect(parseCrdSchema(deep, 's').errors).toHaveLength(1);
  });

  it('limits the name when the schema does', () => {
    const { schema } = parse({ metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 3 } } } });
    expect(validateObject(schema, { metadata: { name: 'abcd' } }).map(({ path }) => path)).toEqual(['metadata.name']);
  });

  it('takes dangerous names as plain fields', () => {
    const properties = JSON.parse('{"__proto__": {"type": "string"}, "constructor": {"type": "integer"}}') as object;
    const { schema } = parse(properties);
    const object: unknown = JSON.parse('{"__proto__": 5, "constructor": "x", "toString": 1}');
    expect(
      validateObject(schema, object)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['__proto__', 'constructor']);
    expect(unknownFields(schema, object)).toEqual(['toString']);
    const pruned = prune(schema, object) as object;
    expect(Object.keys(pruned)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(pruned)).toBe(Object.prototype);
  });

  it('takes any JSON without failing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        parseCrdSchema(deepFreeze(value), 's');
      }),
    );
  });
});

describe('real CustomResourceDefinitions', () => {
  const folder = join(fileURLToPath(new URL('../../../../../../shared/conformance/crds', import.meta.url)));
  if (!existsSync(folder)) process.stderr.write(`skipped, not there: ${folder}\n`);
  const files = existsSync(folder) ? readdirSync(folder) : undefined;
  it.skipIf(files === undefined).each(files ?? ['each'])('%s is structural and good', (file) => {
    const { documents, diagnostics } = parseYamlDocuments(readFileSync(join(folder, file), 'utf8'), { file });
    expect(diagnostics).toEqual([]);
    for (const { value } of documents) {
      expect(isRecord(value)).toBe(true);
      expect(validateBuiltin(defaultBuiltin(value as KubeObject)).map(formatFieldError)).toEqual([]);
    }
  });
});

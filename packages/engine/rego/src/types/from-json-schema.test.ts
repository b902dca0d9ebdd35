import { expect, it } from 'vitest';
import { fromJsonSchema, SchemaFault } from './from-json-schema.ts';
import { printType } from './print.ts';

const STRING = { type: 'string' };
const NUMBER = { type: 'number' };

// Types as OPA 1.22 prints them.
it.each<[type: string, schema: unknown]>([
  ['any', true],
  ['any', {}],
  ['string', STRING],
  ['number', { type: 'integer' }],
  ['any', { type: 'null' }],
  ['string', { type: ['string', 'null'] }],
  ['object[any: any]', { type: 'object' }],
  ['array[any]', { type: 'array' }],
  [
    'object<a: string, b: array[number]>',
    { type: 'object', properties: { b: { type: 'array', items: NUMBER }, a: STRING } },
  ],
  ['object<a: string>', { type: 'object', properties: { a: STRING }, additionalProperties: true }],
  ['object[any: any]', { type: 'object', additionalProperties: NUMBER }],
  ['object<a: string>', { properties: { a: STRING } }],
  ['array[string]', { items: STRING }],
  ['array<string, number>', { type: 'array', items: [STRING, NUMBER] }],
  ['any', { enum: ['a', 'b'] }],
  ['object<a: boolean>', { properties: { a: { $ref: '#/definitions/x' } }, definitions: { x: { type: 'boolean' } } }],
  [
    'object<n: any, v: string>',
    { $ref: '#/definitions/x', definitions: { x: { properties: { n: { $ref: '#/definitions/x' }, v: STRING } } } },
  ],
  ['object<a: string, b: number>', { allOf: [{ properties: { a: STRING } }, { properties: { b: NUMBER } }] }],
  ['any<number, string>', { anyOf: [STRING, NUMBER] }],
  ['any<object<a: string>, object<z: any>>', { properties: { z: {} }, anyOf: [{ properties: { a: STRING } }] }],
  ['any', { oneOf: [STRING, NUMBER] }],
  ['object<a: string>', { properties: { a: { type: ['object', 'string'], properties: { x: NUMBER } } } }],
])('fromJsonSchema reads %s', (type, schema) => {
  expect(printType(fromJsonSchema(schema))).toBe(type);
});

it.each<[message: string, schema: unknown]>([
  ['schema is invalid', 3],
  ['schema is invalid', { properties: { a: null } }],
  ['NOT VALID -- given: /bogus/', { type: 'bogus' }],
  ['Properties must be of type object', { type: 'object', properties: [] }],
  ["Object has no key 'definitions'", { $ref: '#/definitions/none' }],
  ["Object has no key '__proto__'", { $ref: '#/__proto__' }],
  ['is not fetched', { $ref: 'http://localhost/x.json' }],
  ['unable to merge these schemas: type mismatch: string and number', { allOf: [STRING, NUMBER] }],
  ['unable to merge these schemas', { allOf: [{ items: STRING }, { items: NUMBER }] }],
])('fromJsonSchema refuses: %s', (message, schema) => {
  expect(() => fromJsonSchema(schema)).toThrow(SchemaFault);
  expect(() => fromJsonSchema(schema)).toThrow(message);
});

it('fromJsonSchema reads schemas that double with every level', () => {
  const definitions: Record<string, unknown> = { x0: STRING };
  for (let level = 1; level < 60; level++) {
    const below = { $ref: `#/definitions/x${level - 1}` };
    definitions[`x${level}`] = { type: 'object', properties: { a: below, b: below } };
  }
  expect(printType(fromJsonSchema({ $ref: '#/definitions/x59', definitions })).length).toBeLessThan(100_000);
});

it('fromJsonSchema reads schemas that are very deep', () => {
  let schema: unknown = STRING;
  for (let level = 0; level < 5000; level++) schema = { type: 'array', items: schema };
  expect(printType(fromJsonSchema(schema))).toMatch(/^array\[array/);
});

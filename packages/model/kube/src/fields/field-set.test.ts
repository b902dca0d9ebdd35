import { isSekishoError } from '@sekisho/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldSet, formatPath, type PathElement } from '../index.ts';

const element = fc.oneof(
  fc.constantFrom('f:a', 'f:b', 'f:c', 'f:__proto__', 'f:constructor', 'f:', 'f:.'),
  fc.constantFrom('k:{"name":"x"}', 'k:{"port":80,"protocol":"TCP"}', 'v:"x"', 'v:1', 'v:true', 'i:0', 'i:12'),
);
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const fieldSet = fc.array(path, { maxLength: 8 }).map((paths) => FieldSet.of(...paths));
const same = (a: FieldSet, b: FieldSet): void => expect(a.toString()).toBe(b.toString());
const keys = (set: FieldSet): Set<string> => new Set(set.paths().map((steps) => JSON.stringify(steps)));

describe('FieldSet', () => {
  it('reads and writes FieldsV1 in the order of the API server', () => {
    const set = FieldSet.parse({
      'f:spec': { 'f:b': {}, 'k:{"name":"y"}': {}, '.': {}, 'f:a': {}, 'v:"z"': {}, 'k:{"name":"x"}': { 'f:q': {} } },
      'f:metadata': { 'f:labels': { '.': {} } },
    });
    expect(JSON.stringify(set.toFieldsV1())).toBe(
      '{"f:metadata":{"f:labels":{}},"f:spec":{".":{},"f:a":{},"f:b":{},"k:{\\"name\\":\\"x\\"}":{"f:q":{}},"k:{\\"name\\":\\"y\\"}":{},"v:\\"z\\"":{}}}',
    );
  });

  it('orders keys by number, then text', () => {
    const set = FieldSet.of(['k:{"port":443}'], ['k:{"port":80}'], ['v:10'], ['v:9'], ['f:z'], ['i:10'], ['i:9']);
    expect(Object.keys(set.toFieldsV1())).toEqual([
      'f:z',
      'k:{"port":80}',
      'k:{"port":443}',
      'v:9',
      'v:10',
      'i:9',
      'i:10',
    ]);
  });

  it('makes keys canonical', () => {
    const set = FieldSet.parse({ 'k:{ "protocol": "TCP", "port": 80 }': {} });
    expect(set.has(['k:{"port":80,"protocol":"TCP"}'])).toBe(true);
  });

  it('ignores steps that it does not know, as the API server does', () => {
    same(FieldSet.parse({ 'f:a': { 'x:future': {} }, 'x:future': {} }), FieldSet.of(['f:a']));
  });

  it.each([
    ['not an object', []],
    ['a field that is not an object', { 'f:a': 1 }],
    ['a key that is no step', { spec: {} }],
    ['keys that are no JSON', { 'k:{': {} }],
    ['keys that are no object', { 'k:[]': {} }],
    ['a value that is no JSON', { 'v:x': {} }],
    ['a position that is no number', { 'i:x': {} }],
  ])('refuses %s', (_, fields) => {
    expect(() => FieldSet.parse(fields)).toThrow(expect.objectContaining({ code: 'FIELDS_INVALID' }));
  });

  it('refuses a set that is nested without end', () => {
    let fields: Record<string, unknown> = {};
    for (let i = 0; i < 2000; i++) fields = { 'f:a': fields };
    expect(() => FieldSet.parse(fields)).toThrow(expect.objectContaining({ code: 'OBJECT_TOO_DEEP' }));
  });

  it.each<[PathElement[], string]>([
    [['f:spec', 'f:containers', 'k:{"name":"web"}', 'f:image'], '.spec.containers[name="web"].image'],
    [['f:metadata', 'f:finalizers', 'v:"x"'], '.metadata.finalizers[="x"]'],
    [['f:ports', 'k:{"containerPort":80,"protocol":"TCP"}'], '.ports[containerPort=80,protocol="TCP"]'],
    [['f:list', 'i:3'], '.list[3]'],
    [['f:metadata', 'f:labels', 'f:app.kubernetes.io/name'], '.metadata.labels.app.kubernetes.io/name'],
  ])('prints %j', (steps, text) => {
    expect(formatPath(steps)).toBe(text);
  });

  it('parse is the inverse of toFieldsV1, and the wire form survives JSON', () => {
    fc.assert(
      fc.property(fieldSet, (set) => {
        const wire = JSON.parse(JSON.stringify(set.toFieldsV1())) as Record<string, unknown>;
        const again = FieldSet.parse(wire);
        expect(again.equals(set)).toBe(true);
        expect(JSON.stringify(again.toFieldsV1())).toBe(JSON.stringify(wire));
      }),
    );
  });

  it('is a set: union, intersection and difference are those of its paths', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, (a, b) => {
        const [left, right] = [keys(a), keys(b)];
        expect(keys(a.union(b))).toEqual(new Set([...left, ...right]));
        expect(keys(a.intersection(b))).toEqual(new Set([...left].filter((key) => right.has(key))));
        expect(keys(a.difference(b))).toEqual(new Set([...left].filter((key) => !right.has(key))));
        expect(a.equals(b)).toBe(left.size === right.size && [...left].every((key) => right.has(key)));
        expect(a.size).toBe(left.size);
        for (const steps of a.paths()) expect(a.has(steps)).toBe(true);
      }),
    );
  });

  it('obeys the laws of sets', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, fieldSet, (a, b, c) => {
        same(a.union(b), b.union(a));
        same(a.union(b.union(c)), a.union(b).union(c));
        same(a.intersection(b), b.intersection(a));
        same(a.intersection(b.union(c)), a.intersection(b).union(a.intersection(c)));
        same(a.difference(b).union(a.intersection(b)), a);
        expect(a.difference(a).isEmpty).toBe(true);
        expect(a.intersection(FieldSet.empty).isEmpty).toBe(true);
        same(a.union(FieldSet.empty), a);
      }),
    );
  });

  it('recursiveDifference also drops what lies below a member of the other', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, (a, b) => {
        const prefixes = b.paths();
        const expected = a
          .paths()
          .filter((steps) => !prefixes.some((prefix) => prefix.every((step, index) => step === steps[index])));
        expect(keys(a.recursiveDifference(b))).toEqual(new Set(expected.map((steps) => JSON.stringify(steps))));
      }),
    );
  });

  it('leaves are the members without members below', () => {
    fc.assert(
      fc.property(fieldSet, (set) => {
        const all = set.paths();
        const expected = all.filter(
          (steps) => !all.some((other) => other.length > steps.length && steps.every((step, i) => step === other[i])),
        );
        expect(keys(set.leaves())).toEqual(new Set(expected.map((steps) => JSON.stringify(steps))));
      }),
    );
  });

  it('never crashes on any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          FieldSet.parse(value).toString();
        } catch (error) {
          expect(isSekishoError(error)).toBe(true);
        }
      }),
    );
  });
});

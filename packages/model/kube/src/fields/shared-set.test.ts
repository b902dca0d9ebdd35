import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldSet } from './field-set.ts';
import { shared } from './shared-set.ts';

const anyElement = fc.constantFrom('f:spec', 'f:name', 'f:a', 'k:{"name":"web"}', 'v:"x"', 'i:0');
const anySet = fc
  .array(fc.array(anyElement, { minLength: 1, maxLength: 4 }), { maxLength: 6 })
  .map((paths) => FieldSet.of(...paths));

describe('shared', () => {
  it('gives an equal set with the same FieldsV1', () => {
    fc.assert(
      fc.property(anySet, (set) => {
        const same = shared(set);
        expect(same.equals(set)).toBe(true);
        expect(same.toString()).toBe(set.toString());
        expect(JSON.stringify(same.toFieldsV1())).toBe(JSON.stringify(set.toFieldsV1()));
      }),
    );
  });

  it('gives sets that were read apart, and their branches, one instance', () => {
    const fields = { 'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } } };
    const first = shared(FieldSet.parse(structuredClone(fields)));
    const second = shared(FieldSet.parse(structuredClone(fields)));
    expect(second).toBe(first);
    expect(second.toFieldsV1()).toBe(first.toFieldsV1());
    const wider = shared(FieldSet.parse({ ...structuredClone(fields), 'f:spec': {} }));
    expect(wider.child('f:metadata')).toBe(first.child('f:metadata'));
  });

  it('tells members from what only leads to members', () => {
    const inner = shared(FieldSet.of(['f:spec', 'f:a']));
    const both = shared(FieldSet.of(['f:spec'], ['f:spec', 'f:a']));
    expect(both.equals(inner)).toBe(false);
    expect(both.has(['f:spec'])).toBe(true);
    expect(inner.has(['f:spec'])).toBe(false);
  });

  it('stays right beyond what it remembers', () => {
    for (let i = 0; i < 20_000; i++) shared(FieldSet.of([`f:own-${i}`, 'f:a']));
    const set = FieldSet.of(['f:own-0', 'f:a']);
    expect(shared(set).equals(set)).toBe(true);
  });
});

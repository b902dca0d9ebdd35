import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFieldSelector, matchesFields, parseFieldSelector } from '../index.ts';

const pod = {
  metadata: { name: 'web', namespace: 'shop' },
  spec: { nodeName: 'n1', hostNetwork: true, replicas: 3 },
  status: { phase: 'Running' },
};

describe('parseFieldSelector', () => {
  it.each<[string, boolean]>([
    ['', true],
    ['metadata.name=web', true],
    ['metadata.name==web', true],
    ['metadata.name!=web', false],
    ['status.phase!=Pending,spec.nodeName=n1', true],
    ['spec.missing=', true],
    ['spec.missing!=x', true],
    ['spec.hostNetwork=true', true],
    ['spec.replicas=3', true],
    ['spec.constructor=', true],
    ['metadata.name=web,', true],
  ])('%j selects: %s', (text, expected) => {
    expect(matchesFields(parseFieldSelector(text), pod)).toBe(expected);
  });

  it.each(['metadata.name', 'a=b=c', 'a=\\x', 'a=b\\', `a=${'x'.repeat(70_000)}`])('%j is refused', (text) => {
    expect(() => parseFieldSelector(text)).toThrow(expect.objectContaining({ code: 'SELECTOR_INVALID' }));
  });

  it('reads what formatFieldSelector writes', () => {
    const requirement = fc.record({
      field: fc.constantFrom('metadata.name', 'type', 'a.b.c'),
      operator: fc.constantFrom('=' as const, '!=' as const),
      value: fc.oneof(fc.string(), fc.constantFrom('a,b', 'a=b', '\\', '!=x')),
    });
    fc.assert(
      fc.property(fc.array(requirement, { minLength: 1, maxLength: 3 }), (requirements) => {
        expect(parseFieldSelector(formatFieldSelector(requirements))).toEqual(requirements);
      }),
    );
  });
});

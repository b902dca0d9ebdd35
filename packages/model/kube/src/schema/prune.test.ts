import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtinSchema } from '../builtin/builtin-schema.ts';
import { gvkOf } from '../object.ts';
import { deepFreeze, goldenObjects } from '../testing/golden.ts';
import { prune, unknownFields } from './prune.ts';
import type { Schema } from './schema.ts';
import { applySchemaDefaults } from './schema-defaults.ts';
import { validateObject } from './validate.ts';

const pod = builtinSchema({ group: '', version: 'v1', kind: 'Pod' }) as Schema;
const configMap = builtinSchema({ group: '', version: 'v1', kind: 'ConfigMap' }) as Schema;

describe('prune', () => {
  const cases: [why: string, spec: object, pruned: object][] = [
    ['unknown fields go', { containers: [], bogus: 1 }, { containers: [] }],
    ['null is absent', { nodeName: null, containers: [null] }, { containers: [{}] }],
    ['empty optional values go', { hostname: '', hostNetwork: false, tolerations: [], nodeSelector: {} }, {}],
    [
      'pointers stay',
      { automountServiceAccountToken: false, runtimeClassName: '' },
      { automountServiceAccountToken: false, runtimeClassName: '' },
    ],
    ['structs stay', { securityContext: {}, affinity: {} }, { securityContext: {}, affinity: {} }],
    [
      'quantities become canonical',
      { overhead: { cpu: '1000m', memory: '1024Mi' } },
      { overhead: { cpu: '1', memory: '1Gi' } },
    ],
    ['wrong types stay for validation', { hostname: {}, tolerations: {} }, { hostname: {}, tolerations: {} }],
  ];
  it.each(cases)('%s', (_why, spec, pruned) => {
    expect(prune(pod, deepFreeze({ spec }))).toEqual({ spec: pruned });
  });

  it('keeps dangerous keys of maps as plain keys', () => {
    const object: unknown = JSON.parse('{"data": {"__proto__": "x", "constructor": "y"}, "__proto__": {"a": 1}}');
    const pruned = prune(configMap, object) as { data: object };
    expect(Object.keys(pruned)).toEqual(['data']);
    expect(Object.keys(pruned.data)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it('returns the same instance when nothing changes, for whatever it made itself', () => {
    for (const object of goldenObjects) {
      const schema = builtinSchema(gvkOf(object)) as Schema;
      const once = prune(schema, deepFreeze(structuredClone(object)));
      expect(prune(schema, deepFreeze(once))).toBe(once);
      expect(unknownFields(schema, once)).toEqual([]);
    }
  });

  it('takes any JSON, any depth', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const once = prune(pod, deepFreeze({ metadata: value, spec: value, status: value }));
        expect(prune(pod, once)).toBe(once);
        validateObject(pod, once);
        expect(applySchemaDefaults(pod, once)).toBe(once);
      }),
    );
    let deep: unknown = {};
    for (let level = 0; level < 20_000; level++) deep = { properties: { a: deep } };
    const crd = builtinSchema({
      group: 'apiextensions.k8s.io',
      version: 'v1',
      kind: 'CustomResourceDefinition',
    }) as Schema;
    const object = { spec: { versions: [{ schema: { openAPIV3Schema: deep } }] } };
    prune(crd, object);
    unknownFields(crd, object);
    expect(validateObject(crd, object)).not.toEqual([]);
  });
});

describe('unknownFields', () => {
  it('tells paths with indices', () => {
    const object = { spec: { containers: [{ name: 'a' }, { nam: 'b', ports: [{ port: 1 }] }], x: { y: 1 } }, z: 1 };
    expect(unknownFields(pod, object)).toEqual([
      'spec.containers[1].nam',
      'spec.containers[1].ports[0].port',
      'spec.x',
      'z',
    ]);
  });
});

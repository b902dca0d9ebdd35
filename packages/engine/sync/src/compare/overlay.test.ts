import {
  applyMergePatch,
  applyStrategicMergePatch,
  builtinSchema,
  createThreeWayPatch,
  deepEqual,
} from '@sekisho/kube';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlay } from './overlay.ts';

const schema = builtinSchema({ group: 'apps', version: 'v1', kind: 'Deployment' });
const text = fc.constantFrom('1', '2', '3');
const subset = <T>(item: fc.Arbitrary<T>, key: (value: T) => unknown) =>
  fc.uniqueArray(item, { selector: key, maxLength: 3, comparator: 'SameValue' });
const env = subset(fc.record({ name: fc.constantFrom('A', 'B', 'C'), value: text }), (item) => item.name);
const ports = subset(
  fc.record({ containerPort: fc.constantFrom(80, 81, 82), name: text }),
  (item) => item.containerPort,
);
const containers = subset(
  fc.record(
    {
      name: fc.constantFrom('a', 'b', 'c'),
      image: text,
      env,
      ports,
      args: fc.array(text, { maxLength: 2 }),
      workingDir: text,
    },
    { requiredKeys: ['name', 'image'] },
  ),
  (item) => item.name,
);
const labels = fc.dictionary(fc.constantFrom('x', 'y', 'z'), text);
const deployment = fc
  .record({ labels, containers, minReadySeconds: fc.constantFrom(1, 2), pod: labels })
  .map((part) => ({
    metadata: { name: 'd', labels: part.labels },
    spec: {
      minReadySeconds: part.minReadySeconds,
      template: { metadata: { annotations: part.pod }, spec: { containers: part.containers } },
    },
  }));

describe('overlay predicts what the three-way patch does', () => {
  /** Empty lists, empty maps and leftover directives are left out by the API; the order of extras is its choice. */
  const canonical = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const items = value.map(canonical);
      return items.every((item) => typeof item === 'object')
        ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
        : items;
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, item]) => [key, canonical(item)] as const)
        .filter(([key]) => !key.startsWith('$'))
        .filter(([, item]) => typeof item !== 'object' || item === null || Object.keys(item).length > 0)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  };
  it('for a built-in kind', () => {
    fc.assert(
      fc.property(deployment, deployment, deployment, (original, desired, live) => {
        const patch = createThreeWayPatch(schema, original, desired, live);
        const patched = applyStrategicMergePatch(schema, live, patch);
        const predicted = overlay(desired, original, live, schema, { byPosition: false });
        expect(canonical(predicted)).toEqual(canonical(patched));
        if (predicted === live) expect(canonical(patched)).toEqual(canonical(live));
      }),
      { numRuns: 300 },
    );
  });

  const plain = fc.letrec((tie) => ({
    object: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof({ depthSize: 'small' }, text, tie('object')), {
      maxKeys: 3,
    }),
  })).object;
  it('for a custom resource without lists', () => {
    fc.assert(
      fc.property(plain, plain, plain, (original, desired, live) => {
        const patched = applyMergePatch(live, createThreeWayPatch(undefined, original, desired, live));
        expect(deepEqual(overlay(desired, original, live, undefined, { byPosition: true }), patched)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

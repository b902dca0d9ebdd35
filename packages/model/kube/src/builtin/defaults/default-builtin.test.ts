import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../object.ts';
import { gvkOf } from '../../object.ts';
import { prune } from '../../schema/prune.ts';
import type { Schema } from '../../schema/schema.ts';
import { deepFreeze, goldenObjects, readGolden, withoutNulls } from '../../testing/golden.ts';
import { builtinSchema } from '../builtin-schema.ts';
import { defaultBuiltin } from './default-builtin.ts';
import { pullPolicyOf } from './pod.ts';

const defaulted = readGolden<KubeObject>('defaulted.json');

/** What a server adds in other places than its defaults. */
function leaveOut(object: KubeObject): unknown {
  const copy = structuredClone(object) as unknown as Record<string, Record<string, unknown>>;
  if (object.kind === 'CustomResourceDefinition') delete copy['status'];
  if (object.kind === 'PersistentVolumeClaim') delete copy['spec']?.['dataSourceRef'];
  if (object.kind === 'DaemonSet') delete copy['metadata']?.['annotations'];
  return withoutNulls(copy);
}

describe('defaultBuiltin', () => {
  goldenObjects.forEach((object, index) => {
    it(`makes of ${object.kind} ${object.metadata.name ?? ''} (${index}) what kube-apiserver 1.35 makes of it`, () => {
      const schema = builtinSchema(gvkOf(object)) as Schema;
      const result = defaultBuiltin(prune(schema, deepFreeze(structuredClone(object))) as KubeObject);
      expect(leaveOut(result)).toEqual(leaveOut(defaulted[index] as KubeObject));
      expect(defaultBuiltin(result)).toBe(result);
      expect(prune(schema, result)).toBe(result);
    });
  });

  it('leaves the kinds of others alone', () => {
    const object: KubeObject = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'a' } };
    expect(defaultBuiltin(object)).toBe(object);
  });

  it('takes any JSON without failing, mutating or changing its mind', () => {
    const kinds = [...new Set(goldenObjects.map(({ apiVersion, kind }) => JSON.stringify({ apiVersion, kind })))];
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.dictionary(fc.constantFrom('metadata', 'spec', 'status', 'data', 'webhooks', 'template'), fc.jsonValue()),
        (head, body) => {
          const object = deepFreeze({
            metadata: {},
            ...body,
            ...(JSON.parse(head) as object),
          }) as unknown as KubeObject;
          const result = defaultBuiltin(object);
          expect(defaultBuiltin(result)).toBe(result);
        },
      ),
    );
  });
});

describe('pullPolicyOf', () => {
  const cases: [image: string, policy: string, why: string][] = [
    ['nginx', 'Always', 'no tag means latest'],
    ['nginx:latest', 'Always', 'latest'],
    ['nginx:1.27', 'IfNotPresent', 'a tag'],
    ['localhost:5000/nginx', 'Always', 'a port is no tag'],
    ['localhost:5000/nginx:1', 'IfNotPresent', 'a port and a tag'],
    [`nginx@sha256:${'a'.repeat(64)}`, 'IfNotPresent', 'a digest'],
    ['Bad Image', 'IfNotPresent', 'no image name'],
    ['', 'IfNotPresent', 'nothing'],
  ];
  it.each(cases)('%s → %s: %s', (image, policy) => {
    expect(pullPolicyOf(image)).toBe(policy);
  });
});

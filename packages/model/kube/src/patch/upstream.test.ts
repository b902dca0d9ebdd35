import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  applyStrategicMergePatch,
  builtinSchema,
  createStrategicMergePatch,
  createThreeWayPatch,
  type KubeObject,
} from '../index.ts';

interface RecordedCase {
  readonly original: KubeObject;
  readonly modified: KubeObject;
  readonly current: KubeObject;
  readonly patch: unknown;
  readonly threeWay: unknown;
  readonly twoWay: unknown;
  readonly applied: unknown;
  readonly jsonThreeWay: unknown;
  readonly patched?: unknown;
  readonly patchedError?: true;
}

const { cases } = JSON.parse(readFileSync(new URL('testdata/upstream-patches.json', import.meta.url), 'utf8')) as {
  cases: RecordedCase[];
};
const schema = builtinSchema({ group: 'apps', version: 'v1', kind: 'Deployment' });

/** Upstream asks for an order of finalizers even when it is right already. */
function withoutFinalizerOrder(patch: Record<string, unknown>): unknown {
  const { metadata, ...rest } = structuredClone(patch) as { metadata?: Record<string, unknown> };
  delete metadata?.['$setElementOrder/finalizers'];
  return metadata === undefined || Object.keys(metadata).length === 0 ? rest : { metadata, ...rest };
}

function sortFinalizers(object: unknown): unknown {
  const { metadata, ...rest } = structuredClone(object) as KubeObject;
  metadata.finalizers?.sort();
  return { metadata, ...rest };
}

describe('patches are what Kubernetes makes and applies', () => {
  it.each(cases.map((recorded, index) => [index, recorded] as const))('recorded case %i', (_, recorded) => {
    const { original, modified, current } = recorded;
    const before = JSON.stringify(recorded);
    const patch = createThreeWayPatch(schema, original, modified, current);
    expect(withoutFinalizerOrder(patch)).toEqual(recorded.threeWay);
    expect(withoutFinalizerOrder(createStrategicMergePatch(schema, { ...current }, { ...modified }))).toEqual(
      recorded.twoWay,
    );
    expect(sortFinalizers(applyStrategicMergePatch(schema, current, patch))).toEqual(sortFinalizers(recorded.applied));
    expect(createThreeWayPatch(undefined, original, modified, current)).toEqual(recorded.jsonThreeWay);
    if (recorded.patchedError === undefined) {
      expect(applyStrategicMergePatch(schema, current, recorded.patch)).toEqual(recorded.patched);
    } else {
      expect(() => applyStrategicMergePatch(schema, current, recorded.patch)).toThrow();
    }
    expect(JSON.stringify(recorded)).toBe(before);
  });
});

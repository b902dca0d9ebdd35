import type { RenderResult } from '@sekisho/render';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeResult, encodeResult } from './kept-result.ts';

const RESULT: RenderResult = {
  tool: 'kustomize',
  manifests: [
    {
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ü' }, data: { text: 'a\nb' } },
      origin: { file: 'a.yaml', line: 1 },
    },
  ],
  diagnostics: [{ code: 'KUSTOMIZE_WARNING', severity: 'warning', message: 'old' }],
  reads: [{ path: 'ä.yaml', id: 'a'.repeat(40) }],
  dependsOn: [],
  files: [],
  key: 'k',
};

describe('decodeResult', () => {
  it('gives back what was encoded', () => {
    const kept = decodeResult(encodeResult(RESULT) as Buffer);
    expect(kept?.reads).toEqual(RESULT.reads);
    expect(kept?.result()).toEqual(RESULT);
  });

  it('keeps no number that JSON does not have', () => {
    const [manifest] = RESULT.manifests;
    const object = { ...manifest?.object, spec: { share: Number.NaN } } as RenderResult['manifests'][number]['object'];
    expect(encodeResult({ ...RESULT, manifests: [{ object, origin: { file: 'a.yaml' } }] })).toBeUndefined();
  });

  it('takes nothing that was changed, and never throws', () => {
    const bytes = encodeResult(RESULT) as Buffer;
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(decodeResult(changed)).toBeUndefined();
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (any) => decodeResult(Buffer.from(any)) === undefined));
    fc.assert(fc.property(fc.nat(bytes.length - 1), (end) => decodeResult(bytes.subarray(0, end)) === undefined));
  });
});

import { parseYamlDocuments } from '@sekisho/base';
import { afterEach, expect, test, vi } from 'vitest';
import type { WaiverFlags } from './commands.ts';
import { waiverCreate } from './waiver-create.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const flags: WaiverFlags = {
  namespace: 'shop',
  policy: ['K8sRequiredLabels'],
  reason: 'moves out',
  owner: 'team-shop',
  expires: '2026-05-31',
};

afterEach(() => {
  vi.restoreAllMocks();
});

function created(more: Partial<WaiverFlags> = {}): unknown {
  let written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
  expect(waiverCreate('old', { ...flags, ...more }, NOW)).toBe(0);
  const { documents, diagnostics } = parseYamlDocuments(written, { file: 'stdout' });
  expect(diagnostics).toEqual([]);
  return documents[0]?.value;
}

test('a Waiver as it is written down', () => {
  expect(created()).toEqual({
    apiVersion: 'sekisho.dev/v1alpha1',
    kind: 'Waiver',
    metadata: { name: 'old', namespace: 'shop' },
    spec: {
      policies: [{ name: 'K8sRequiredLabels' }],
      reason: 'moves out',
      owner: 'team-shop',
      expires: '2026-05-31',
    },
  });
});

test('rules, kinds, a name, and how long it counts', () => {
  expect(
    created({
      policy: ['K8sRequiredLabels/owner', 'pod-*'],
      kind: ['Pod', 'apps/Deployment'],
      object: 'old-*',
      expires: '30d',
    }),
  ).toMatchObject({
    spec: {
      policies: [{ name: 'K8sRequiredLabels', rule: 'owner' }, { name: 'pod-*' }],
      match: {
        kinds: [
          { apiGroups: [''], kinds: ['Pod'] },
          { apiGroups: ['apps'], kinds: ['Deployment'] },
        ],
        name: 'old-*',
      },
      expires: '2026-01-31T12:00:00Z',
    },
  });
});

test.each<[string, Partial<WaiverFlags>, RegExp]>([
  ['a day that is none', { expires: 'someday' }, /expires/],
  ['a day that is over', { expires: '2025-12-31' }, /expired already/],
  ['no reason', { reason: ' ' }, /reason/],
  ['no owner', { owner: '' }, /owner/],
  ['a policy without a name', { policy: ['/rule'] }, /policies/],
])('%s is refused', (_, more, message) => {
  expect(() => waiverCreate('old', { ...flags, ...more }, NOW)).toThrow(
    expect.objectContaining({ code: 'WAIVER_INVALID', message: expect.stringMatching(message) }),
  );
});

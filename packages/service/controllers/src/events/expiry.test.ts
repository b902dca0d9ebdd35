import type { KubeObject } from '@sekisho/kube';
import { expect, test } from 'vitest';
import { at, NOW } from '../testing/objects.ts';
import { planExpiry } from './expiry.ts';

const event = (name: string, fields: Record<string, unknown>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: 'default', creationTimestamp: at(-9000) },
  ...fields,
});

test.each([
  ['nothing to do', [], [], 3_600_000],
  ['an old one goes', [event('a', { lastTimestamp: at(-3600) })], ['a'], 3_600_000],
  [
    'one that was seen again stays',
    [event('a', { lastTimestamp: at(-9000), series: { lastObservedTime: at(-10) } })],
    [],
    3_590_000,
  ],
  [
    'the next look is when the oldest is due',
    [event('a', { lastTimestamp: at(-10) }), event('b', { eventTime: at(-1800) })],
    [],
    1_800_000,
  ],
  ['looks are minutes apart', [event('a', { lastTimestamp: at(-3599) })], [], 300_000],
])('planExpiry: %s', (_title, events, expired, afterMs) => {
  const plan = planExpiry(events, NOW);
  expect(plan.expired.map(({ metadata }) => metadata.name)).toEqual(expired);
  expect(plan.afterMs).toBe(afterMs);
});

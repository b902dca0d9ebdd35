import { expect, test } from 'vitest';
import { pod } from '../testing/objects.ts';
import { deletionOrder } from './deletion-order.ts';

const cost = (value: string) => ({ annotations: { 'controller.kubernetes.io/pod-deletion-cost': value } });

test.each([
  ['not scheduled before scheduled', pod({ name: 'a', readySince: -5 }), pod({ name: 'b', node: '' })],
  ['pending before running', pod({ name: 'a' }), pod({ name: 'b', phase: 'Pending' })],
  ['not ready before ready', pod({ name: 'a', readySince: -5 }), pod({ name: 'b' })],
  ['cheaper before dearer', pod({ name: 'a', readySince: -5 }), pod({ name: 'b', readySince: -5, ...cost('-1') })],
  ['ready for a shorter time first', pod({ name: 'a', readySince: -50 }), pod({ name: 'b', readySince: -5 })],
  ['more restarts first', pod({ name: 'a', readySince: -5 }), pod({ name: 'b', readySince: -5, restarts: 2 })],
  ['younger first', pod({ name: 'a', readySince: -5, created: -90 }), pod({ name: 'b', readySince: -5, created: -10 })],
])('deletionOrder takes %s', (_title, last, first) => {
  expect(deletionOrder([last, first]).map(({ metadata }) => metadata.name)).toEqual(['b', 'a']);
});

import { builtinSchema, type KubeObject, type Schema } from '@sekisho/kube';
import { expect, test } from 'vitest';
import { withForeignItems } from './foreign-items.ts';

const schema = builtinSchema({ group: '', version: 'v1', kind: 'Service' }) as Schema;

function service(ports: readonly number[] | undefined, more: Record<string, unknown> = {}): KubeObject {
  const spec = { ...(ports === undefined ? {} : { ports: ports.map((port) => ({ port })) }), ...more };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec };
}

test.each([
  { title: 'an item whose key was changed by hand', original: [80], wanted: [80], live: [8888], claimed: [80, 8888] },
  { title: 'an item that was added', original: [80], wanted: [80], live: [80, 443], claimed: [80, 443] },
  { title: 'nothing when live is as wanted', original: [80], wanted: [80], live: [80], claimed: undefined },
  {
    title: 'nothing of a list that is not declared',
    original: undefined,
    wanted: undefined,
    live: [80],
    claimed: undefined,
  },
  { title: 'nothing that was applied before', original: [80, 81], wanted: [80], live: [80, 81], claimed: undefined },
])('withForeignItems claims $title', ({ original, wanted, live, claimed }) => {
  const found = withForeignItems(schema, service(original), service(wanted), service(live, { clusterIP: '10.0.0.1' }));
  expect(found).toEqual(claimed === undefined ? undefined : service(claimed));
});

import type { ApiRequest, KubeObject } from '@sekisho/kube';
import { fakeClock, refusal, scriptedApi, success } from '@sekisho/testkit';
import { describe, expect, test } from 'vitest';
import { createClient, createEventRecorder } from './index.ts';

const app: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '7' },
};

function setup(answer: (request: ApiRequest) => ReturnType<typeof success> | undefined = () => undefined) {
  const clock = fakeClock();
  const api = scriptedApi((request) => answer(request) ?? success({ kind: 'Event', apiVersion: 'v1', metadata: {} }));
  const recorder = createEventRecorder({ client: createClient(api), component: 'tester', clock });
  const sent = () => api.requests.map(({ method, body }) => [method, (body as { count?: number }).count]);
  return { clock, api, recorder, sent };
}

describe('createEventRecorder', () => {
  test('writes a v1 Event beside its object', async () => {
    const { clock, api, recorder } = setup();
    recorder.event(app, 'Normal', 'ScalingReplicaSet', 'Scaled up');
    await clock.advance(0);
    const [request] = api.requests;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/shop/events',
      body: {
        kind: 'Event',
        metadata: { namespace: 'shop' },
        involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop', uid: 'u1' },
        type: 'Normal',
        reason: 'ScalingReplicaSet',
        message: 'Scaled up',
        count: 1,
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:00:00Z',
        source: { component: 'tester' },
        reportingComponent: 'tester',
      },
    });
    expect((request?.body as KubeObject | undefined)?.metadata.name).toMatch(/^web\.[0-9a-f]+$/);
    await recorder.close();
  });

  test('events of cluster-scoped objects go to the namespace default', async () => {
    const { clock, api, recorder } = setup();
    recorder.event({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } }, 'Warning', 'Gone', 'x');
    await clock.advance(0);
    expect(api.requests[0]?.path).toBe('/api/v1/namespaces/default/events');
    await recorder.close();
  });

  test('two recorders never pick one name', async () => {
    const [one, other] = [setup(), setup()];
    one.recorder.event(app, 'Normal', 'R', 'm');
    other.recorder.event(app, 'Normal', 'R', 'm');
    await Promise.all([one.clock.advance(0), other.clock.advance(0)]);
    const nameOf = ({ api }: typeof one) => (api.requests[0]?.body as KubeObject | undefined)?.metadata.name;
    expect(nameOf(one)).not.toBe(nameOf(other));
    await Promise.all([one.recorder.close(), other.recorder.close()]);
  });

  test('the same again raises the count instead of another event', async () => {
    const { clock, recorder, sent } = setup();
    recorder.event(app, 'Normal', 'R', 'm');
    await clock.advance(0);
    recorder.event(app, 'Normal', 'R', 'm');
    recorder.event(app, 'Normal', 'R', 'm');
    await clock.advance(0);
    expect(sent()).toEqual([
      ['POST', 1],
      ['PATCH', 3],
    ]);
    await recorder.close();
  });

  test('begins anew when the event expired on the server', async () => {
    const { clock, recorder, sent } = setup(({ method }) =>
      method === 'PATCH' ? refusal(404, 'NotFound', 'gone') : undefined,
    );
    recorder.event(app, 'Normal', 'R', 'm');
    await clock.advance(0);
    recorder.event(app, 'Normal', 'R', 'm');
    await clock.advance(0);
    expect(sent()).toEqual([
      ['POST', 1],
      ['PATCH', 2],
      ['POST', 2],
    ]);
    await recorder.close();
  });

  test('many messages of one reason are combined', async () => {
    const { clock, api, recorder } = setup();
    for (let turn = 0; turn < 14; turn++) recorder.event(app, 'Warning', 'Failed', `attempt ${turn}`);
    await clock.advance(0);
    expect(api.requests).toHaveLength(11);
    expect((api.requests.at(-1)?.body as KubeObject | undefined)?.['message']).toBe(
      '(combined from similar events): attempt 13',
    );
    await recorder.close();
  });

  test('a flood about one object is cut, others go on', async () => {
    const { clock, api, recorder } = setup();
    for (let turn = 0; turn < 100; turn++) recorder.event(app, 'Normal', `Reason${turn}`, 'm');
    recorder.event({ ...app, metadata: { ...app.metadata, uid: 'u2' } }, 'Normal', 'R', 'm');
    await clock.advance(0);
    expect(api.requests).toHaveLength(26);
    await clock.advance(300_000);
    recorder.event(app, 'Normal', 'Later', 'm');
    await clock.advance(0);
    expect(api.requests).toHaveLength(27);
    await recorder.close();
  });

  test('never throws: a refusal loses the event, a retryable failure is tried three times', async () => {
    const refused = setup(() => refusal(403, 'Forbidden', 'no'));
    refused.recorder.event(app, 'Normal', 'R', 'm');
    await refused.clock.advance(60_000);
    expect(refused.api.requests).toHaveLength(1);
    const failing = setup(() => refusal(500, 'InternalError', 'no'));
    failing.recorder.event(app, 'Normal', 'R', 'm'.repeat(5_000));
    await failing.clock.advance(60_000);
    expect(failing.api.requests).toHaveLength(3);
    expect((failing.api.requests[0]?.body as { message: string } | undefined)?.message).toHaveLength(1024);
    await Promise.all([refused.recorder.close(), failing.recorder.close()]);
  });
});

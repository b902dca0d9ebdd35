import { get as httpGet, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@sekisho/base';
import { fakeClock } from '@sekisho/testkit';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { createEventBus, type EventBus, type NewEvent } from '../events/bus.ts';
import { eventRoutes } from './events.ts';
import { toProblem } from './problem.ts';
import { type AccessControl, type Actor, guardRoutes } from './route.ts';

const alice: Actor = { user: 'alice', groups: [], method: 'token' };
let app: FastifyInstance;
let isSignedIn = true;
let openStreams = 0;
const clock = fakeClock();

/** Alice sees the project shop alone. */
const access: AccessControl = {
  authenticate: async () => (isSignedIn ? alice : undefined),
  authorize: (_actor, resource, _action, object) => resource === 'applications' && object.startsWith('shop/'),
};

async function serve(bus: EventBus): Promise<string> {
  isSignedIn = true;
  app = fastify({ forceCloseConnections: true });
  app.setErrorHandler((error, _request, reply) => {
    const problem = toProblem(error);
    reply.code(problem.status).send(problem);
  });
  guardRoutes(app, { access });
  openStreams = 0;
  const streams = { inc: () => void openStreams++, dec: () => void openStreams-- };
  eventRoutes({ bus, access, streams, controlNamespace: 'argocd', clock, logger: silentLogger })(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/v1/events`;
}
afterEach(() => app?.close());

function row(name: string, version: number, project = 'shop'): NewEvent {
  return {
    type: 'application',
    data: { name, version },
    visible: { project, namespace: 'argocd', name },
    supersedes: `argocd/${name}`,
  };
}

/** A caller that collects the text of its stream. */
function follow(url: string, headers: Record<string, string> = {}) {
  let text = '';
  let response: IncomingMessage | undefined;
  const ended = new Promise<void>((resolve) => {
    const request = httpGet(url, { headers }, (answer) => {
      response = answer;
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      answer.on('close', resolve);
    });
    request.on('error', () => resolve());
  });
  return {
    ended,
    text: () => text,
    lines: () => [...text.matchAll(/^(?:event|data): (.*)$/gm)].map(([, value]) => value),
    async until(pattern: RegExp) {
      await expect.poll(() => text, { timeout: 10_000, interval: 5 }).toMatch(pattern);
      return text;
    },
    pause: () => response?.pause(),
    resume: () => response?.resume(),
    close: () => response?.destroy(),
  };
}

describe('the stream of events', () => {
  test('says hello, and tells what its caller may see', async () => {
    const bus = createEventBus({ firstId: 10 });
    const caller = follow(await serve(bus));
    await caller.until(/event: hello\ndata: {"id":"10"}/);
    bus.publish(row('hidden', 1, 'other'));
    bus.publish({ type: 'audit', data: {}, requires: { resource: 'audit', object: '*' } });
    bus.publish(row('web', 1));
    await caller.until(/id: 13\nevent: application\nat: \d{4}-\S+Z\ndata: {"name":"web","version":1}\n\n/);
    expect(caller.text()).not.toMatch(/hidden|audit/);
  });

  test('goes on after the id that a caller saw last, with the newest of each application alone', async () => {
    const bus = createEventBus({ firstId: 0 });
    const url = await serve(bus);
    for (let version = 1; version <= 3; version++) {
      bus.publish(row('web', version));
      bus.publish(row('job', version));
    }
    const caller = follow(url, { 'last-event-id': '2' });
    await caller.until(/caught-up/);
    expect(caller.lines()).toEqual([
      'hello',
      '{"id":"2"}',
      'application',
      '{"name":"web","version":3}',
      'application',
      '{"name":"job","version":3}',
      'caught-up',
      '{}',
    ]);
  });

  test.each(['1', '99', 'x', ''])('an id that means nothing here (%s) is answered with reset', async (id) => {
    const bus = createEventBus({ firstId: 10, capacity: 2 });
    for (let i = 0; i < 5; i++) bus.publish(row('web', i));
    const caller = follow(`${await serve(bus)}?after=${id}`);
    await caller.until(/id: 15\nevent: reset\n/);
  });

  test('is narrowed by type and application', async () => {
    const bus = createEventBus({ firstId: 0 });
    const caller = follow(`${await serve(bus)}?type=application&application=argocd/web&application=argocd/job`);
    await caller.until(/hello/);
    bus.publish(row('other', 1));
    bus.publish({ ...row('web', 2), type: 'drift' });
    bus.publish(row('job', 3));
    await caller.until(/"version":3/);
    expect(caller.text()).not.toMatch(/other|drift/);
    const audits = follow(`${await serve(bus)}?application=argocd/web&after=0`);
    bus.publish({ type: 'audit', data: 'of job', about: { namespace: 'argocd', name: 'job' } });
    bus.publish({ type: 'audit', data: 'of web', about: { namespace: 'argocd', name: 'web' } });
    await audits.until(/"of web"/);
    expect(audits.text()).not.toMatch(/of job/);
  });

  test('keeps nothing for a caller that does not read, and tells it to read everything anew', async () => {
    const bus = createEventBus({ firstId: 0, capacity: 50 });
    const caller = follow(await serve(bus));
    await caller.until(/hello/);
    caller.pause();
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    // Each is another application: nothing supersedes anything.
    for (let i = 0; i < 3000; i++) {
      bus.publish({
        type: 'application',
        data: { name: `web-${i}`, text: 'x'.repeat(20_000) },
        visible: { project: 'shop', namespace: 'argocd', name: `web-${i}` },
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    const after = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    expect(after - before).toBeLessThan(40 * 1024 * 1024);
    caller.resume();
    await caller.until(/event: reset\n/);
  });

  test('is cut off when nothing is read from it for long', async () => {
    const bus = createEventBus({ firstId: 0 });
    const caller = follow(await serve(bus));
    await caller.until(/hello/);
    caller.pause();
    for (let i = 0; i < 500; i++) bus.publish({ type: 'drift', data: 'x'.repeat(50_000) });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await clock.advance(31_000);
    caller.resume();
    await caller.ended;
  });

  test('stays alive by heartbeats, and ends when its caller is signed out', async () => {
    const bus = createEventBus({ firstId: 0 });
    const caller = follow(await serve(bus));
    await caller.until(/hello/);
    await clock.advance(16_000);
    await caller.until(/event: heartbeat/);
    isSignedIn = false;
    await clock.advance(16_000);
    await caller.until(/event: signed-out/);
    await caller.ended;
  });

  test('there may be so many for one user', async () => {
    const bus = createEventBus({ firstId: 0 });
    const url = await serve(bus);
    const callers = Array.from({ length: 32 }, () => follow(url));
    await Promise.all(callers.map((caller) => caller.until(/hello/)));
    expect((await fetch(url)).status).toBe(429);
    expect(openStreams).toBe(32);
    for (const caller of callers) caller.close();
    await expect
      .poll(async () => {
        const ending = new AbortController();
        const { status } = await fetch(url, { signal: ending.signal });
        ending.abort();
        return status;
      })
      .toBe(200);
    await expect.poll(() => openStreams).toBe(0);
  });
});

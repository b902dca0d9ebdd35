import { fakeClock } from '@sekisho/testkit';
import { describe, expect, test } from 'vitest';
import { createApplicationIndex } from '../application-rows/application-index.ts';
import { publishApplicationEvents } from './application-events.ts';
import { type BusEvent, createEventBus } from './bus.ts';

const types = (events: readonly BusEvent[] | undefined) => events?.map(({ type }) => type);

describe('the bus', () => {
  test('tells each listener what it missed, and then what is new, in order', () => {
    const bus = createEventBus({ firstId: 100 });
    bus.publish({ type: 'a', data: 1 });
    bus.publish({ type: 'b', data: 2 });
    const told: string[] = [];
    const { ok, stop } = bus.subscribe(101, ({ type }) => told.push(type));
    bus.publish({ type: 'c', data: 3 });
    stop();
    bus.publish({ type: 'd', data: 4 });
    expect([ok, told]).toEqual([true, ['b', 'c']]);
    expect(bus.lastId).toBe(104);
  });

  test.each([
    ['before what is kept', 99, undefined],
    ['the oldest that is enough', 102, ['c', 'd', 'e']],
    ['the newest', 105, []],
    ['of the future', 106, undefined],
    ['no number', Number.NaN, undefined],
    ['no whole number', 103.5, undefined],
  ])('an id that is %s', (_title, id, expected) => {
    const bus = createEventBus({ firstId: 100, capacity: 3 });
    for (const type of ['a', 'b', 'c', 'd', 'e']) bus.publish({ type, data: {} });
    expect(types(bus.since(id))).toEqual(expected);
    expect(bus.oldestId).toBe(102);
  });
});

describe('events of applications', () => {
  const object = (version: number, project = 'default') => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'argocd', resourceVersion: String(version) },
    spec: { project },
  });

  function setUp() {
    const clock = fakeClock();
    const bus = createEventBus({ firstId: 0 });
    const index = createApplicationIndex({
      commits: { get: () => undefined, onFound: () => {}, close: async () => {} },
    });
    const { close } = publishApplicationEvents({ index, bus, clock });
    const told = () =>
      bus.since(0)?.map(({ type, data }) => (data as { resourceVersion?: string }).resourceVersion ?? type);
    return { clock, index, told, close };
  }

  test('an application that changes 50 times a second is told four times, the last state always', async () => {
    const { clock, index, told } = setUp();
    for (let version = 1; version <= 50; version++) {
      index.update('argocd/web', object(version));
      await clock.advance(20);
    }
    await clock.advance(1000);
    expect(told()?.length).toBeLessThanOrEqual(6);
    expect(told()?.at(0)).toBe('1');
    expect(told()?.at(-1)).toBe('50');
  });

  test('one that is deleted is told at once, and not again', async () => {
    const { clock, index, told } = setUp();
    index.update('argocd/web', object(1));
    index.update('argocd/web', object(2));
    index.update('argocd/web', undefined);
    await clock.advance(1000);
    expect(told()).toEqual(['1', 'application-deleted']);
  });

  test('who could see it in its old project only hears that it is gone', () => {
    const { index, told } = setUp();
    index.update('argocd/web', object(1, 'shop'));
    index.update('argocd/web', object(2, 'secret'));
    expect(told()).toEqual(['1', 'application-deleted']);
  });
});

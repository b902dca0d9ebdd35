import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProject, type SyncWindow, windowDecision } from '../index.ts';
import { parseSchedule } from './schedule.ts';

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);

function windowsOf(...syncWindows: object[]): readonly SyncWindow[] {
  const parsed = parseProject({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'shop', namespace: 'argocd' },
    spec: { syncWindows },
  });
  if (!('project' in parsed)) throw new Error(parsed.diagnostics.map(({ message }) => message).join('\n'));
  return parsed.project.syncWindows;
}

const app = { name: 'web', destination: { server: 'https://x', name: 'prod', namespace: 'shop' } };
const office = { kind: 'allow', schedule: '0 9 * * 1-5', duration: '8h', applications: ['*'] };
const night = { kind: 'deny', schedule: '0 22 * * *', duration: '8h', applications: ['*'] };
// A Monday.
const MORNING = at('2026-11-23T10:00:00Z');
const EVENING = at('2026-11-23T20:00:00Z');
const MIDNIGHT = at('2026-11-23T23:30:00Z');

describe('windowDecision', () => {
  it.each<[why: string, windows: object[], now: number, manual: boolean, allowed: boolean]>([
    ['no windows', [], MORNING, false, true],
    ['an open allow window', [office], MORNING, false, true],
    ['a closed allow window', [office], EVENING, false, false],
    ['a closed allow window, manual', [office], EVENING, true, false],
    ['a closed allow window with manualSync, manual', [{ ...office, manualSync: true }], EVENING, true, true],
    ['a closed allow window with manualSync, automated', [{ ...office, manualSync: true }], EVENING, false, false],
    [
      'one of two closed allow windows without manualSync',
      [
        { ...office, manualSync: true },
        { ...office, duration: '7h' },
      ],
      EVENING,
      true,
      false,
    ],
    ['an open deny window', [night], MIDNIGHT, false, false],
    ['a closed deny window', [night], MORNING, false, true],
    ['an open deny window with manualSync, manual', [{ ...night, manualSync: true }], MIDNIGHT, true, true],
    ['deny wins over allow', [{ ...office, schedule: '* * * * *' }, night], MIDNIGHT, false, false],
    [
      'one open allow window is enough',
      [office, { ...office, schedule: '0 19 * * *', duration: '2h' }],
      EVENING,
      false,
      true,
    ],
    ['windows of other applications', [{ ...office, applications: ['api-*'] }], EVENING, false, true],
    ['matched by namespace', [{ ...office, applications: [], namespaces: ['sh*'] }], EVENING, false, false],
    ['matched by name of the cluster', [{ ...office, applications: [], clusters: ['prod'] }], EVENING, false, false],
    [
      'matched by address of the cluster',
      [{ ...office, applications: [], clusters: ['https://*'] }],
      EVENING,
      false,
      false,
    ],
    ['one list is enough', [{ ...office, applications: ['api'], clusters: ['prod'] }], EVENING, false, false],
    [
      'andOperator asks for all lists',
      [{ ...office, applications: ['api'], clusters: ['prod'], andOperator: true }],
      EVENING,
      false,
      true,
    ],
    [
      'andOperator, all match',
      [{ ...office, applications: ['web'], clusters: ['prod'], andOperator: true }],
      EVENING,
      false,
      false,
    ],
    ['a window without lists', [{ ...office, applications: [] }], EVENING, false, true],
  ])('%s', (_why, windows, now, manual, allowed) => {
    const decision = windowDecision(windowsOf(...windows), app, { now, manual });
    expect(decision.allowed).toBe(allowed);
    expect(decision.reason === undefined).toBe(allowed);
  });

  it.each<[why: string, windows: object[], startedAt: string, now: string, allowed: boolean]>([
    ['deny without overrun', [night], '2026-11-23T21:59:00Z', '2026-11-23T22:05:00Z', false],
    ['deny with overrun', [{ ...night, syncOverrun: true }], '2026-11-23T21:59:00Z', '2026-11-23T22:05:00Z', true],
    [
      'began when it was denied',
      [{ ...night, syncOverrun: true }],
      '2026-11-23T22:01:00Z',
      '2026-11-23T22:05:00Z',
      false,
    ],
    ['allow with overrun', [{ ...office, syncOverrun: true }], '2026-11-23T16:59:00Z', '2026-11-23T17:05:00Z', true],
    ['allow without overrun', [office], '2026-11-23T16:59:00Z', '2026-11-23T17:05:00Z', false],
    [
      'one of two deny windows without',
      [
        { ...night, syncOverrun: true },
        { ...night, duration: '7h' },
      ],
      '2026-11-23T21:59:00Z',
      '2026-11-23T22:05:00Z',
      false,
    ],
    [
      'an allow window that was not open has no say',
      [
        { ...office, syncOverrun: true },
        { ...office, schedule: '0 3 * * *', duration: '1h' },
      ],
      '2026-11-23T16:59:00Z',
      '2026-11-23T17:05:00Z',
      true,
    ],
  ])('a running sync: %s', (_why, windows, startedAt, now, allowed) => {
    const options = { now: at(now), startedAt: at(startedAt), manual: false };
    expect(windowDecision(windowsOf(...windows), app, options).allowed).toBe(allowed);
  });

  it('there may be a hundred of them', () => {
    expect(windowsOf(...Array.from({ length: 100 }, () => office))).toHaveLength(100);
    expect(() => windowsOf(...Array.from({ length: 101 }, () => office))).toThrow('at most 100');
  });

  it('says why not, and until when', () => {
    const denied = windowDecision(windowsOf(night), app, { now: MIDNIGHT, manual: false });
    expect(denied.reason).toBe('the deny window "0 22 * * *" (8h) is open until 2026-11-24T06:00:00Z');
    expect(denied.nextChangeAt).toBe(at('2026-11-24T06:00:00Z'));
    const always = windowsOf({ ...night, schedule: '* * * * *', duration: '876000h' });
    expect(windowDecision(always, app, { now: MIDNIGHT, manual: false }).reason).toMatch(
      /is open until \d+-.* at least$/,
    );
    const closed = windowDecision(windowsOf(office), app, { now: EVENING, manual: false });
    expect(closed.reason).toBe('no allow window is open; the next one opens at 2026-11-24T09:00:00Z');
    const never = windowDecision(windowsOf({ ...office, schedule: '0 0 30 2 *' }), app, {
      now: EVENING,
      manual: false,
    });
    expect(never.reason).toBe('no allow window is open, and "0 0 30 2 *" (8h) never opens');
    expect(never.nextChangeAt).toBeUndefined();
  });

  it('the answer does not change before nextChangeAt', () => {
    const schedule = fc
      .tuple(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 23 }), fc.constantFrom('*', '1-5', '0,6', '3'))
      .map(([minute, hour, day]) => `${minute} ${hour} * * ${day}`);
    const one = fc.record({
      kind: fc.constantFrom('allow', 'deny'),
      schedule,
      duration: fc.constantFrom('1m', '45m', '3h', '30h'),
      applications: fc.constant(['*']),
      timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata'),
    });
    const offset = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(one, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 0, max: 8760 * 60 }),
        offset,
        (list, minutes, part) => {
          const windows = windowsOf(...list);
          const now = at('2026-01-01T00:00:00Z') + minutes * 60_000;
          const { allowed, nextChangeAt = now + 1 } = windowDecision(windows, app, { now, manual: false });
          expect(nextChangeAt).toBeGreaterThan(now);
          const later = Math.floor(now + (nextChangeAt - now) * part);
          // Another project without memory of the first question.
          expect(windowDecision(windowsOf(...list), app, { now: later, manual: false }).allowed).toBe(allowed);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('parseSchedule', () => {
  const opens = (cron: string, from: string, timeZone = 'UTC') => {
    const parsed = parseSchedule(cron, HOUR, timeZone);
    if (!('schedule' in parsed)) return parsed.fault;
    const { open, changesAt } = parsed.schedule.stateAt(at(from));
    return `${open ? 'open' : 'closed'} ${changesAt === undefined ? 'forever' : new Date(changesAt).toISOString().slice(0, 16)}`;
  };
  it.each<[cron: string, from: string, state: string, zone?: string]>([
    ['0 12 * * *', '2026-11-21T11:59:59Z', 'closed 2026-11-21T12:00'],
    ['0 12 * * *', '2026-11-21T12:00:00Z', 'open 2026-11-21T13:00'],
    ['0 12 * * *', '2026-11-21T12:59:59Z', 'open 2026-11-21T13:00'],
    ['0 12 * * *', '2026-11-21T13:00:00Z', 'closed 2026-11-22T12:00'],
    ['0 12 * * *', '2026-07-01T00:00:00Z', 'closed 2026-07-01T10:00', 'Europe/Berlin'],
    ['0 12 * * *', '2026-12-01T00:00:00Z', 'closed 2026-12-01T11:00', 'Europe/Berlin'],
    ['*/30 12-13 * * *', '2026-11-21T12:10:00Z', 'open 2026-11-21T14:30'],
    ['0 0 29 2 *', '2026-11-21T00:00:00Z', 'closed 2028-02-29T00:00'],
    ['0 0 1 * 1', '2026-11-21T00:00:00Z', 'closed 2026-11-23T00:00'],
    ['0 0 */40 * 1', '2026-11-24T00:00:00Z', 'closed 2027-02-01T00:00'],
    ['0 0 ? * MON', '2026-11-21T00:00:00Z', 'closed 2026-11-23T00:00'],
    ['0 0 * JAN 7', '2026-11-21T00:00:00Z', 'closed 2027-01-03T00:00'],
    ['5/20 0 * * *', '2026-11-21T00:00:00Z', 'closed 2026-11-21T00:05'],
    ['0 0 30 2 *', '2026-11-21T00:00:00Z', 'closed forever'],
    ['0 0 31 4,6,9,11 *', '2026-11-21T00:00:00Z', 'closed forever'],
  ])('%s from %s: %s %s', (cron, from, state, zone) => {
    expect(opens(cron, from, zone)).toBe(state);
  });

  it.each([
    '',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    '5-1 * * * *',
    '*/0 * * * *',
    '0 0 L * *',
    '0 0 1W * *',
    '0 0 * * 1#2',
    '@daily',
    'a b c d e',
    'TZ=UTC * * * *',
    '1,,2 * * * *',
  ])('refuses %j', (cron) => {
    expect(parseSchedule(cron, HOUR, 'UTC')).toHaveProperty('fault');
  });

  it('refuses an unknown time zone', () => {
    expect(parseSchedule('* * * * *', HOUR, 'Mars/Base')).toHaveProperty('fault');
  });

  it('no text makes it throw or run forever', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.constantFrom('*', '*/7', '1', '5-9', '31', '2', '?', '0,59'), { minLength: 5, maxLength: 5 }),
        (text, fields) => {
          for (const cron of [text, fields.join(' ')]) {
            const parsed = parseSchedule(cron, HOUR, 'UTC');
            if ('schedule' in parsed) parsed.schedule.stateAt(at('2026-11-21T12:00:00Z'));
          }
        },
      ),
    );
  });
});

import { silentLogger } from '@sekisho/base';
import { type AuditViolation, noChange } from '@sekisho/policy';
import type { ViolationLog, ViolationRecord } from '@sekisho/store';
import { type FakeClock, fakeClock } from '@sekisho/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { openViolationHistory, type ViolationHistory } from './violation-history.ts';

let clock: FakeClock;
let rows: Map<string, ViolationRecord>;
let isAway: boolean;

const log: ViolationLog = {
  async save(records) {
    if (isAway) throw new Error('the store is away');
    for (const record of records) rows.set(`${record.id} ${record.from}`, record);
  },
  open: async () => [...rows.values()].filter(({ until }) => until === undefined),
  history: async () => [],
  prune: async () => 0,
};

beforeEach(() => {
  clock = fakeClock();
  rows = new Map();
  isAway = false;
});

function open(known: readonly ViolationRecord[] = []): ViolationHistory {
  return openViolationHistory({ log, known, applicationOf: () => undefined, clock, logger: silentLogger });
}

function violation(id: string, decision: AuditViolation['decision'] = 'deny', message = 'no owner'): AuditViolation {
  return {
    id,
    cluster: 'in-cluster',
    objectKey: `/Pod/web/${id}`,
    object: { group: '', version: 'v1', kind: 'Pod', namespace: 'web', name: id },
    verdict: {
      policyId: 'rego/platform/main',
      decision: 'deny',
      policy: { kind: 'rego', name: 'platform' },
      subject: { group: '', version: 'v1', kind: 'Pod', name: id },
      message,
    },
    decision,
    since: Date.UTC(2026, 0, 1),
    slot: 0,
  };
}

function times(): string[] {
  return [...rows.values()].map(({ id, decision, from, until }) => `${id} ${decision} ${day(from)}-${day(until)}`);
}

/** The hour of the day that the clock begins with. */
function day(time: string | undefined): string {
  return time === undefined ? '' : String((Date.parse(time) - Date.UTC(2026, 0, 1)) / 3_600_000);
}

const HOUR = 3_600_000;

describe('openViolationHistory', () => {
  test('keeps a row for each time that a decision lasts', async () => {
    const history = open();
    const first = violation('a');
    history.apply({ ...noChange(), began: [first] });
    await clock.advance(HOUR);
    const waived = violation('a', 'waived');
    history.apply({ ...noChange(), changed: [{ before: first, after: waived }] });
    await clock.advance(HOUR);
    history.apply({ ...noChange(), ended: [waived] });
    await clock.advance(HOUR);
    expect(times()).toEqual(['a deny 0-1', 'a waived 1-2']);
    await history.close();
  });

  test('another message is no other time', async () => {
    const history = open();
    const first = violation('a');
    history.apply({ ...noChange(), began: [first] });
    await clock.advance(HOUR);
    history.apply({ ...noChange(), changed: [{ before: first, after: violation('a', 'deny', 'no owner at all') }] });
    await history.close();
    expect([...rows.values()]).toMatchObject([{ message: 'no owner at all' }]);
    expect(times()).toEqual(['a deny 0-']);
  });

  test('goes on with what was open before a restart', async () => {
    const before = open();
    before.apply({ ...noChange(), began: [violation('a'), violation('b'), violation('c')] });
    await before.close();
    await clock.advance(HOUR);

    const after = open(await log.open(10));
    after.apply({ ...noChange(), found: [violation('a'), violation('b', 'warn')], over: ['c'] });
    await after.close();
    expect(times().sort()).toEqual(['a deny 0-', 'b deny 0-1', 'b warn 1-', 'c deny 0-1']);
  });

  test('waits for a store that is away', async () => {
    const history = open();
    isAway = true;
    history.apply({ ...noChange(), began: [violation('a')] });
    await clock.advance(60_000);
    expect(rows.size).toBe(0);
    isAway = false;
    await clock.advance(60_000);
    expect(times()).toEqual(['a deny 0-']);
    await history.close();
  });

  test('ends what is open of a cluster that nobody knows any more', async () => {
    const history = open();
    history.apply({ ...noChange(), began: [violation('a'), violation('b')] });
    expect(history.openClusters()).toEqual(new Map([['in-cluster', ['a', 'b']]]));
    history.end(['a']);
    await history.close();
    expect(times()).toEqual(['a deny 0-0', 'b deny 0-']);
  });
});

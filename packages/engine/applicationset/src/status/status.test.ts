import { describe, expect, it } from 'vitest';
import { nextStatus } from './next-status.ts';
import { outcomeOf } from './outcome.ts';
import { readRollout } from './read-rollout.ts';
import type { ReconcileOutcome } from './status-types.ts';

const FIRST = Date.UTC(2026, 0, 1);
const LATER = FIRST + 60_000;
const UP_TO_DATE: ReconcileOutcome = { type: 'UpToDate' };

function summary(conditions: readonly { type: string; status: string; reason: string; message: string }[]): string[] {
  return conditions.map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`);
}

describe('nextStatus', () => {
  it('says that all is well', () => {
    const { conditions, ...rest } = nextStatus({ previous: undefined, outcome: UP_TO_DATE, live: [], now: FIRST });
    expect(rest).toEqual({ resourcesCount: 0 });
    expect(summary(conditions)).toEqual([
      'ErrorOccurred=False ApplicationSetUpToDate: Successfully generated parameters for all Applications',
      'ParametersGenerated=True ParametersGenerated: Successfully generated parameters for all Applications',
      'ResourcesUpToDate=True ApplicationSetUpToDate: ApplicationSet up to date',
    ]);
    expect(conditions[0]?.lastTransitionTime).toBe('2026-01-01T00:00:00Z');
  });

  it.each([
    ['ApplicationParamsGenerationError', false],
    ['RenderTemplateParamsError', false],
    ['ApplicationValidationError', true],
    ['UpdateApplicationError', true],
  ] as const)('tells of a failure: %s', (reason, isGenerated) => {
    const outcome = { type: 'Failed', reason, message: 'why' } as const;
    expect(summary(nextStatus({ previous: {}, outcome, live: [], now: FIRST }).conditions)).toEqual([
      `ErrorOccurred=True ${reason}: why`,
      isGenerated
        ? 'ParametersGenerated=True ParametersGenerated: Successfully generated parameters for all Applications'
        : 'ParametersGenerated=False ErrorOccurred: why',
      `ResourcesUpToDate=False ${reason}: why`,
    ]);
  });

  it('keeps the time of what did not change, and the status itself when nothing did', () => {
    const previous = nextStatus({ previous: undefined, outcome: UP_TO_DATE, live: [], now: FIRST });
    expect(nextStatus({ previous, outcome: UP_TO_DATE, live: [], now: LATER })).toBe(previous);
    const outcome = { type: 'Failed', reason: 'CreateApplicationError', message: 'x' } as const;
    const times = nextStatus({ previous, outcome, live: [], now: LATER }).conditions.map((c) => c.lastTransitionTime);
    expect(times).toEqual(['2026-01-01T00:01:00Z', '2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z']);
  });

  it('tells of a rollout while there is one', () => {
    const entry = {
      application: 'web',
      status: 'Pending',
      message: 'm',
      step: '1',
      targetRevisions: ['r'],
      lastTransitionTime: '2026-01-01T00:00:00Z',
    } as const;
    const rollout = { status: [entry], isProgressing: true, message: 'ApplicationSet is performing rollout of step 1' };
    const running = nextStatus({ previous: {}, outcome: UP_TO_DATE, live: [], rollout, now: FIRST });
    expect(summary(running.conditions)[3]).toBe(
      'RolloutProgressing=True ApplicationSetModified: ApplicationSet is performing rollout of step 1',
    );
    expect(readRollout(running)).toEqual([entry]);
    const after = nextStatus({ previous: running, outcome: UP_TO_DATE, live: [], now: LATER });
    expect([after.conditions.length, after.applicationStatus]).toEqual([3, undefined]);
  });

  it('lists its Applications by name', () => {
    const live = ['web', 'api'].map((name) => ({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name, namespace: 'argocd' },
      ...(name === 'web' ? { status: { sync: { status: 'Synced' }, health: { status: 'Healthy' } } } : {}),
    }));
    const object = { group: 'argoproj.io', version: 'v1alpha1', kind: 'Application', namespace: 'argocd' };
    expect(nextStatus({ previous: {}, outcome: UP_TO_DATE, live, now: FIRST })).toMatchObject({
      resources: [
        { ...object, name: 'api' },
        { ...object, name: 'web', status: 'Synced', health: { status: 'Healthy' } },
      ],
      resourcesCount: 2,
    });
  });
});

describe('outcomeOf', () => {
  const fault = (message: string) => ({ code: 'X', severity: 'error', message }) as const;
  it.each([
    [{ diagnostics: [] }, [], UP_TO_DATE],
    [
      { failure: 'RenderTemplateParamsError', diagnostics: [fault('a'), fault('b'), fault('c')] },
      [],
      { type: 'Failed', reason: 'RenderTemplateParamsError', message: 'a (and 2 more)' },
    ],
    [
      { diagnostics: [] },
      [{ name: 'x', message: 'bad' }],
      { type: 'Failed', reason: 'ApplicationValidationError', message: 'bad' },
    ],
  ] as const)('of %j and %j', (generated, invalid, expected) => {
    expect(outcomeOf(generated, { invalid })).toEqual(expected);
  });
});

describe('readRollout', () => {
  it.each([[undefined], [{}], [{ applicationStatus: 'x' }], [{ applicationStatus: [null, { application: 'x' }] }]])(
    'reads %j as none',
    (status) => {
      expect(readRollout(status)).toEqual([]);
    },
  );
});

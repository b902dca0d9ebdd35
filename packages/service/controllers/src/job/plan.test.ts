import { expect, test } from 'vitest';
import type { Pod } from '../kinds/pod.ts';
import type { Job } from '../kinds/workload.ts';
import { at, job, NOW, pod } from '../testing/objects.ts';
import { formatIndexes, parseIndexes } from './indexes.ts';
import { INDEX_ANNOTATION, planJob, ttlInMs } from './plan.ts';

const ended = (name: string, phase: string, index?: number): Pod =>
  pod({ name, phase, ...(index === undefined ? {} : { annotations: { [INDEX_ANNOTATION]: String(index) } }) });
const running = (name: string): Pod => pod({ name, readySince: -10 });
const started = { startTime: at(-30) };

const cases: [
  title: string,
  work: Job,
  pods: Pod[],
  expected: { create?: number; remove?: string[]; conditions?: string[]; afterMs?: number },
][] = [
  ['a new job starts its pods', job({ completions: 3, parallelism: 2 }), [], { create: 2 }],
  [
    'no more than completions are left',
    job({ completions: 3, parallelism: 5 }, { ...started, succeeded: 2 }),
    [],
    { create: 1 },
  ],
  [
    'too many pods are taken back',
    job({ completions: 5, parallelism: 1 }, started),
    [running('b'), pod({ name: 'a' })],
    { remove: ['a'] },
  ],
  [
    'enough successes complete it',
    job({}, started),
    [ended('a', 'Succeeded')],
    { conditions: ['SuccessCriteriaMet', 'Complete'] },
  ],
  [
    'what still runs is ended before it is complete',
    job({ parallelism: 2 }, started),
    [ended('a', 'Succeeded'), running('b')],
    { remove: ['b'], conditions: ['SuccessCriteriaMet'] },
  ],
  [
    'a work queue is complete when one succeeded and none runs',
    (({ completions: _none, ...spec }) => ({ ...job(), spec }))(job({ parallelism: 2 }).spec),
    [ended('a', 'Succeeded'), ended('b', 'Succeeded')],
    { conditions: ['SuccessCriteriaMet', 'Complete'] },
  ],
  ['a failed pod is replaced after a wait', job({}, started), [ended('a', 'Failed')], { afterMs: 40_000 }],
  [
    'failures beyond the limit end it',
    job({ backoffLimit: 1 }, started),
    [ended('a', 'Failed'), ended('b', 'Failed')],
    { conditions: ['FailureTarget', 'Failed'] },
  ],
  [
    'failures of vanished pods still count',
    job({ backoffLimit: 1 }, { ...started, failed: 2 }),
    [],
    { conditions: ['FailureTarget', 'Failed'] },
  ],
  [
    'a passed deadline ends it',
    job({ activeDeadlineSeconds: 30 }, started),
    [running('a')],
    { remove: ['a'], conditions: ['FailureTarget'] },
  ],
  [
    'a deadline to come is waited for',
    job({ activeDeadlineSeconds: 40 }, started),
    [running('a')],
    { afterMs: 10_000 },
  ],
  [
    'a suspended job ends its pods',
    job({ suspend: true }, started),
    [running('a')],
    { remove: ['a'], conditions: ['Suspended'] },
  ],
];

test.each(cases)('planJob: %s', (_title, work, pods, expected) => {
  const plan = planJob({ job: work, pods, now: NOW, backoffMs: 100_000 });
  expect(plan.create.length).toBe(expected.create ?? 0);
  expect(plan.remove.map(({ metadata }) => metadata.name)).toEqual(expected.remove ?? []);
  expect((plan.status.conditions ?? []).map(({ type }) => type)).toEqual(expected.conditions ?? []);
  expect(plan.afterMs).toBe(expected.afterMs);
});

test('planJob gives missing indexes to an indexed job', () => {
  const indexed = job(
    { completionMode: 'Indexed', completions: 5, parallelism: 3 },
    { ...started, completedIndexes: '0' },
  );
  const plan = planJob({ job: indexed, pods: [ended('a', 'Succeeded', 2)], now: NOW, backoffMs: 0 });
  expect(plan.create).toEqual([1, 3, 4]);
  expect(plan.status.completedIndexes).toBe('0,2');
});

test('planJob changes nothing the second time', () => {
  const state = { pods: [running('a')], now: NOW, backoffMs: 0 };
  const { status } = planJob({ ...state, job: job() });
  expect(planJob({ ...state, job: job({}, status) }).status).toBe(status);
});

test.each([
  ['0-2,5', [0, 1, 2, 5]],
  ['1,2', [1, 2]],
  ['', []],
])('indexes %s are read and written', (text, indexes) => {
  expect([...parseIndexes(text)]).toEqual(indexes);
  expect(formatIndexes(indexes)).toBe(text);
});

test('ttlInMs counts from the end of the job', () => {
  const conditions = [{ type: 'Complete', status: 'True' as const, lastTransitionTime: at(-10) }];
  expect(ttlInMs(job({ ttlSecondsAfterFinished: 30 }, { conditions }), NOW)).toBe(20_000);
  expect(ttlInMs(job({ ttlSecondsAfterFinished: 30 }), NOW)).toBeUndefined();
  expect(ttlInMs(job({}, { conditions }), NOW)).toBeUndefined();
});

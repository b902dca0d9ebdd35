import { expect, test } from 'vitest';
import type { CronJob, Job } from '../kinds/workload.ts';
import { at, job, NOW } from '../testing/objects.ts';
import { planCronJob } from './plan.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

function schedule(text: string, timeZone?: string): Schedule {
  const parsed = parseSchedule(text, timeZone);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}

const minute = 60_000;

test.each([
  ['* * * * *', undefined, -5 * minute, 0],
  ['0 * * * *', undefined, -90 * minute, 0],
  ['30 * * * *', undefined, -90 * minute, -30 * minute],
  ['0 0 * * *', 'Europe/Berlin', -120 * minute, -60 * minute],
  ['@hourly', undefined, -5 * minute, 0],
  ['0 3 * * *', undefined, -5 * minute, undefined],
])('schedule %s (%s) was last due at', (text, zone, after, expected) => {
  expect(schedule(text, zone).lastBetween(NOW + after, NOW)).toBe(expected === undefined ? undefined : NOW + expected);
});

test.each([
  ['61 * * * *', undefined],
  ['* * * * * *', undefined],
  ['TZ=Europe/Berlin * * * * *', undefined],
  ['* * * * *', 'Mars/Olympus'],
  ['', undefined],
])('schedule %s (%s) is refused', (text, zone) => {
  expect(parseSchedule(text, zone)).toHaveProperty('problem');
});

function cronJob(
  spec: Partial<CronJob['spec']> = {},
  status: CronJob['status'] = { lastScheduleTime: at(-120) },
): CronJob {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'cron', namespace: 'default', uid: 'uid-cron', creationTimestamp: at(-3600) },
    spec: { schedule: '* * * * *', jobTemplate: { spec: job().spec }, ...spec },
    status,
  };
}

const named = (name: string, created: number, end?: 'Complete' | 'Failed'): Job => ({
  ...job({}, end === undefined ? {} : { conditions: [{ type: end, status: 'True' }], completionTime: at(created + 1) }),
  metadata: { name, namespace: 'default', uid: `uid-${name}`, creationTimestamp: at(created) },
});

test.each([
  ['a run that is due starts', cronJob(), [], { run: NOW, remove: [] }],
  ['nothing starts twice', cronJob({}, { lastScheduleTime: at(0) }), [], { run: undefined, remove: [] }],
  ['nothing starts while suspended', cronJob({ suspend: true }), [], { run: undefined, remove: [] }],
  [
    'a run that is too late is missed',
    cronJob({ schedule: '30 * * * *', startingDeadlineSeconds: 60 }, {}),
    [],
    { run: undefined, remove: [] },
  ],
  [
    'Forbid waits for the one that runs',
    cronJob({ concurrencyPolicy: 'Forbid' }),
    [named('a', -60)],
    { run: undefined, remove: [] },
  ],
  [
    'Replace ends the one that runs',
    cronJob({ concurrencyPolicy: 'Replace' }),
    [named('a', -60)],
    { run: NOW, remove: ['a'] },
  ],
  ['Allow lets both run', cronJob({ concurrencyPolicy: 'Allow' }), [named('a', -60)], { run: NOW, remove: [] }],
  [
    'old ended jobs are removed',
    cronJob({ suspend: true, successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 }),
    [named('a', -90, 'Complete'), named('b', -60, 'Complete'), named('c', -60, 'Failed')],
    { run: undefined, remove: ['a', 'c'] },
  ],
])('planCronJob: %s', (_title, cron, jobs, expected) => {
  const plan = planCronJob(cron, jobs, schedule(cron.spec.schedule), NOW);
  expect({ run: plan.run, remove: plan.remove.map(({ metadata }) => metadata.name) }).toEqual(expected);
});

test('planCronJob changes nothing the second time', () => {
  const jobs = [named('a', -60), named('b', -90, 'Complete')];
  const { status } = planCronJob(cronJob({ suspend: true }), jobs, undefined, NOW);
  expect(planCronJob(cronJob({ suspend: true }, status), jobs, undefined, NOW).status).toBe(status);
});

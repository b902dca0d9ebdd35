import type { KubeObject } from '@sekisho/kube';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CRON_JOBS, JOBS, PODS } from '../kinds/resources.ts';
import { condition, type Harness, startHarness, statusOf } from '../testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => {
  await harness.close();
});

const job = (name: string, spec: Record<string, unknown> = {}, container: Record<string, unknown> = {}) =>
  harness.create(JOBS, {
    metadata: { name },
    spec: {
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox', ...container }] } },
      ...spec,
    },
  });
const isComplete = (object: KubeObject) => condition(object, 'Complete') === 'True CompletionsReached';

test('Job completes with the conditions, times and counts of upstream', async () => {
  await job('plain');
  const done = await harness.waitFor(JOBS, 'plain', isComplete);
  const { succeeded, ready, completionTime, active } = statusOf(done);
  expect({ succeeded, ready, active }).toEqual({ succeeded: 1, ready: 0, active: undefined });
  expect(completionTime).toBeDefined();
  expect(condition(done, 'SuccessCriteriaMet')).toBe('True CompletionsReached');
});

test('Job runs as many pods as completions ask for, no more at once than parallelism', async () => {
  await job('many', { completions: 5, parallelism: 2 });
  const done = await harness.waitFor(JOBS, 'many', isComplete);
  expect(statusOf(done)['succeeded']).toBe(5);
});

test('Job with completion mode Indexed gives each pod its index', async () => {
  await job('indexed', { completions: 3, parallelism: 3, completionMode: 'Indexed' });
  const done = await harness.waitFor(JOBS, 'indexed', isComplete);
  expect(statusOf(done)['completedIndexes']).toBe('0-2');
  const names = (await harness.pods()).filter(({ metadata }) => metadata.labels?.['job-name'] === 'indexed');
  expect(
    names.map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-completion-index']).sort(),
  ).toEqual(['0', '1', '2']);
});

test('Job whose command fails ends as Failed when its backoff limit is reached', async () => {
  await job('failing', { backoffLimit: 0 }, { command: ['sh', '-c', 'echo no; exit 3'] });
  const failed = await harness.waitFor(
    JOBS,
    'failing',
    (object) => condition(object, 'Failed') === 'True BackoffLimitExceeded',
  );
  expect(statusOf(failed)['failed']).toBe(1);
  const [pod] = (await harness.pods()).filter(({ metadata }) => metadata.labels?.['job-name'] === 'failing');
  expect(pod?.status?.containerStatuses?.[0]?.state.terminated?.exitCode).toBe(3);
});

test('Job that is suspended runs nothing until it is resumed', async () => {
  await job('later', { suspend: true });
  await harness.waitFor(JOBS, 'later', (object) => condition(object, 'Suspended') === 'True JobSuspended');
  await harness.client.patch(JOBS, 'later', 'default', { kind: 'merge', body: { spec: { suspend: false } } });
  const done = await harness.waitFor(JOBS, 'later', isComplete);
  expect(condition(done, 'Suspended')).toBe('False JobResumed');
});

test('Job with a time to live is deleted with its pods', async () => {
  await job('short', { ttlSecondsAfterFinished: 0 });
  await harness.waitGone(JOBS, 'short');
  await harness.waitForAll(PODS, (pods) => pods.every(({ metadata }) => metadata.labels?.['job-name'] !== 'short'));
});

test('Job with an active deadline fails when its pods never start', async () => {
  await harness.create(JOBS, {
    metadata: { name: 'late' },
    spec: {
      activeDeadlineSeconds: 1,
      template: {
        metadata: { annotations: { 'sekisho.dev/simulate': 'pending' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox' }] },
      },
    },
  });
  await harness.waitFor(JOBS, 'late', (object) => condition(object, 'Failed') === 'True DeadlineExceeded');
});

test('CronJob that is suspended starts nothing; a job made from it by hand runs', async () => {
  const jobTemplate = {
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'busybox' }] } } },
  };
  const cron = await harness.create(CRON_JOBS, {
    metadata: { name: 'nightly' },
    spec: { schedule: '0 3 * * *', timeZone: 'Europe/Berlin', jobTemplate },
  });
  const owner = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    name: 'nightly',
    uid: cron.metadata.uid ?? '',
    controller: true,
  };
  await harness.create(JOBS, {
    metadata: {
      name: 'by-hand',
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [owner],
    },
    spec: jobTemplate.spec,
  });
  await harness.waitFor(CRON_JOBS, 'nightly', (object) => statusOf(object)['lastSuccessfulTime'] !== undefined);
});

test('controllers complain of nothing on the way', () => {
  expect(harness.complaints).toEqual([]);
});

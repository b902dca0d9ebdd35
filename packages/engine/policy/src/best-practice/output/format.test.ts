import type { KubeObject } from '@sekisho/kube';
import { describe, expect, test } from 'vitest';
import {
  formatScores,
  kubesecScore,
  type ScoreFormat,
  scoreFormats,
  scoreObjects,
  writeKubesecJson,
} from '../index.ts';

const service: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'a <b>' } },
  spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] },
};
const cronJob: KubeObject = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'report' },
  spec: { startingDeadlineSeconds: 60, jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never' } } } } },
};
const only = (...ids: string[]) =>
  scoreObjects([{ object: service, origin: { file: 'my files/web.yaml', line: 7 } }, { object: cronJob }], {
    useIgnoreAnnotation: true,
  }).map((scored) => ({ ...scored, results: scored.results.filter(({ check }) => ids.includes(check.id)) }));

const scores = only('service-type', 'label-values', 'cronjob-has-deadline', 'cronjob-restartpolicy');

describe('formatScores', () => {
  test('human: a heading per object, in the order of kind and name; what is right only when asked', () => {
    expect(formatScores(scores, 'human')).toBe(
      [
        `batch/v1/CronJob report${' '.repeat(80 - 23 - 2)}✅`,
        `v1/Service web in shop${' '.repeat(80 - 22 - 2)}💥`,
        '    [CRITICAL] Label values',
        '        · app -> The label has a value that is not allowed',
        '            Write another value.',
        '    [WARNING] Service Type',
        '        · The Service opens a port on every node',
        '            Prefer an Ingress or a load balancer.',
        '',
      ].join('\n'),
    );
    expect(formatScores(scores, 'human', { verbosity: 1 })).toContain('    [OK] CronJob has deadline\n');
  });

  test('human: wraps descriptions at the width, colours only when asked', () => {
    const narrow = formatScores(only('service-type'), 'human', { width: 10 });
    for (const line of narrow.split('\n')) expect(line.length).toBeLessThanOrEqual(52);
    expect(narrow).toContain('v1/Service web in shop🤔\n');
    const red = `${String.fromCharCode(27)}[31m`;
    expect(formatScores(scores, 'human')).not.toContain(red);
    expect(formatScores(scores, 'human', { color: true })).toContain(`${red}    [CRITICAL] Label values`);
  });

  test('ci: a line per comment', () => {
    expect(formatScores(scores, 'ci')).toBe(
      [
        '[OK] report batch/v1/CronJob',
        '[OK] report batch/v1/CronJob',
        '[OK] report batch/v1/CronJob',
        '[CRITICAL] web/shop v1/Service: (app) The label has a value that is not allowed',
        '[WARNING] web/shop v1/Service: The Service opens a port on every node',
        '',
      ].join('\n'),
    );
  });

  test('json: version 2, with the field besides', () => {
    const [job, web] = JSON.parse(formatScores(scores, 'json'));
    expect(job).toMatchObject({ object_name: 'CronJob/batch/v1//report', file_name: '', file_row: 0 });
    expect(job.checks[0].comments).toBeNull();
    expect(web).toMatchObject({
      object_name: 'Service/v1/shop/web',
      type_meta: { kind: 'Service', apiVersion: 'v1' },
      object_meta: { name: 'web', namespace: 'shop' },
      file_name: 'my files/web.yaml',
      file_row: 7,
    });
    expect(web.checks[1]).toMatchObject({
      check: { name: 'Service Type', id: 'service-type', target_type: 'Service', optional: false },
      grade: 5,
      skipped: false,
      comments: [{ path: '', field: 'spec.type' }],
    });
  });

  test('sarif: rules once, results with file and line', () => {
    const { runs } = JSON.parse(formatScores(scores, 'sarif'));
    expect(runs[0].tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(['label-values', 'service-type']);
    expect(runs[0].results[1]).toMatchObject({
      ruleId: 'service-type',
      ruleIndex: 1,
      level: 'warning',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'my%20files/web.yaml' }, region: { startLine: 7 } } }],
    });
  });

  test('junit: counts what failed', () => {
    const xml = formatScores(scores, 'junit');
    expect(xml).toContain('<testsuites name="kube-score" tests="5" failures="2" skipped="0">');
    expect(xml).toContain('<testsuite name="web/shop v1/Service" tests="2" failures="2" skipped="0"');
    expect(xml).toContain('<failure message="(app) The label has a value that is not allowed"></failure>');
  });

  test.each(scoreFormats)('%s of nothing is a report too', (format: ScoreFormat) => {
    expect(typeof formatScores([], format)).toBe('string');
  });
});

test('writeKubesecJson leaves out lists that are empty', () => {
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { hostPID: true, containers: [{ name: 'web', image: 'web:1' }] },
  };
  const [report] = JSON.parse(writeKubesecJson([{ score: kubesecScore(pod), fileName: 'web.yaml' }]));
  expect(report).toMatchObject({
    object: 'Pod/web.default',
    valid: true,
    fileName: 'web.yaml',
    message: 'Failed with a score of -9 points',
    score: -9,
    scoring: { critical: [{ id: 'HostPID', selector: '.spec .hostPID == true', points: -9 }] },
  });
  expect(report.scoring.passed).toBeUndefined();
  expect(Object.keys(report.scoring.advise[0])).toEqual(['id', 'selector', 'reason', 'points']);
});

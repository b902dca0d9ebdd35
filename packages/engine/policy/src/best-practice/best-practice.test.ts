import type { KubeObject } from '@sekisho/kube';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PolicyObject } from '../verdict.ts';
import {
  bestPracticeVerdicts,
  kubeScoreChecks,
  kubesecRules,
  kubesecScore,
  podSecurityControls,
  type ScoreOptions,
  scoreObjects,
} from './index.ts';

type Parts = Record<string, unknown>;

const labels = { app: 'web' };

function deployment(container: Parts = {}, spec: Parts = {}, annotations: Record<string, string> = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', annotations },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1', ...container }] } },
      ...spec,
    },
  };
}

const service = (port: Parts, spec: Parts = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { selector: labels, ports: [port], ...spec },
});

const autoscaler = (kind: string): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind, name: 'web' } },
});

function judged(objects: readonly KubeObject[]): readonly PolicyObject[] {
  return objects.map((object) => ({ object }));
}

/** What a check gives to the first of the objects that it applies to. */
function check(id: string, objects: readonly KubeObject[], options: ScoreOptions = {}) {
  const result = scoreObjects(judged(objects), { enabledOptional: [id], ...options })
    .flatMap((scored) => scored.results)
    .find((candidate) => candidate.check.id === id);
  return {
    grade: result?.grade,
    skipped: result?.skipped,
    fields: result?.comments.map((comment) => comment.field),
  };
}

const pod = 'spec.template.spec';
const container = `${pod}.containers[name=web]`;

describe('scoreObjects', () => {
  // What the cases of kube-score itself do not cover.
  const rows: readonly [why: string, id: string, objects: KubeObject[], grade: number, fields: string[]][] = [
    [
      'the port of a registry counts as a tag',
      'container-image-tag',
      [deployment({ image: 'registry:5000/web' })],
      10,
      [],
    ],
    ['a digest is a tag', 'container-image-tag', [deployment({ image: 'web@sha256:abc' })], 10, []],
    [
      'init containers count',
      'container-image-tag',
      [deployment({}, podSpec({ initContainers: [{ name: 'a', image: 'a' }] }))],
      1,
      [`${pod}.initContainers[name=a].image`],
    ],
    [
      'quantities are compared as amounts',
      'container-cpu-requests-equal-limits',
      [deployment({ resources: { requests: { cpu: '1000m' }, limits: { cpu: 1 } } })],
      10,
      [],
    ],
    [
      'zero is not set',
      'container-resources',
      [deployment({ resources: { requests: { cpu: 1, memory: 1 }, limits: { cpu: '0', memory: '1Gi' } } })],
      1,
      [`${container}.resources.limits.cpu`],
    ],
    [
      'requests alone are a warning',
      'container-resources',
      [deployment({ resources: { limits: { cpu: 1, memory: '1Gi' }, requests: { cpu: 1 } } })],
      5,
      [`${container}.resources.requests.memory`],
    ],
    [
      'privileged',
      'container-security-context-privileged',
      [deployment({ securityContext: { privileged: true } })],
      1,
      [`${container}.securityContext.privileged`],
    ],
    [
      'one liveness probe missing is almost right',
      'pod-probes',
      [service({ port: 80 }), deployment({ readinessProbe: { tcpSocket: { port: 80 } } })],
      7,
      [`${pod}.containers`],
    ],
    [
      'an Ingress may name a port',
      'ingress-targets-service',
      [ingress({ name: 'http' }), service({ name: 'http', port: 80 })],
      10,
      [],
    ],
    [
      'an Ingress with a port that is not there',
      'ingress-targets-service',
      [ingress({ number: 81 }), service({ name: 'http', port: 80 })],
      1,
      ['spec.rules[0].http.paths[0].backend'],
    ],
    [
      'an autoscaler and replicas',
      'deployment-targeted-by-hpa-does-not-have-replicas-configured',
      [deployment({}, { replicas: 3 }), autoscaler('Deployment')],
      1,
      ['spec.replicas'],
    ],
    [
      'an autoscaler of something else',
      'deployment-targeted-by-hpa-does-not-have-replicas-configured',
      [deployment({}, { replicas: 3 }), autoscaler('StatefulSet')],
      10,
      [],
    ],
    [
      'a selector that is not of the template',
      'deployment-pod-selector-labels-match-template-metadata-labels',
      [deployment({}, { selector: { matchLabels: { app: 'api' } } })],
      1,
      ['spec.selector'],
    ],
    [
      'a selector that can not be read',
      'deployment-pod-selector-labels-match-template-metadata-labels',
      [deployment({}, { selector: { matchExpressions: [{ key: 'app', operator: 'Is' }] } })],
      1,
      ['spec.selector'],
    ],
    [
      'Recreate behind a Service',
      'deployment-strategy',
      [deployment({}, { strategy: { type: 'Recreate' } }), service({ port: 80 })],
      5,
      ['spec.strategy.type'],
    ],
    [
      'a label with a blank',
      'label-values',
      [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', labels: { 'x/y': 'a b', ok: '' } } }],
      1,
      ['metadata.labels."x/y"'],
    ],
    [
      'a budget without a number',
      'poddisruptionbudget-has-policy',
      [{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'a' }, spec: {} }],
      1,
      ['spec'],
    ],
    [
      'a version before its replacement',
      'stable-version',
      [{ ...autoscaler('Deployment'), apiVersion: 'autoscaling/v2beta2' }],
      10,
      [],
    ],
  ];
  for (const [why, id, objects, grade, fields] of rows) {
    test(`${id}: ${why}`, () => {
      expect(check(id, objects)).toMatchObject({ grade, fields });
    });
  }

  test('takes the version of the cluster into account', () => {
    const objects = [{ ...autoscaler('Deployment'), apiVersion: 'autoscaling/v2beta2' }];
    expect(check('stable-version', objects, { kubernetesVersion: 'v1.23' }).grade).toBe(5);
  });

  test('lets the template of a workload switch checks before the workload itself', () => {
    const annotations = { 'kube-score/ignore': 'container-image-tag' };
    const template = { metadata: { labels, annotations: { 'kube-score/enable': 'container-image-tag' } } };
    expect(check('container-image-tag', [deployment({}, {}, annotations)]).skipped).toBe(true);
    expect(check('container-image-tag', [deployment({}, { template }, annotations)]).skipped).toBe(false);
    expect(
      check('container-image-tag', [deployment({}, {}, annotations)], { useIgnoreAnnotation: false }).skipped,
    ).toBe(false);
  });

  test.each([
    [{ 'kube-score/ignore': ' container-image-tag , pod-probes' }, 'container-image-tag', true],
    [{ 'kube-score/ignore': '*' }, 'container-image-tag', true],
    [{ 'kube-score/ignore': 'container-resources' }, 'container-ephemeral-storage-request-and-limit', true],
    [{ 'kube-score/ignore': 'container-resources' }, 'container-image-tag', false],
    [{ 'kube-score/skip': 'true' }, 'container-image-tag', true],
    [{ 'kube-score/skip': 'false' }, 'container-image-tag', false],
    [{ 'kube-score/enable': '*' }, 'container-ports-check', false],
    [{}, 'container-ports-check', true],
  ] as [Record<string, string>, string, boolean][])('%j: %s is skipped: %s', (annotations, id, expected) => {
    expect(check(id, [deployment({}, {}, annotations)], { enabledOptional: [] }).skipped).toBe(expected);
  });

  test('leaves ignored checks out', () => {
    expect(check('container-image-tag', [deployment()], { ignored: ['container-image-tag'] }).grade).toBeUndefined();
  });

  test('leaves kinds of other groups alone', () => {
    const foreign = { ...deployment({ image: 'web' }), apiVersion: 'example.org/v1' };
    expect(check('container-image-tag', [foreign]).grade).toBeUndefined();
  });
});

describe('kubesecScore', () => {
  test('names what is invalid, field by field', () => {
    const object = deployment({ imagee: 'x' }, { replicas: 'two', selector: undefined });
    expect(kubesecScore(object)).toMatchObject({ object: 'Deployment/web.shop', valid: false, score: 0, critical: [] });
    const { message } = kubesecScore(object);
    expect(message).toContain("/spec: missing properties: 'selector'");
    expect(message).toContain("/spec/template/spec/containers/0: additional properties 'imagee' not allowed");
    expect(message).toContain('/spec/replicas: ');
  });

  test('says of kinds that no rule is about that it does not support them', () => {
    expect(kubesecScore(service({ port: 80 }))).toMatchObject({ valid: true, score: 0 });
    expect(kubesecScore(service({ port: 80 })).message).toBe('This resource kind is not supported by kubesec');
    expect(kubesecScore({ ...deployment(), apiVersion: 'example.org/v1' }).message).toContain('could not find schema');
  });

  test('adds up points and tells the fields', () => {
    const score = kubesecScore(deployment({ securityContext: { privileged: true, readOnlyRootFilesystem: true } }));
    expect(score).toMatchObject({ valid: true, score: -29, message: 'Failed with a score of -29 points' });
    expect(score.critical[0]?.fields).toEqual([`${container}.securityContext.privileged`]);
    expect(score.advise.find(({ rule }) => rule.id === 'LimitsCPU')?.fields).toEqual([
      `${container}.resources.limits.cpu`,
    ]);
  });
});

describe('bestPracticeVerdicts', () => {
  const objects = judged([deployment({ securityContext: { privileged: true }, imagee: 'x' })]);

  test('denies what is critical and warns of the rest', () => {
    const verdicts = bestPracticeVerdicts([{ ...objects[0], origin: { file: 'web.yaml', line: 3 } } as PolicyObject]);
    const denied = verdicts.filter(({ decision }) => decision === 'deny');
    expect(denied.map(({ policy }) => `${policy.name}/${policy.rule}`)).toEqual([
      'kube-score/container-security-context-privileged',
      'kubesec/Privileged',
      'pod-security/privileged',
    ]);
    for (const verdict of denied) {
      expect(verdict).toMatchObject({
        severity: 'critical',
        fields: [`${container}.securityContext.privileged`],
        subject: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web', origin: { line: 3 } },
      });
      expect(verdict.remediation).not.toBe('');
    }
    expect(verdicts.length).toBeGreaterThan(denied.length);
  });

  test('follows the profile', () => {
    const ids = (profile: Parameters<typeof bestPracticeVerdicts>[1]) =>
      bestPracticeVerdicts(objects, profile).map(({ decision, policy }) => `${decision} ${policy.name}/${policy.rule}`);
    const only = { kubeScore: false, kubesec: false } as const;
    expect(ids(only)).toEqual(['deny pod-security/privileged']);
    expect(ids({ ...only, denyFrom: 'never' })).toEqual(['warn pod-security/privileged']);
    expect(ids({ ...only, severities: { 'pod-security/privileged': 'low' } })).toEqual([
      'warn pod-security/privileged',
    ]);
    expect(ids({ ...only, severities: { 'pod-security/privileged': 'off' } })).toEqual([]);
    expect(ids({ ...only, podSecurity: { level: 'privileged' } })).toEqual([]);
  });
});

test('every check, rule and control says what it is for and what to do, under an id of its own', () => {
  const families = [
    kubeScoreChecks.map(({ id, why, fix }) => ({ id, why, fix })),
    kubesecRules.map(({ id, reason: why, fix }) => ({ id, why, fix })),
    podSecurityControls.map(({ id, why, fix }) => ({ id, why, fix })),
  ];
  for (const family of families) {
    expect(new Set(family.map(({ id }) => id)).size).toBe(family.length);
    for (const { why, fix } of family) expect([why.length > 10, fix.length > 10]).toEqual([true, true]);
  }
});

test('nothing in an object, however broken, makes best practice fail', () => {
  const kinds = fc.constantFrom('Pod', 'Deployment', 'StatefulSet', 'CronJob', 'Service', 'Ingress', 'NetworkPolicy');
  const groups = fc.constantFrom('v1', 'apps/v1', 'batch/v1', 'networking.k8s.io/v1', 'policy/v1');
  const keys = fc.constantFrom(
    'spec',
    'template',
    'metadata',
    'containers',
    'securityContext',
    'volumes',
    'name',
    'labels',
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6, depthSize: 'small' },
      fc.constantFrom(null, 0, true, 'web', '', -1.5),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(groups, kinds, fc.array(value, { minLength: 1, maxLength: 3 }), (apiVersion, kind, specs) => {
      const broken = specs.map((spec) => ({
        object: { apiVersion, kind, metadata: { name: 'a' }, spec } as KubeObject,
      }));
      bestPracticeVerdicts(broken, { podSecurity: { level: 'restricted' } });
      for (const { object } of broken) kubesecScore(object);
    }),
    { numRuns: 200 },
  );
});

function podSpec(spec: Parts): Parts {
  return { template: { metadata: { labels }, spec } };
}

function ingress(port: Parts): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 'web', port } } }] } }] },
  };
}

import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it } from 'vitest';
import { parsePolicies } from '../policy/parse-policies.ts';
import type { StackroxPolicy } from '../policy/policy.ts';
import type { ImageMetadata } from '../view/image.ts';
import { type DeploySubject, evaluateBuild, evaluateDeploy, type StackroxVerdict } from './evaluate.ts';

const now = Date.UTC(2026, 5, 15);

function policy(change: object): StackroxPolicy {
  const whole = {
    id: 'a',
    name: 'A policy',
    categories: ['Security'],
    lifecycleStages: ['DEPLOY'],
    severity: 'HIGH_SEVERITY',
    remediation: 'Do better.',
    policyVersion: '1.1',
    policySections: [{ policyGroups: [group('Privileged Container', 'true')] }],
    ...change,
  };
  const { policies, diagnostics } = parsePolicies(JSON.stringify(whole));
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return policies[0] as StackroxPolicy;
}
function group(fieldName: string, ...values: string[]): object {
  return { fieldName, values: values.map((value) => ({ value })) };
}
const section = (...groups: object[]) => ({ policySections: [{ policyGroups: groups }] });

function pod(containers: object[], more: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop' }, spec: { containers, ...more } };
}
const privileged = pod([{ name: 'web', image: 'web:1', securityContext: { privileged: true } }]);

function ask(change: object, subject: DeploySubject): readonly StackroxVerdict[] {
  return evaluateDeploy([policy(change)], subject, { now });
}
function messages(change: object, subject: DeploySubject): readonly string[] {
  return ask(change, subject).flatMap(({ details }) => details.violations);
}

describe('evaluateDeploy', () => {
  it('gives a verdict with the policy, the subject, the field and what to do', () => {
    const origin = { file: 'web.yaml', line: 1 };
    expect(ask({}, { object: privileged, origin })).toEqual([
      {
        decision: 'warn',
        policy: { kind: 'stackrox', name: 'A policy', rule: 'section 1' },
        subject: { group: '', version: 'v1', kind: 'Pod', namespace: 'shop', name: 'web', origin },
        message: 'A policy: Container web is privileged',
        severity: 'high',
        remediation: 'Do better.',
        fields: ['spec.containers[name=web].securityContext.privileged'],
        details: {
          outcome: 'violated',
          policyId: 'a',
          section: 'section 1',
          categories: ['Security'],
          violations: ['Container web is privileged'],
          missing: [],
          enforcement: [],
        },
      },
    ]);
  });

  it.each([
    ['apps/v1', 'Deployment', { template: { spec: privileged['spec'] } }, 'spec.template.spec.'],
    ['apps/v1', 'StatefulSet', { template: { spec: privileged['spec'] } }, 'spec.template.spec.'],
    ['apps/v1', 'DaemonSet', { template: { spec: privileged['spec'] } }, 'spec.template.spec.'],
    ['batch/v1', 'Job', { template: { spec: privileged['spec'] } }, 'spec.template.spec.'],
    [
      'batch/v1',
      'CronJob',
      { jobTemplate: { spec: { template: { spec: privileged['spec'] } } } },
      'spec.jobTemplate.spec.template.spec.',
    ],
  ])('%s %s is a deployment', (apiVersion, kind, spec, path) => {
    const [verdict] = ask({}, { object: { apiVersion, kind, metadata: { name: 'web' }, spec } });
    expect(verdict?.fields).toEqual([`${path}containers[name=web].securityContext.privileged`]);
  });

  it('says nothing of what runs no pods, nor of nonsense', () => {
    expect(ask({}, { object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } } })).toEqual([]);
    for (const spec of [
      null,
      1,
      [],
      { containers: 'a' },
      { containers: [1, null, { name: 1, ports: {} }], volumes: [3] },
    ]) {
      expect(ask({}, { object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec } })).toEqual([]);
    }
  });

  it('asks the groups of a section about the same container', () => {
    const both = section(group('Privileged Container', 'true'), group('Read-Only Root Filesystem', 'false'));
    const apart = pod([
      { name: 'a', securityContext: { privileged: true, readOnlyRootFilesystem: true } },
      { name: 'b', securityContext: { readOnlyRootFilesystem: false } },
    ]);
    expect(ask(both, { object: apart })).toEqual([]);
    const together = pod([{ name: 'a', securityContext: { privileged: true } }, { name: 'b' }]);
    expect(messages(both, { object: together })).toEqual([
      'Container a is privileged',
      'Container a can write to its root filesystem',
    ]);
  });

  it('asks about the same CVE of the same image of the same container', () => {
    const three = section(
      group('Privileged Container', 'true'),
      group('Fixed By', '.*'),
      group('Severity', '>= IMPORTANT'),
    );
    const vulnerable = (...vulnerabilities: object[]): ImageMetadata =>
      ({ scan: { components: [{ name: 'ssl', version: '3', vulnerabilities }] } }) as ImageMetadata;
    const object = pod([
      { name: 'a', image: 'a:1', securityContext: { privileged: true } },
      { name: 'b', image: 'b:1' },
    ]);
    const apart = vulnerable({ cve: 'CVE-1', severity: 'CRITICAL' }, { cve: 'CVE-2', fixedBy: '4' });
    const together = vulnerable({ cve: 'CVE-3', severity: 'CRITICAL', fixedBy: '4' });
    expect(ask(three, { object, images: { 'a:1': apart, 'b:1': together } })).toEqual([]);
    expect(messages(three, { object, images: { 'a:1': together, 'b:1': apart } })).toEqual([
      'Container a is privileged',
      'CVE-3 of ssl 3 in image docker.io/library/a:1 is fixed in 4',
      'CVE-3 of ssl 3 in image docker.io/library/a:1 has the severity CRITICAL',
    ]);
    // Unprivileged b is no matter, whatever its image holds; of a it cannot be told.
    expect(ask(three, { object, images: { 'b:1': together } })[0]?.details).toMatchObject({
      outcome: 'unknown',
      missing: ['a scan of docker.io/library/a:1'],
    });
  });

  it('asks about the same volume and the same port', () => {
    const object = pod(
      [
        {
          name: 'a',
          ports: [{ containerPort: 22, protocol: 'UDP' }, { containerPort: 80 }],
          volumeMounts: [
            { name: 'x', mountPath: '/x', readOnly: true },
            { name: 'y', mountPath: '/y' },
          ],
        },
      ],
      {
        volumes: [
          { name: 'x', hostPath: { path: '/etc' } },
          { name: 'y', hostPath: { path: '/srv' } },
        ],
      },
    );
    const volume = (path: string) => section(group('Volume Source', path), group('Writable Host Mount', 'true'));
    expect(ask(volume('/etc'), { object })).toEqual([]);
    expect(ask(volume('/srv'), { object })).toHaveLength(1);
    const port = (number: string) => section(group('Exposed Port', number), group('Exposed Port Protocol', 'tcp'));
    expect(ask(port('22'), { object })).toEqual([]);
    expect(ask(port('80'), { object })).toHaveLength(1);
  });

  it('joins values with OR or AND, and negates the whole', () => {
    const object = pod([{ name: 'a', ports: [{ containerPort: 80 }] }]);
    const ports = (booleanOperator: string, negate: boolean) =>
      ask(section({ ...group('Exposed Port', '< 100', '> 1000'), booleanOperator, negate }), { object }).length;
    expect([ports('OR', false), ports('AND', false), ports('OR', true), ports('AND', true)]).toEqual([1, 0, 0, 1]);
  });

  it('gives a verdict for each section that is violated', () => {
    const two = {
      policySections: [
        { sectionName: 'Host', policyGroups: [group('Host PID', 'true')] },
        { policyGroups: [group('Privileged Container', 'true')] },
      ],
    };
    expect(ask(two, { object: privileged }).map(({ policy: { rule } }) => rule)).toEqual(['section 2']);
  });

  it('leaves exclusions out until they expire', () => {
    const excluded = (expiration?: string) => ({
      exclusions: [{ deployment: { name: 'WE.', scope: { namespace: 'sh.*' } }, ...(expiration && { expiration }) }],
    });
    expect(ask(excluded(), { object: privileged })).toEqual([]);
    expect(ask(excluded('2026-06-15T00:00:01Z'), { object: privileged })).toEqual([]);
    expect(ask(excluded('2026-06-15T00:00:00Z'), { object: privileged })).toHaveLength(1);
  });

  it('stays in its scope; where that is not known it asks, and excludes nothing', () => {
    const labelled = { ...privileged, metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } } };
    const scoped = (scope: object, around: Partial<DeploySubject> = {}) =>
      ask({ scope: [scope] }, { object: labelled, ...around }).length;
    expect([scoped({ namespace: 'shop' }), scoped({ namespace: 'sho' })]).toEqual([1, 0]);
    expect([scoped({ label: { key: 'app', value: 'w.*' } }), scoped({ label: { key: 'app', value: 'b' } })]).toEqual([
      1, 0,
    ]);
    expect([
      scoped({ cluster: 'c' }, { cluster: { id: 'c' } }),
      scoped({ cluster: 'c' }, { cluster: { id: 'd' } }),
    ]).toEqual([1, 0]);
    const namespaceLabel = { namespaceLabel: { key: 'tier', value: 'prod' } };
    expect([scoped(namespaceLabel, { namespaceLabels: {} }), scoped(namespaceLabel)]).toEqual([0, 1]);
    const exclusions = [{ deployment: { scope: { cluster: 'c' } } }];
    expect(ask({ exclusions }, { object: labelled })).toHaveLength(1);
  });

  it('denies where the policy enforces at this stage', () => {
    const decide = (enforcementActions: string[], operation?: 'create' | 'update') =>
      ask({ enforcementActions }, { object: privileged, ...(operation && { operation }) })[0]?.decision;
    expect(decide(['SCALE_TO_ZERO_ENFORCEMENT'])).toBe('deny');
    expect(decide(['FAIL_BUILD_ENFORCEMENT'])).toBe('warn');
    expect(decide(['FAIL_DEPLOYMENT_UPDATE_ENFORCEMENT'], 'update')).toBe('deny');
    expect(decide(['FAIL_DEPLOYMENT_UPDATE_ENFORCEMENT'], 'create')).toBe('warn');
    expect(decide(['FAIL_DEPLOYMENT_CREATE_ENFORCEMENT'], 'update')).toBe('warn');
  });

  it('only warns when nobody can tell, and says which action a gate may take instead', () => {
    const change = { ...section(group('CVE', '.*')), enforcementActions: ['SCALE_TO_ZERO_ENFORCEMENT'] };
    const [verdict] = ask(change, { object: privileged });
    expect(verdict?.message).toBe('A policy: cannot be told without a scan of docker.io/library/web:1');
    expect(verdict).toMatchObject({
      decision: 'warn',
      fields: ['spec.containers[name=web].image'],
      details: { outcome: 'unknown', enforcement: ['SCALE_TO_ZERO_ENFORCEMENT'] },
    });
  });

  it('leaves out disabled policies, other stages and skipped containers', () => {
    const object = pod([{ name: 'a' }], { initContainers: [{ name: 'b', securityContext: { privileged: true } }] });
    expect(ask({}, { object })).toHaveLength(1);
    expect(ask({ evaluationFilter: { skipContainerTypes: ['INIT'] } }, { object })).toEqual([]);
    expect(ask({ disabled: true }, { object })).toEqual([]);
    expect(evaluateDeploy([policy({ disabled: true })], { object }, { now, includeDisabled: true })).toHaveLength(1);
    expect(ask({ lifecycleStages: ['BUILD'], ...section(group('Image Tag', '.*')) }, { object })).toEqual([]);
  });

  it('lists at most 40 violations of a scan with thousands', () => {
    const vulnerabilities = Array.from({ length: 5000 }, (_, i) => ({ cve: `CVE-${i}` }));
    const images = { 'web:1': { scan: { components: [{ name: 'a', version: '1', vulnerabilities }] } } };
    const [verdict] = ask(section(group('CVE', '.*')), { object: privileged, images });
    expect(verdict?.message).toMatch(/\(and 4999 more\)$/);
    expect(verdict?.details.violations).toHaveLength(40);
  });
});

describe('evaluateBuild', () => {
  const latest = policy({
    lifecycleStages: ['BUILD'],
    enforcementActions: ['FAIL_BUILD_ENFORCEMENT'],
    exclusions: [{ image: { name: 'docker.io/library/ok' } }],
    ...section(group('Image Tag', 'latest')),
  });
  it('asks about the image alone', () => {
    expect(evaluateBuild([latest], { reference: 'nginx' }, { now })).toMatchObject([
      {
        decision: 'deny',
        subject: { kind: 'Image', name: 'nginx' },
        message: 'A policy: Image docker.io/library/nginx:latest has the tag latest',
      },
    ]);
    expect(evaluateBuild([latest], { reference: 'nginx:1' }, { now })).toEqual([]);
    expect(evaluateBuild([latest], { reference: 'ok' }, { now })).toEqual([]);
  });
});

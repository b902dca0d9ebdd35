import { existsSync, readFileSync } from 'node:fs';
import { parseYamlDocuments } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it } from 'vitest';
import { type HealthStatus, healthOf } from '../index.ts';

const suite = new URL('../../../../../../shared/conformance/health/', import.meta.url);
const present = existsSync(suite);
if (!present) process.stdout.write('skipped: the health conformance files are not beside the repository\n');

function object(apiVersion: string, kind: string, rest: Record<string, unknown> = {}): KubeObject {
  const { metadata, ...fields } = rest;
  return { apiVersion, kind, metadata: { name: 'x', ...(metadata as object) }, ...fields };
}

describe.skipIf(!present)('healthOf agrees with the conformance suite', () => {
  const cases = present
    ? (JSON.parse(readFileSync(new URL('index.json', suite), 'utf8')) as { file: string; health: HealthStatus }[])
    : [];
  it.each(cases)('$file is $health', ({ file, health }) => {
    // One file of the suite names a key twice; its origin's reader lets the last one win.
    const text = readFileSync(new URL(file, suite), 'utf8');
    const { documents } = parseYamlDocuments(text, { file, duplicateKeys: 'warning' });
    const live = documents[0]?.value as KubeObject;
    expect((healthOf(live) ?? { status: 'Healthy' }).status).toBe(health);
  });
});

describe('healthOf', () => {
  const condition = (type: string, status: string, reason = '') => ({
    status: { conditions: [{ type, status, reason, message: 'm' }] },
  });
  const cases: [string, KubeObject, HealthStatus | undefined][] = [
    ['a ConfigMap has no health', object('v1', 'ConfigMap'), undefined],
    ['an RBAC object has no health', object('rbac.authorization.k8s.io/v1', 'Role'), undefined],
    [
      'anything being deleted',
      object('v1', 'ConfigMap', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      'Progressing',
    ],
    [
      'a hook that waits for us to finish its deletion',
      object('batch/v1', 'Job', {
        metadata: { deletionTimestamp: 'x', finalizers: ['argocd.argoproj.io/hook-finalizer'] },
        ...condition('Complete', 'True'),
      }),
      'Healthy',
    ],
    ['another version of a known kind', object('apps/v1beta1', 'Deployment'), 'Unknown'],
    ['a CRD nobody looked at', object('apiextensions.k8s.io/v1', 'CustomResourceDefinition'), 'Progressing'],
    [
      'an established CRD',
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', condition('Established', 'True')),
      'Healthy',
    ],
    [
      'a CRD being installed',
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', condition('Established', 'False', 'Installing')),
      'Progressing',
    ],
    ['a suspended CronJob', object('batch/v1', 'CronJob', { spec: { suspend: true } }), 'Healthy'],
    [
      'a CronJob whose last run failed',
      object('batch/v1', 'CronJob', {
        status: { lastScheduleTime: '2026-01-02T00:00:00Z', lastSuccessfulTime: '2026-01-01T00:00:00Z' },
      }),
      'Degraded',
    ],
    [
      'a PDB that waits for pods',
      object('policy/v1', 'PodDisruptionBudget', condition('DisruptionAllowed', 'False', 'InsufficientPods')),
      'Healthy',
    ],
    [
      'a PDB that cannot sync',
      object('policy/v1', 'PodDisruptionBudget', condition('DisruptionAllowed', 'False', 'SyncFailed')),
      'Degraded',
    ],
    [
      'a Certificate that is not ready',
      object('cert-manager.io/v1', 'Certificate', condition('Ready', 'False')),
      'Degraded',
    ],
    ['a custom resource without status', object('example.com/v1', 'Thing'), 'Healthy'],
    [
      'a custom resource that is not ready',
      object('example.com/v1', 'Thing', condition('Ready', 'Unknown')),
      'Progressing',
    ],
    ['a stalled custom resource', object('example.com/v1', 'Thing', condition('Stalled', 'True')), 'Degraded'],
    [
      'a gateway API object is custom too',
      object('gateway.networking.k8s.io/v1', 'Gateway', condition('Ready', 'False')),
      'Progressing',
    ],
    [
      'a custom resource of an older generation',
      object('example.com/v1', 'Thing', { metadata: { generation: 2 }, status: { observedGeneration: 1 } }),
      'Progressing',
    ],
    ['an Application', object('argoproj.io/v1alpha1', 'Application'), undefined],
    ['status of a wrong type', object('apps/v1', 'Deployment', { spec: 7, status: 'x' }), 'Healthy'],
  ];
  it.each(cases)('%s', (_name, live, expected) => {
    expect(healthOf(live)?.status).toBe(expected);
  });
});

import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it, test } from 'vitest';
import { isExempt } from './exemption.ts';
import type { GateRequest } from './types.ts';

const options = { controlNamespace: 'argocd', exemptNamespaces: ['kube-system', 'lab'] };

function object(apiVersion: string, kind: string, metadata: KubeObject['metadata'] = { name: 'a' }): KubeObject {
  return { apiVersion, kind, metadata };
}

const exempt = (apiVersion: string, kind: string, metadata?: KubeObject['metadata'], rest: Partial<GateRequest> = {}) =>
  isExempt({ object: object(apiVersion, kind, metadata), ...rest }, options);

describe('isExempt', () => {
  test.each([
    ['templates.gatekeeper.sh/v1', 'ConstraintTemplate'],
    ['constraints.gatekeeper.sh/v1beta1', 'DenyAll'],
    ['mutations.gatekeeper.sh/v1', 'Assign'],
    ['expansion.gatekeeper.sh/v1beta1', 'ExpansionTemplate'],
    ['config.gatekeeper.sh/v1alpha1', 'Config'],
    ['syncset.gatekeeper.sh/v1alpha1', 'SyncSet'],
    ['externaldata.gatekeeper.sh/v1beta1', 'Provider'],
    ['connection.gatekeeper.sh/v1alpha1', 'Connection'],
    ['status.gatekeeper.sh/v1beta1', 'ConstraintPodStatus'],
    ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy'],
    ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
    ['sekisho.dev/v1alpha1', 'PolicySource'],
    ['sekisho.dev/v1alpha1', 'BestPracticeProfile'],
    ['config.stackrox.io/v1alpha1', 'SecurityPolicy'],
    ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
    ['argoproj.io/v1alpha1', 'Application'],
    ['argoproj.io/v1alpha1', 'AppProject'],
    ['coordination.k8s.io/v1', 'Lease'],
    ['v1', 'Event'],
    ['events.k8s.io/v1', 'Event'],
    ['authentication.k8s.io/v1', 'TokenReview'],
    ['authorization.k8s.io/v1', 'SubjectAccessReview'],
  ])('%s %s: it is the way back, or the cluster lives by it', (apiVersion, kind) => {
    expect(exempt(apiVersion, kind, { name: 'a', namespace: 'shop' })).toBe(true);
    expect(isExempt({ oldObject: object(apiVersion, kind), operation: 'DELETE' }, options)).toBe(true);
  });

  test.each([
    ['v1', 'Pod'],
    ['apps/v1', 'Deployment'],
    ['argoproj.io/v1alpha1', 'Rollout'],
    ['events.example/v1', 'Event'],
    ['gatekeeper.sh.example/v1', 'ConstraintTemplate'],
    ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
    ['sekisho.dev/v1alpha1', 'Other'],
    ['example.org/v1', '__proto__'],
    ['__proto__/v1', 'Pod'],
  ])('%s %s is judged', (apiVersion, kind) => {
    expect(exempt(apiVersion, kind, { name: 'a', namespace: 'shop' })).toBe(false);
  });

  it('is all that is in the control namespace or an exempt one, and these themselves', () => {
    for (const namespace of ['argocd', 'kube-system', 'lab']) {
      expect(exempt('v1', 'Pod', { name: 'a', namespace })).toBe(true);
      expect(exempt('v1', 'Namespace', { name: namespace })).toBe(true);
    }
    expect(exempt('v1', 'Pod', { name: 'argocd', namespace: 'shop' })).toBe(false);
    expect(exempt('v1', 'Namespace', { name: 'shop' })).toBe(false);
    const byDefault = { controlNamespace: 'argocd' };
    expect(isExempt({ object: object('v1', 'Pod', { name: 'a', namespace: 'kube-system' }) }, byDefault)).toBe(true);
    expect(isExempt({ object: object('v1', 'Pod', { name: 'a', namespace: 'lab' }) }, byDefault)).toBe(false);
  });

  it('is no Waiver, wherever it is', () => {
    for (const namespace of ['argocd', 'kube-system', 'shop'])
      expect(exempt('sekisho.dev/v1alpha1', 'Waiver', { name: 'a', namespace })).toBe(false);
  });

  it('is a status, and the end of what is being deleted', () => {
    const pod = object('v1', 'Pod', { name: 'a', namespace: 'shop', deletionTimestamp: '2027-01-01T00:00:00Z' });
    const oldObject = { ...pod, metadata: { ...pod.metadata, finalizers: ['a/b'] }, spec: { x: 1 } };
    expect(exempt('v1', 'Pod', undefined, { subResource: 'status' })).toBe(true);
    expect(isExempt({ object: { ...pod, spec: { x: 1 } }, oldObject, operation: 'UPDATE' }, options)).toBe(true);
    expect(isExempt({ object: { ...pod, spec: { x: 2 } }, oldObject, operation: 'UPDATE' }, options)).toBe(false);
    const alive = { ...oldObject, metadata: { name: 'a', namespace: 'shop' } };
    expect(isExempt({ object: pod, oldObject: alive, operation: 'UPDATE' }, options)).toBe(false);
  });

  it('is nothing that nobody can read', () => {
    const shapes: unknown[] = [undefined, null, 3, 'x', [], {}, { apiVersion: 3, kind: {}, metadata: 'x' }];
    for (const shape of shapes) expect(isExempt({ object: shape as KubeObject }, options)).toBe(false);
  });
});

import type { KubeObject } from '@sekisho/kube';
import { describe, expect, test } from 'vitest';
import { readComparisonSettings } from './comparison-settings.ts';

const settings = (data: Record<string, unknown>) =>
  readComparisonSettings({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', namespace: 'argocd' },
    data,
  } as KubeObject);
const rule = (part: Record<string, unknown>) => ({
  group: 'apps',
  kind: 'Deployment',
  namespace: '',
  name: '',
  jsonPointers: [],
  jqPathExpressions: [],
  managedFieldsManagers: [],
  ...part,
});

describe('readComparisonSettings', () => {
  test('reads rules by group and kind, of the core group and of all', () => {
    const { rules, diagnostics } = settings({
      'resource.customizations.ignoreDifferences.apps_Deployment': 'jsonPointers:\n  - /spec/replicas\n',
      'resource.customizations.ignoreDifferences.ConfigMap': 'jqPathExpressions: [".data.x"]',
      'resource.customizations.ignoreDifferences.all': 'managedFieldsManagers: [kube-controller-manager]',
      'resource.customizations.health.apps_Deployment': 'return {}',
      url: 'https://example.org',
    });
    expect(diagnostics).toEqual([]);
    expect(rules).toEqual([
      rule({ jsonPointers: ['/spec/replicas'] }),
      rule({ group: '', kind: 'ConfigMap', jqPathExpressions: ['.data.x'] }),
      rule({ group: '*', kind: '*', managedFieldsManagers: ['kube-controller-manager'] }),
    ]);
  });

  test('reads the older form, with globs', () => {
    const { rules } = settings({
      'resource.customizations':
        'admissionregistration.k8s.io/Mutating*:\n  ignoreDifferences: |\n    jsonPointers:\n    - /webhooks/0/clientConfig/caBundle\n',
    });
    expect(rules).toEqual([
      rule({
        group: 'admissionregistration.k8s.io',
        kind: 'Mutating*',
        jsonPointers: ['/webhooks/0/clientConfig/caBundle'],
      }),
    ]);
  });

  test.each<[text: string, compares: boolean, comparesDefinition: boolean]>([
    ['ignoreResourceStatusField: all', false, false],
    ['ignoreResourceStatusField: crd', true, false],
    ['ignoreResourceStatusField: none', true, true],
    ['ignoreAggregatedRoles: true', false, false],
  ])('%s', (text, compares, comparesDefinition) => {
    const { comparesStatus = () => false, diagnostics } = settings({ 'resource.compareoptions': text });
    expect(diagnostics).toEqual([]);
    const gvk = { group: 'apps', version: 'v1', kind: 'Deployment' };
    expect(comparesStatus(gvk)).toBe(compares);
    expect(comparesStatus({ ...gvk, kind: 'CustomResourceDefinition' })).toBe(comparesDefinition);
  });

  test('keeps what is good, and tells every fault', () => {
    const { rules, diagnostics, unreadable } = settings({
      'resource.customizations.ignoreDifferences.apps_Deployment': 'jsonPointers: [/spec/replicas]',
      'resource.customizations.ignoreDifferences.all': 'jsonPointers: nonsense',
      'resource.customizations.ignoreDifferences.Pod': 'a: [',
      'resource.compareoptions': 'ignoreResourceStatusField: sometimes',
      other: 7,
    });
    expect(rules).toHaveLength(1);
    expect(diagnostics.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['IGNORE_RULE_INVALID', 'COMPARE_OPTION_INVALID', expect.stringContaining('YAML')]),
    );
    expect(unreadable.map(({ group, kind }) => [group, kind])).toEqual([
      ['*', '*'],
      ['', 'Pod'],
    ]);
    expect(settings(undefined as never)).toEqual({ rules: [], diagnostics: [], unreadable: [] });
  });
});

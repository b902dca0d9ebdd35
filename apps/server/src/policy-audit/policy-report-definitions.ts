import type { KubeObject } from '@sekisho/kube';

/** Labels of what Sekisho reports. */
export const REPORTED_BY: Readonly<Record<string, string>> = { 'app.kubernetes.io/managed-by': 'sekisho' };

const text = { type: 'string' };
const texts = { type: 'array', items: text };
const objectReference = {
  type: 'object',
  'x-kubernetes-map-type': 'atomic',
  properties: {
    apiVersion: text,
    fieldPath: text,
    kind: text,
    name: text,
    namespace: text,
    resourceVersion: text,
    uid: text,
  },
};
const labelSelector = {
  type: 'object',
  'x-kubernetes-map-type': 'atomic',
  properties: {
    matchLabels: { type: 'object', additionalProperties: text },
    matchExpressions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['key', 'operator'],
        properties: { key: text, operator: text, values: texts },
      },
    },
  },
};
const count = { type: 'integer' };
const schema = {
  type: 'object',
  properties: {
    apiVersion: text,
    kind: text,
    metadata: { type: 'object' },
    scope: objectReference,
    scopeSelector: labelSelector,
    summary: { type: 'object', properties: { pass: count, fail: count, warn: count, error: count, skip: count } },
    results: {
      type: 'array',
      items: {
        type: 'object',
        required: ['policy'],
        properties: {
          category: text,
          message: text,
          policy: text,
          properties: { type: 'object', additionalProperties: text },
          resourceSelector: labelSelector,
          resources: { type: 'array', items: objectReference },
          result: { type: 'string', enum: ['pass', 'fail', 'warn', 'error', 'skip'] },
          rule: text,
          scored: { type: 'boolean' },
          severity: { type: 'string', enum: ['critical', 'high', 'low', 'medium', 'info'] },
          source: text,
          timestamp: {
            type: 'object',
            required: ['seconds', 'nanos'],
            properties: { seconds: { type: 'integer', format: 'int64' }, nanos: { type: 'integer', format: 'int32' } },
          },
        },
      },
    },
  },
};

const columns = [
  ...['pass', 'fail', 'warn', 'error', 'skip'].map((name) => ({
    name: name[0]?.toUpperCase() + name.slice(1),
    type: 'integer',
    jsonPath: `.summary.${name}`,
  })),
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

/**
 * The kinds by which tools for Kubernetes tell what breaks policies, in the version that most of them read.
 * @see Kubernetes Policy Working Group, Policy Report API, wgpolicyk8s.io/v1alpha2
 */
export const policyReportDefinitions: readonly KubeObject[] = [
  definition('PolicyReport', 'policyreports', 'policyreport', 'polr', 'Namespaced'),
  definition('ClusterPolicyReport', 'clusterpolicyreports', 'clusterpolicyreport', 'cpolr', 'Cluster'),
];

function definition(kind: string, plural: string, singular: string, short: string, scope: string): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.wgpolicyk8s.io` },
    spec: {
      group: 'wgpolicyk8s.io',
      scope,
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames: [short] },
      versions: [
        {
          name: 'v1alpha2',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          additionalPrinterColumns: columns,
        },
      ],
    },
  };
}

import type { KubeObject } from '@sekisho/kube';

/** A template whose constraints want labels, `parameters.labels`. */
export const requiredLabels: KubeObject = template(
  'K8sRequiredLabels',
  `violation[{"msg": msg}] {
  wanted := input.parameters.labels[_]
  not input.review.object.metadata.labels[wanted]
  msg := sprintf("%v has no label %v", [input.review.object.metadata.name, wanted])
}`,
);

/** A template whose constraints want hosts of Ingresses to be unique in the cluster. */
export const uniqueHost: KubeObject = {
  ...template(
    'K8sUniqueHost',
    `violation[{"msg": msg}] {
  host := input.review.object.spec.host
  other := data.inventory.namespace[_]["example.com/v1"]["Site"][name]
  name != input.review.object.metadata.name
  other.spec.host == host
  msg := sprintf("%v is of %v, too", [host, name])
}`,
  ),
};

export const syncSites: KubeObject = {
  apiVersion: 'syncset.gatekeeper.sh/v1alpha1',
  kind: 'SyncSet',
  metadata: { name: 'sites' },
  spec: { gvks: [{ group: 'example.com', version: 'v1', kind: 'Site' }] },
};

function template(kind: string, rules: string): KubeObject {
  const name = kind.toLowerCase();
  return {
    apiVersion: 'templates.gatekeeper.sh/v1',
    kind: 'ConstraintTemplate',
    metadata: { name },
    spec: {
      crd: { spec: { names: { kind } } },
      targets: [{ target: 'admission.k8s.gatekeeper.sh', rego: `package ${name}\n\n${rules}\n` }],
    },
  };
}

export function constraint(
  kind: string,
  name: string,
  { labels, action = 'deny', match }: { labels?: readonly string[]; action?: string; match?: unknown } = {},
): KubeObject {
  return {
    apiVersion: 'constraints.gatekeeper.sh/v1beta1',
    kind,
    metadata: { name },
    spec: {
      enforcementAction: action,
      ...(match === undefined ? {} : { match }),
      ...(labels === undefined ? {} : { parameters: { labels } }),
    },
  };
}

export function waiver(namespace: string, name: string, expires: number, policy = '*'): KubeObject {
  return {
    apiVersion: 'sekisho.dev/v1alpha1',
    kind: 'Waiver',
    metadata: { name, namespace },
    spec: {
      policies: [{ name: policy }],
      reason: 'moving',
      owner: 'team-web',
      expires: new Date(expires).toISOString(),
    },
  };
}

export function configMap(name: string, labels: Record<string, string> = {}, namespace = 'web'): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels } };
}

export function namespace(name: string, labels: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

export function site(name: string, host: string): KubeObject {
  return { apiVersion: 'example.com/v1', kind: 'Site', metadata: { name, namespace: 'web' }, spec: { host } };
}

/** A policy that wants label `owner` of ConfigMaps, where `conditions` of it hold; and its binding. */
export function admissionPolicy(name: string, conditions: Readonly<Record<string, unknown>>): KubeObject[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const { namespaceSelector, ...spec } = conditions;
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: {
          resourceRules: [rule],
          ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
        },
        validations: [{ expression: "has(object.metadata.labels) && 'owner' in object.metadata.labels" }],
        ...spec,
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}

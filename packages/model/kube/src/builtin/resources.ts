import type { GroupVersionKind, ResourceInfo } from '../object.ts';

const all = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const create = ['create'];

/** One line per resource: kind, plural, flags, short names, subresources. Singulars are the kind in lower case. */
interface Row {
  readonly kind: string;
  readonly resource: string;
  readonly cluster?: true;
  readonly short?: readonly string[];
  readonly categories?: readonly string[];
  readonly verbs?: readonly string[];
  readonly sub?: readonly string[];
}

const status = ['status'];
const scaled = ['scale', 'status'];
const workload = ['all'];

const groups: readonly (readonly [group: string, version: string, rows: readonly Row[]])[] = [
  [
    '',
    'v1',
    [
      { kind: 'Binding', resource: 'bindings', verbs: create },
      { kind: 'ComponentStatus', resource: 'componentstatuses', cluster: true, short: ['cs'], verbs: ['get', 'list'] },
      { kind: 'ConfigMap', resource: 'configmaps', short: ['cm'] },
      { kind: 'Endpoints', resource: 'endpoints', short: ['ep'] },
      { kind: 'Event', resource: 'events', short: ['ev'] },
      { kind: 'LimitRange', resource: 'limitranges', short: ['limits'] },
      {
        kind: 'Namespace',
        resource: 'namespaces',
        cluster: true,
        short: ['ns'],
        verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
        sub: ['finalize', 'status'],
      },
      { kind: 'Node', resource: 'nodes', cluster: true, short: ['no'], sub: ['proxy', 'status'] },
      { kind: 'PersistentVolumeClaim', resource: 'persistentvolumeclaims', short: ['pvc'], sub: status },
      { kind: 'PersistentVolume', resource: 'persistentvolumes', cluster: true, short: ['pv'], sub: status },
      {
        kind: 'Pod',
        resource: 'pods',
        short: ['po'],
        categories: workload,
        sub: [
          'attach',
          'binding',
          'ephemeralcontainers',
          'eviction',
          'exec',
          'log',
          'portforward',
          'proxy',
          'resize',
          'status',
        ],
      },
      { kind: 'PodTemplate', resource: 'podtemplates' },
      {
        kind: 'ReplicationController',
        resource: 'replicationcontrollers',
        short: ['rc'],
        categories: workload,
        sub: scaled,
      },
      { kind: 'ResourceQuota', resource: 'resourcequotas', short: ['quota'], sub: status },
      { kind: 'Secret', resource: 'secrets' },
      { kind: 'ServiceAccount', resource: 'serviceaccounts', short: ['sa'], sub: ['token'] },
      { kind: 'Service', resource: 'services', short: ['svc'], categories: workload, sub: ['proxy', 'status'] },
    ],
  ],
  [
    'admissionregistration.k8s.io',
    'v1',
    [
      {
        kind: 'MutatingWebhookConfiguration',
        resource: 'mutatingwebhookconfigurations',
        cluster: true,
        categories: ['api-extensions'],
      },
      {
        kind: 'ValidatingAdmissionPolicy',
        resource: 'validatingadmissionpolicies',
        cluster: true,
        categories: ['api-extensions'],
        sub: status,
      },
      {
        kind: 'ValidatingAdmissionPolicyBinding',
        resource: 'validatingadmissionpolicybindings',
        cluster: true,
        categories: ['api-extensions'],
      },
      {
        kind: 'ValidatingWebhookConfiguration',
        resource: 'validatingwebhookconfigurations',
        cluster: true,
        categories: ['api-extensions'],
      },
    ],
  ],
  [
    'admissionregistration.k8s.io',
    'v1beta1',
    [
      {
        kind: 'MutatingAdmissionPolicy',
        resource: 'mutatingadmissionpolicies',
        cluster: true,
        categories: ['api-extensions'],
      },
      {
        kind: 'MutatingAdmissionPolicyBinding',
        resource: 'mutatingadmissionpolicybindings',
        cluster: true,
        categories: ['api-extensions'],
      },
    ],
  ],
  [
    'apiextensions.k8s.io',
    'v1',
    [
      {
        kind: 'CustomResourceDefinition',
        resource: 'customresourcedefinitions',
        cluster: true,
        short: ['crd', 'crds'],
        categories: ['api-extensions'],
        sub: status,
      },
    ],
  ],
  [
    'apiregistration.k8s.io',
    'v1',
    [{ kind: 'APIService', resource: 'apiservices', cluster: true, categories: ['api-extensions'], sub: status }],
  ],
  [
    'apps',
    'v1',
    [
      { kind: 'ControllerRevision', resource: 'controllerrevisions' },
      { kind: 'DaemonSet', resource: 'daemonsets', short: ['ds'], categories: workload, sub: status },
      { kind: 'Deployment', resource: 'deployments', short: ['deploy'], categories: workload, sub: scaled },
      { kind: 'ReplicaSet', resource: 'replicasets', short: ['rs'], categories: workload, sub: scaled },
      { kind: 'StatefulSet', resource: 'statefulsets', short: ['sts'], categories: workload, sub: scaled },
    ],
  ],
  [
    'authentication.k8s.io',
    'v1',
    [
      { kind: 'SelfSubjectReview', resource: 'selfsubjectreviews', cluster: true, verbs: create },
      { kind: 'TokenReview', resource: 'tokenreviews', cluster: true, verbs: create },
    ],
  ],
  [
    'authorization.k8s.io',
    'v1',
    [
      { kind: 'LocalSubjectAccessReview', resource: 'localsubjectaccessreviews', verbs: create },
      { kind: 'SelfSubjectAccessReview', resource: 'selfsubjectaccessreviews', cluster: true, verbs: create },
      { kind: 'SelfSubjectRulesReview', resource: 'selfsubjectrulesreviews', cluster: true, verbs: create },
      { kind: 'SubjectAccessReview', resource: 'subjectaccessreviews', cluster: true, verbs: create },
    ],
  ],
  [
    'autoscaling',
    'v2',
    [
      {
        kind: 'HorizontalPodAutoscaler',
        resource: 'horizontalpodautoscalers',
        short: ['hpa'],
        categories: workload,
        sub: status,
      },
    ],
  ],
  [
    'autoscaling',
    'v1',
    [
      {
        kind: 'HorizontalPodAutoscaler',
        resource: 'horizontalpodautoscalers',
        short: ['hpa'],
        categories: workload,
        sub: status,
      },
    ],
  ],
  [
    'batch',
    'v1',
    [
      { kind: 'CronJob', resource: 'cronjobs', short: ['cj'], categories: workload, sub: status },
      { kind: 'Job', resource: 'jobs', categories: workload, sub: status },
    ],
  ],
  [
    'certificates.k8s.io',
    'v1',
    [
      {
        kind: 'CertificateSigningRequest',
        resource: 'certificatesigningrequests',
        cluster: true,
        short: ['csr'],
        sub: ['approval', 'status'],
      },
    ],
  ],
  ['coordination.k8s.io', 'v1', [{ kind: 'Lease', resource: 'leases' }]],
  ['discovery.k8s.io', 'v1', [{ kind: 'EndpointSlice', resource: 'endpointslices' }]],
  ['events.k8s.io', 'v1', [{ kind: 'Event', resource: 'events', short: ['ev'] }]],
  [
    'flowcontrol.apiserver.k8s.io',
    'v1',
    [
      { kind: 'FlowSchema', resource: 'flowschemas', cluster: true, sub: status },
      { kind: 'PriorityLevelConfiguration', resource: 'prioritylevelconfigurations', cluster: true, sub: status },
    ],
  ],
  [
    'networking.k8s.io',
    'v1',
    [
      { kind: 'IngressClass', resource: 'ingressclasses', cluster: true },
      { kind: 'Ingress', resource: 'ingresses', short: ['ing'], sub: status },
      { kind: 'IPAddress', resource: 'ipaddresses', cluster: true, short: ['ip'] },
      { kind: 'NetworkPolicy', resource: 'networkpolicies', short: ['netpol'] },
      { kind: 'ServiceCIDR', resource: 'servicecidrs', cluster: true, sub: status },
    ],
  ],
  ['node.k8s.io', 'v1', [{ kind: 'RuntimeClass', resource: 'runtimeclasses', cluster: true }]],
  ['policy', 'v1', [{ kind: 'PodDisruptionBudget', resource: 'poddisruptionbudgets', short: ['pdb'], sub: status }]],
  [
    'rbac.authorization.k8s.io',
    'v1',
    [
      { kind: 'ClusterRoleBinding', resource: 'clusterrolebindings', cluster: true },
      { kind: 'ClusterRole', resource: 'clusterroles', cluster: true },
      { kind: 'RoleBinding', resource: 'rolebindings' },
      { kind: 'Role', resource: 'roles' },
    ],
  ],
  [
    'resource.k8s.io',
    'v1',
    [
      { kind: 'DeviceClass', resource: 'deviceclasses', cluster: true },
      { kind: 'ResourceClaim', resource: 'resourceclaims', sub: status },
      { kind: 'ResourceClaimTemplate', resource: 'resourceclaimtemplates' },
      { kind: 'ResourceSlice', resource: 'resourceslices', cluster: true },
    ],
  ],
  ['scheduling.k8s.io', 'v1', [{ kind: 'PriorityClass', resource: 'priorityclasses', cluster: true, short: ['pc'] }]],
  [
    'storage.k8s.io',
    'v1',
    [
      { kind: 'CSIDriver', resource: 'csidrivers', cluster: true },
      { kind: 'CSINode', resource: 'csinodes', cluster: true },
      { kind: 'CSIStorageCapacity', resource: 'csistoragecapacities' },
      { kind: 'StorageClass', resource: 'storageclasses', cluster: true, short: ['sc'] },
      { kind: 'VolumeAttachment', resource: 'volumeattachments', cluster: true, sub: status },
      { kind: 'VolumeAttributesClass', resource: 'volumeattributesclasses', cluster: true, short: ['vac'] },
    ],
  ],
];

/**
 * Every resource that kube-apiserver 1.35 serves with its default flags, and MutatingAdmissionPolicy, preferred versions first
 * inside a group.
 */
export const builtinResources: readonly ResourceInfo[] = groups.flatMap(([group, version, rows]) =>
  rows.map((row) => ({
    group,
    version,
    kind: row.kind,
    resource: row.resource,
    singular: row.kind.toLowerCase(),
    namespaced: row.cluster !== true,
    shortNames: row.short ?? [],
    categories: row.categories ?? [],
    verbs: row.verbs ?? all,
    subresources: row.sub ?? [],
  })),
);

/** What a subresource takes and gives, and how: what discovery says of `pods/eviction`. */
export interface SubresourceInfo {
  /** Kind of the body; of another group when group and version differ from the resource's own. */
  readonly gvk: GroupVersionKind;
  readonly verbs: readonly string[];
}

const update = ['get', 'patch', 'update'];
const proxyVerbs = ['create', 'delete', 'get', 'patch', 'update'];
const core = (kind: string): GroupVersionKind => ({ group: '', version: 'v1', kind });

const foreignKinds: Readonly<Record<string, SubresourceInfo>> = {
  '/pods/attach': { gvk: core('PodAttachOptions'), verbs: ['create', 'get'] },
  '/pods/binding': { gvk: core('Binding'), verbs: create },
  '/pods/eviction': { gvk: { group: 'policy', version: 'v1', kind: 'Eviction' }, verbs: create },
  '/pods/exec': { gvk: core('PodExecOptions'), verbs: ['create', 'get'] },
  '/pods/log': { gvk: core('Pod'), verbs: ['get'] },
  '/pods/portforward': { gvk: core('PodPortForwardOptions'), verbs: ['create', 'get'] },
  '/pods/proxy': { gvk: core('PodProxyOptions'), verbs: proxyVerbs },
  '/nodes/proxy': { gvk: core('NodeProxyOptions'), verbs: proxyVerbs },
  '/services/proxy': { gvk: core('ServiceProxyOptions'), verbs: proxyVerbs },
  '/namespaces/finalize': { gvk: core('Namespace'), verbs: ['update'] },
  '/serviceaccounts/token': {
    gvk: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
    verbs: create,
  },
};

/** The kind and verbs of one of `resource.subresources`, for built-in and custom resources. */
export function subresourceInfo(
  resource: Pick<ResourceInfo, 'group' | 'version' | 'kind' | 'resource'>,
  subresource: string,
): SubresourceInfo {
  const key = `${resource.group}/${resource.resource}/${subresource}`;
  const foreign = Object.hasOwn(foreignKinds, key) ? foreignKinds[key] : undefined;
  if (foreign !== undefined) return foreign;
  if (subresource === 'scale') return { gvk: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: update };
  return { gvk: { group: resource.group, version: resource.version, kind: resource.kind }, verbs: update };
}

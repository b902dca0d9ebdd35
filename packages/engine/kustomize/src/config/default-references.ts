import type { FieldSpec } from '../kustomization/types.ts';
import type { GvkSelector } from '../resource/gvk.ts';

/** Fields that hold the name of an object of one kind. */
export interface NameReference extends GvkSelector {
  readonly fieldSpecs: readonly FieldSpec[];
}

/** Where the spec of a pod lies in the kinds that hold one. */
const POD_SPECS: readonly (readonly [string, string])[] = [
  ['Pod', 'spec'],
  ['Deployment', 'spec/template/spec'],
  ['ReplicaSet', 'spec/template/spec'],
  ['DaemonSet', 'spec/template/spec'],
  ['StatefulSet', 'spec/template/spec'],
  ['Job', 'spec/template/spec'],
  ['CronJob', 'spec/jobTemplate/spec/template/spec'],
  ['ReplicationController', 'spec/template/spec'],
];

function inPods(...paths: string[]): FieldSpec[] {
  return POD_SPECS.flatMap(([kind, root]) => paths.map((path) => ({ kind, path: `${root}/${path}` })));
}

function fields(kind: string, group: string, ...paths: string[]): FieldSpec[] {
  return paths.map((path) => ({ kind, ...(group === '' ? {} : { group }), path }));
}

const CONTAINERS = ['containers', 'initContainers'];

function inContainers(...paths: string[]): string[] {
  return CONTAINERS.flatMap((list) => paths.map((path) => `${list}/${path}`));
}

const RBAC = 'rbac.authorization.k8s.io';
const roleNames = [...fields('Role', '', 'rules/resourceNames'), ...fields('ClusterRole', '', 'rules/resourceNames')];
const ADMISSION = 'admissionregistration.k8s.io';
const scaleTarget = fields('HorizontalPodAutoscaler', '', 'spec/scaleTargetRef/name');

export const defaultNameReferences: readonly NameReference[] = [
  { kind: 'Deployment', fieldSpecs: scaleTarget },
  { kind: 'ReplicationController', fieldSpecs: scaleTarget },
  { kind: 'ReplicaSet', fieldSpecs: scaleTarget },
  { kind: 'StatefulSet', fieldSpecs: scaleTarget },
  {
    kind: 'ConfigMap',
    version: 'v1',
    fieldSpecs: [
      ...inPods(
        'volumes/configMap/name',
        ...inContainers('env/valueFrom/configMapKeyRef/name', 'envFrom/configMapRef/name'),
        'volumes/projected/sources/configMap/name',
      ),
      ...fields('Node', '', 'spec/configSource/configMap'),
      ...roleNames,
      ...fields('Ingress', '', 'metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap'),
    ],
  },
  {
    kind: 'Secret',
    version: 'v1',
    fieldSpecs: [
      ...inPods(
        'volumes/secret/secretName',
        ...inContainers('env/valueFrom/secretKeyRef/name', 'envFrom/secretRef/name'),
        'imagePullSecrets/name',
        'volumes/projected/sources/secret/name',
      ),
      ...fields('ServiceAccount', '', 'imagePullSecrets/name', 'secrets/name'),
      ...fields(
        'Ingress',
        '',
        'spec/tls/secretName',
        'metadata/annotations/ingress.kubernetes.io\\/auth-secret',
        'metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret',
        'metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret',
      ),
      ...fields(
        'StorageClass',
        '',
        'parameters/secretName',
        'parameters/adminSecretName',
        'parameters/userSecretName',
        'parameters/secretRef',
      ),
      ...fields(
        'PersistentVolume',
        '',
        'spec/azureFile/secretName',
        'spec/cephfs/secretRef/name',
        'spec/csi/controllerPublishSecretRef/name',
        'spec/csi/nodePublishSecretRef/name',
        'spec/csi/nodeStageSecretRef/name',
        'spec/flexVolume/secretRef/name',
        'spec/iscsi/secretRef/name',
        'spec/rbd/secretRef/name',
        'spec/scaleIO/secretRef/name',
        'spec/storageos/secretRef/name',
      ),
      ...roleNames,
    ],
  },
  {
    kind: 'Service',
    version: 'v1',
    fieldSpecs: [
      ...fields('StatefulSet', '', 'spec/serviceName'),
      ...fields(
        'Ingress',
        '',
        'spec/rules/http/paths/backend/serviceName',
        'spec/backend/serviceName',
        'spec/rules/http/paths/backend/service/name',
        'spec/defaultBackend/service/name',
      ),
      ...fields('APIService', 'apiregistration.k8s.io', 'spec/service/name'),
      ...fields('ValidatingWebhookConfiguration', ADMISSION, 'webhooks/clientConfig/service'),
      ...fields('MutatingWebhookConfiguration', ADMISSION, 'webhooks/clientConfig/service'),
    ],
  },
  { kind: 'Role', group: RBAC, fieldSpecs: fields('RoleBinding', RBAC, 'roleRef/name') },
  {
    kind: 'ClusterRole',
    group: RBAC,
    fieldSpecs: [...fields('RoleBinding', RBAC, 'roleRef/name'), ...fields('ClusterRoleBinding', RBAC, 'roleRef/name')],
  },
  {
    kind: 'ServiceAccount',
    version: 'v1',
    fieldSpecs: [
      ...fields('RoleBinding', RBAC, 'subjects'),
      ...fields('ClusterRoleBinding', RBAC, 'subjects'),
      ...inPods('serviceAccountName'),
    ],
  },
  {
    kind: 'PersistentVolumeClaim',
    version: 'v1',
    fieldSpecs: inPods('volumes/persistentVolumeClaim/claimName'),
  },
  {
    kind: 'PersistentVolume',
    version: 'v1',
    fieldSpecs: [...fields('PersistentVolumeClaim', '', 'spec/volumeName'), ...roleNames],
  },
  {
    kind: 'StorageClass',
    group: 'storage.k8s.io',
    version: 'v1',
    fieldSpecs: [
      ...fields('PersistentVolume', '', 'spec/storageClassName'),
      ...fields('PersistentVolumeClaim', '', 'spec/storageClassName'),
      ...fields('StatefulSet', '', 'spec/volumeClaimTemplates/spec/storageClassName'),
    ],
  },
  { kind: 'PriorityClass', group: 'scheduling.k8s.io', version: 'v1', fieldSpecs: inPods('priorityClassName') },
  {
    kind: 'IngressClass',
    group: 'networking.k8s.io',
    version: 'v1',
    fieldSpecs: fields('Ingress', '', 'spec/ingressClassName'),
  },
  {
    kind: 'ValidatingAdmissionPolicy',
    group: ADMISSION,
    fieldSpecs: fields('ValidatingAdmissionPolicyBinding', ADMISSION, 'spec/policyName'),
  },
  {
    kind: 'MutatingAdmissionPolicy',
    group: ADMISSION,
    fieldSpecs: fields('MutatingAdmissionPolicyBinding', ADMISSION, 'spec/policyName'),
  },
];

/** Fields in which `$(VARIABLE)` is replaced. */
export const defaultVarReferences: readonly FieldSpec[] = [
  ...inPods(...inContainers('args', 'command', 'env/value', 'volumeMounts/mountPath'), 'volumes/nfs/server'),
  // Beside the pod's spec, where no such field is: Kustomize has it there.
  ...fields('CronJob', '', 'spec/jobTemplate/spec/template/volumes/nfs/server'),
  ...fields('StatefulSet', '', 'spec/volumeClaimTemplates/spec/nfs/server'),
  ...fields('PersistentVolume', '', 'spec/nfs/server'),
  ...fields('Ingress', '', 'spec/rules/host', 'spec/tls/hosts', 'spec/tls/secretName'),
  ...fields('Service', '', 'spec/ports/port', 'spec/ports/targetPort'),
  { path: 'metadata/labels' },
  { path: 'metadata/annotations' },
  { path: 'spec/template/metadata/annotations' },
];

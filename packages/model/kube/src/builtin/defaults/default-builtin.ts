import type { KubeObject } from '../../object.ts';
import { parseApiVersion } from '../../object.ts';
import { typeNameOf } from '../type-data.ts';
import * as core from './core.ts';
import type { Json } from './draft.ts';
import * as groups from './groups.ts';
import { defaultPod } from './pod.ts';
import * as workloads from './workloads.ts';

const defaulters: ReadonlyMap<string, (object: Json) => Json> = new Map([
  ['core/v1.Pod', defaultPod],
  ['core/v1.PodTemplate', workloads.defaultPodTemplateObject],
  ['core/v1.ReplicationController', workloads.defaultReplicationController],
  ['core/v1.PersistentVolumeClaim', (claim: Json) => workloads.defaultClaim(claim)],
  ['core/v1.PersistentVolume', core.defaultPersistentVolume],
  ['core/v1.Service', core.defaultService],
  ['core/v1.Secret', core.defaultSecret],
  ['core/v1.Namespace', core.defaultNamespace],
  ['core/v1.Node', core.defaultNode],
  ['core/v1.Endpoints', core.defaultEndpoints],
  ['core/v1.LimitRange', core.defaultLimitRange],
  ['core/v1.ResourceQuota', core.defaultResourceQuota],
  ['core/v1.Event', core.defaultEvent],
  ['apps/v1.Deployment', workloads.defaultDeployment],
  ['apps/v1.ReplicaSet', workloads.defaultReplicaSet],
  ['apps/v1.DaemonSet', workloads.defaultDaemonSet],
  ['apps/v1.StatefulSet', workloads.defaultStatefulSet],
  ['batch/v1.Job', workloads.defaultJob],
  ['batch/v1.CronJob', workloads.defaultCronJob],
  ['autoscaling/v1.HorizontalPodAutoscaler', groups.defaultAutoscalerV1],
  ['autoscaling/v2.HorizontalPodAutoscaler', groups.defaultAutoscalerV2],
  ['networking/v1.Ingress', groups.defaultIngress],
  ['networking/v1.IngressClass', groups.defaultIngressClass],
  ['networking/v1.NetworkPolicy', groups.defaultNetworkPolicy],
  ['networking/v1.ServiceCIDR', groups.defaultStatus],
  ['coordination/v1.Lease', groups.defaultLease],
  ['policy/v1.PodDisruptionBudget', groups.defaultDisruptionBudget],
  ['rbac/v1.RoleBinding', groups.defaultRoleBinding],
  ['rbac/v1.ClusterRoleBinding', groups.defaultRoleBinding],
  ['storage/v1.StorageClass', groups.defaultStorageClass],
  ['storage/v1.CSIDriver', groups.defaultCsiDriver],
  ['scheduling/v1.PriorityClass', groups.defaultPriorityClass],
  ['discovery/v1.EndpointSlice', core.defaultEndpointSlice],
  ['admissionregistration/v1.ValidatingWebhookConfiguration', groups.defaultValidatingWebhooks],
  ['admissionregistration/v1.MutatingWebhookConfiguration', groups.defaultMutatingWebhooks],
  ['admissionregistration/v1.ValidatingAdmissionPolicy', groups.defaultAdmissionPolicy],
  ['admissionregistration/v1.ValidatingAdmissionPolicyBinding', groups.defaultAdmissionPolicyBinding],
  ['admissionregistration/v1beta1.MutatingAdmissionPolicy', groups.defaultMutatingPolicy],
  ['admissionregistration/v1beta1.MutatingAdmissionPolicyBinding', groups.defaultAdmissionPolicyBinding],
  ['flowcontrol/v1.FlowSchema', groups.defaultFlowSchema],
  ['flowcontrol/v1.PriorityLevelConfiguration', groups.defaultPriorityLevel],
  ['certificates/v1.CertificateSigningRequest', groups.defaultStatus],
  ['resource/v1.ResourceClaim', groups.defaultResourceClaim],
  ['resource/v1.ResourceClaimTemplate', groups.defaultResourceClaimTemplate],
  ['apiextensions/v1.CustomResourceDefinition', groups.defaultCustomResourceDefinition],
  ['apiregistration/v1.APIService', groups.defaultApiService],
  ['authentication/v1.TokenRequest', groups.defaultTokenRequest],
]);

/**
 * Fills in what kube-apiserver 1.35 fills in for the kinds it serves itself: the hand-written defaults of its types, and the
 * empty structs (`resources: {}`, `status: {}`) that its encoder always shows. What admission and storage add (service accounts,
 * cluster addresses, finalizers, uids) is not done here.
 *
 * @param object not modified; null fields count as absent
 * @returns the same instance when there was nothing to fill in, or the kind is none of Kubernetes' own
 */
export function defaultBuiltin(object: KubeObject): KubeObject {
  const { group, version } = parseApiVersion(object.apiVersion);
  const name = typeNameOf(group, version, object.kind);
  const defaulter = name === undefined ? undefined : defaulters.get(name);
  return defaulter === undefined ? object : (defaulter(object) as KubeObject);
}

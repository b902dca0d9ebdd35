import type { KubeObject } from '../../object.ts';
import { parseApiVersion } from '../../object.ts';
import { type FieldError, invalid, required } from '../../schema/field-error.ts';
import { isRecord } from '../../schema/schema.ts';
import { typeNameOf } from '../type-data.ts';
import { validateAutoscaler } from './autoscaler.ts';
import { validateClaim } from './claim.ts';
import { validateConfigMap, validateSecret } from './config.ts';
import { validateCronJob } from './cron-job.ts';
import { validateCustomResourceDefinition } from './custom-resource-definition.ts';
import { validateEndpointSlice, validateEndpoints } from './endpoints.ts';
import * as groups from './groups.ts';
import { isIp } from './ip.ts';
import { validateLimitRange, validateResourceQuota } from './limits.ts';
import { validateMetadata, validateOwnFinalizers } from './metadata.ts';
import { isDns1035Label, isDnsLabel, isDnsSubdomain, isPathSegment } from './names.ts';
import { validateIngress, validateIngressClass, validateNetworkPolicy } from './networking.ts';
import { type Errors, type Json, recordAt, textAt } from './report.ts';
import { validateService } from './service.ts';
import { validatePersistentVolume, validateStorageClass, validateVolumeAttachment } from './storage.ts';
import * as workloads from './workloads.ts';

type Rules = (object: Json, errors: Errors) => void;

const rules: ReadonlyMap<string, Rules> = new Map<string, Rules>([
  ['core/v1.Pod', workloads.validatePod],
  ['core/v1.PodTemplate', workloads.validatePodTemplateObject],
  ['core/v1.ReplicationController', workloads.validateReplicationController],
  ['core/v1.Service', validateService],
  ['core/v1.Endpoints', validateEndpoints],
  ['core/v1.ConfigMap', validateConfigMap],
  ['core/v1.Secret', validateSecret],
  ['core/v1.PersistentVolumeClaim', validateClaim],
  ['core/v1.PersistentVolume', validatePersistentVolume],
  ['core/v1.LimitRange', validateLimitRange],
  ['core/v1.ResourceQuota', validateResourceQuota],
  ['core/v1.Binding', validateBinding],
  ['apps/v1.Deployment', workloads.validateDeployment],
  ['apps/v1.ReplicaSet', workloads.validateReplicaSet],
  ['apps/v1.DaemonSet', workloads.validateDaemonSet],
  ['apps/v1.StatefulSet', workloads.validateStatefulSet],
  ['batch/v1.Job', workloads.validateJob],
  ['batch/v1.CronJob', validateCronJob],
  ['discovery/v1.EndpointSlice', validateEndpointSlice],
  ['networking/v1.Ingress', validateIngress],
  ['networking/v1.IngressClass', validateIngressClass],
  ['networking/v1.NetworkPolicy', validateNetworkPolicy],
  ['rbac/v1.Role', groups.validateRole(true)],
  ['rbac/v1.ClusterRole', groups.validateRole(false)],
  ['rbac/v1.RoleBinding', groups.validateRoleBinding(true)],
  ['rbac/v1.ClusterRoleBinding', groups.validateRoleBinding(false)],
  ['autoscaling/v1.HorizontalPodAutoscaler', validateAutoscaler],
  ['autoscaling/v2.HorizontalPodAutoscaler', validateAutoscaler],
  ['policy/v1.PodDisruptionBudget', groups.validateDisruptionBudget],
  ['scheduling/v1.PriorityClass', groups.validatePriorityClass],
  ['storage/v1.StorageClass', validateStorageClass],
  ['storage/v1.VolumeAttachment', validateVolumeAttachment],
  ['coordination/v1.Lease', groups.validateLease],
  ['node/v1.RuntimeClass', groups.validateRuntimeClass],
  ['admissionregistration/v1.ValidatingWebhookConfiguration', groups.validateWebhooks],
  ['admissionregistration/v1.MutatingWebhookConfiguration', groups.validateWebhooks],
  ['apiregistration/v1.APIService', groups.validateApiService],
  ['apiextensions/v1.CustomResourceDefinition', validateCustomResourceDefinition],
]);

const nameRules: ReadonlyMap<string, (name: string) => string[]> = new Map([
  ['core/v1.Namespace', isDnsLabel],
  ['core/v1.Service', isDns1035Label],
  // Events and budgets are held only against what a URL path can carry.
  ['core/v1.Event', isPathSegment],
  ['policy/v1.PodDisruptionBudget', isPathSegment],
  ['apps/v1.StatefulSet', isDnsLabel],
  ['rbac/v1.Role', isPathSegment],
  ['rbac/v1.ClusterRole', isPathSegment],
  ['rbac/v1.RoleBinding', isPathSegment],
  ['rbac/v1.ClusterRoleBinding', isPathSegment],
  ['apiregistration/v1.APIService', isPathSegment],
  ['networking/v1.IPAddress', (name) => (isIp(name) ? [] : ['must be a valid IP address'])],
]);

/** Groups whose objects may carry any finalizer that is a qualified name. */
const freeFinalizers = /^(admissionregistration|apiextensions|apiregistration|coordination|events|policy)\//;

/** Reviews and other questions are answered and not stored: they need no name. */
const unnamed = new Set([
  'authentication/v1.SelfSubjectReview',
  'authentication/v1.TokenRequest',
  'authentication/v1.TokenReview',
  'authorization/v1.LocalSubjectAccessReview',
  'authorization/v1.SelfSubjectAccessReview',
  'authorization/v1.SelfSubjectRulesReview',
  'authorization/v1.SubjectAccessReview',
  'policy/v1.Eviction',
  'autoscaling/v1.Scale',
]);

/**
 * The hand-written rules that the API server holds an object against after defaulting, as far as people meet them: names, labels,
 * what each kind requires, what goes together. Kinds that are not Kubernetes' own get the rules of metadata alone.
 * Types and closed value sets are validateObject's part.
 *
 * @param object with defaults applied; not modified; values of a wrong type are passed over
 * @returns all faults, worded as by the API server
 */
export function validateBuiltin(object: KubeObject): FieldError[] {
  const errors: Errors = [];
  const { group, version } = parseApiVersion(object.apiVersion);
  const name = typeNameOf(group, version, object.kind);
  if (name === undefined || !unnamed.has(name)) {
    const isName = (name === undefined ? undefined : nameRules.get(name)) ?? isDnsSubdomain;
    const metadata: unknown = object.metadata;
    const record = isRecord(metadata) ? metadata : undefined;
    validateMetadata(record, 'metadata', isName, errors);
    if (name !== undefined && !freeFinalizers.test(name)) validateOwnFinalizers(record, errors);
  }
  if (name !== undefined) rules.get(name)?.(object, errors);
  return errors;
}

function validateBinding(binding: Json, errors: Errors): void {
  const target = recordAt(binding, 'target');
  const kind = textAt(target, 'kind');
  if (kind !== '' && kind !== 'Node') errors.push(invalid('target.kind', kind, "must be empty or 'Node'"));
  if (textAt(target, 'name') === '') errors.push(required('target.name'));
}

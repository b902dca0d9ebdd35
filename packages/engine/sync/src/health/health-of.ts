import { isBuiltinGroup, type KubeObject, parseApiVersion } from '@sekisho/kube';
import { HOOK_FINALIZER } from '../operation/hook.ts';
import { horizontalPodAutoscalerHealth } from './autoscaling.ts';
import { cronJobHealth, jobHealth } from './batch.ts';
import { genericHealth } from './generic.ts';
import { type Health, health } from './health.ts';
import {
  certificateHealth,
  customResourceDefinitionHealth,
  persistentVolumeClaimHealth,
  podDisruptionBudgetHealth,
  workflowHealth,
} from './infrastructure.ts';
import { apiServiceHealth, ingressHealth, serviceHealth } from './network.ts';
import { podHealth } from './pod.ts';
import type { HealthRules } from './rules.ts';
import { daemonSetHealth, deploymentHealth, replicaSetHealth, statefulSetHealth } from './workloads.ts';

interface Check {
  /** Versions the rule was written for; absent: all. */
  readonly versions?: readonly string[];
  readonly run: (object: KubeObject) => Health | undefined;
}

const v1 = ['v1'];

/** By `group/Kind`. */
const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['apps/Deployment', { versions: v1, run: deploymentHealth }],
  ['apps/ReplicaSet', { versions: v1, run: replicaSetHealth }],
  ['apps/DaemonSet', { versions: v1, run: daemonSetHealth }],
  ['apps/StatefulSet', { versions: v1, run: statefulSetHealth }],
  ['/Pod', { versions: v1, run: podHealth }],
  ['/Service', { versions: v1, run: serviceHealth }],
  ['/PersistentVolumeClaim', { versions: v1, run: persistentVolumeClaimHealth }],
  ['batch/Job', { versions: v1, run: jobHealth }],
  ['batch/CronJob', { run: cronJobHealth }],
  ['networking.k8s.io/Ingress', { run: ingressHealth }],
  ['extensions/Ingress', { run: ingressHealth }],
  [
    'autoscaling/HorizontalPodAutoscaler',
    { versions: ['v1', 'v2', 'v2beta1', 'v2beta2'], run: horizontalPodAutoscalerHealth },
  ],
  ['apiregistration.k8s.io/APIService', { versions: ['v1', 'v1beta1'], run: apiServiceHealth }],
  ['apiextensions.k8s.io/CustomResourceDefinition', { run: customResourceDefinitionHealth }],
  ['policy/PodDisruptionBudget', { run: podDisruptionBudgetHealth }],
  ['cert-manager.io/Certificate', { run: certificateHealth }],
  ['argoproj.io/Workflow', { run: workflowHealth }],
  // Argo CD has no check for its own kind: an app of apps does not wait for its children unless a rule says so.
  ['argoproj.io/Application', { run: () => undefined }],
]);

/** What {@link healthOf} may be told. */
export interface HealthOptions {
  /** Rules of the user, from {@link compileHealthRules}. They win over the built-in ones. */
  readonly custom?: HealthRules;
}

/**
 * The health of one live object: deletion first, then the user's rule, then Argo CD's rule for the kind; kinds of other
 * groups by kstatus's generic rules.
 *
 * @returns undefined for built-in kinds without a notion of health (ConfigMap …); that counts as success in waves.
 * @see Argo CD, docs/operator-manual/health.md; kstatus, generic rules
 */
export function healthOf(object: KubeObject, options: HealthOptions = {}): Health | undefined {
  const { metadata } = object;
  if (metadata.deletionTimestamp !== undefined && !(metadata.finalizers ?? []).includes(HOOK_FINALIZER)) {
    return health('Progressing', 'Pending deletion');
  }
  const { group, version } = parseApiVersion(object.apiVersion);
  const custom = options.custom?.evaluate(group, object);
  if (custom !== undefined) return custom;
  const check = checks.get(`${group}/${object.kind}`);
  if (check === undefined) return isBuiltinGroup(group) ? undefined : genericHealth(object);
  if (check.versions !== undefined && !check.versions.includes(version)) {
    return health('Unknown', `no health rule for ${object.kind} of version ${object.apiVersion}`);
  }
  return check.run(object);
}

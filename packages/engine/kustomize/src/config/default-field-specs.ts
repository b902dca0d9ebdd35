import type { FieldSpec } from '../kustomization/types.ts';

/** `path kind group version`, `+` before what is made when absent. `-` stands for nothing. */
function specs(lines: string): FieldSpec[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [path = '', kind = '', group = '', version = ''] = line.trim().split(/\s+/);
      return {
        path: path.replace(/^\+/, ''),
        ...(path.startsWith('+') ? { create: true } : {}),
        ...(kind !== '' && kind !== '-' ? { kind } : {}),
        ...(group !== '' && group !== '-' ? { group } : {}),
        ...(version !== '' && version !== '-' ? { version } : {}),
      };
    });
}

export const namespaceSpecs = specs(`
  +metadata/name Namespace
  +metadata/namespace
  +spec/service/namespace APIService apiregistration.k8s.io
  spec/conversion/webhook/clientConfig/service/namespace CustomResourceDefinition apiextensions.k8s.io
`);

export const nameSpecs = specs('metadata/name');

export const metadataLabelSpecs = specs('+metadata/labels');

/** Labels of the objects that a workload makes. */
export const templateLabelSpecs = specs(`
  +spec/template/metadata/labels ReplicationController - v1
  +spec/template/metadata/labels Deployment
  +spec/template/metadata/labels ReplicaSet
  +spec/template/metadata/labels DaemonSet
  +spec/template/metadata/labels StatefulSet apps
  +spec/volumeClaimTemplates[]/metadata/labels StatefulSet apps
  +spec/template/metadata/labels Job batch
  +spec/jobTemplate/metadata/labels CronJob batch
  +spec/jobTemplate/spec/template/metadata/labels CronJob batch
`);

/** Labels, and selectors that must follow them. */
export const commonLabelSpecs: readonly FieldSpec[] = [
  ...metadataLabelSpecs,
  ...specs(`
    +spec/selector Service - v1
    +spec/selector ReplicationController - v1
    +spec/template/metadata/labels ReplicationController - v1
    +spec/selector/matchLabels Deployment
    +spec/template/metadata/labels Deployment
    spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels Deployment apps
    spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels Deployment apps
    spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels Deployment apps
    spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels Deployment apps
    spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels Deployment apps
    +spec/selector/matchLabels ReplicaSet
    +spec/template/metadata/labels ReplicaSet
    +spec/selector/matchLabels DaemonSet
    +spec/template/metadata/labels DaemonSet
    +spec/selector/matchLabels StatefulSet apps
    +spec/template/metadata/labels StatefulSet apps
    spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels StatefulSet apps
    spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels StatefulSet apps
    spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels StatefulSet apps
    spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels StatefulSet apps
    spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels StatefulSet apps
    +spec/volumeClaimTemplates[]/metadata/labels StatefulSet apps
    spec/selector/matchLabels Job batch
    +spec/template/metadata/labels Job batch
    spec/jobTemplate/spec/selector/matchLabels CronJob batch
    +spec/jobTemplate/metadata/labels CronJob batch
    +spec/jobTemplate/spec/template/metadata/labels CronJob batch
    spec/selector/matchLabels PodDisruptionBudget policy
    spec/podSelector/matchLabels NetworkPolicy networking.k8s.io
    spec/ingress/from/podSelector/matchLabels NetworkPolicy networking.k8s.io
    spec/egress/to/podSelector/matchLabels NetworkPolicy networking.k8s.io
  `),
];

export const commonAnnotationSpecs = specs(`
  +metadata/annotations
  +spec/template/metadata/annotations ReplicationController - v1
  +spec/template/metadata/annotations Deployment
  +spec/template/metadata/annotations ReplicaSet
  +spec/template/metadata/annotations DaemonSet
  +spec/template/metadata/annotations StatefulSet
  +spec/template/metadata/annotations Job batch
  +spec/jobTemplate/metadata/annotations CronJob batch
  +spec/jobTemplate/spec/template/metadata/annotations CronJob batch
`);

export const replicaSpecs = specs(`
  +spec/replicas Deployment
  +spec/replicas StatefulSet
  +spec/replicas ReplicaSet
  +spec/replicas ReplicationController
`);

export const imageSpecs = specs(`
  +spec/containers[]/image
  +spec/initContainers[]/image
  +spec/volumes[]/image/reference
  +spec/template/spec/containers[]/image
  +spec/template/spec/initContainers[]/image
  +spec/template/spec/volumes[]/image/reference
`);

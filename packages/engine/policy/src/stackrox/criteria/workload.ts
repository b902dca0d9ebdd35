import { permissionLevels } from '../view/subject.ts';
import { type Criterion, criterion, Missing } from './criterion.ts';
import { labelled } from './image.ts';
import { comparison, expression, ranked, truth } from './value.ts';

const hostNamespaces = [
  ['Host Network', 'hostNetwork', 'network'],
  ['Host PID', 'hostPID', 'processes'],
  ['Host IPC', 'hostIPC', 'IPC namespace'],
] as const;

const networkPolicies = [
  ['Has Ingress Network Policy', 'hasIngressPolicy', 'ingress'],
  ['Has Egress Network Policy', 'hasEgressPolicy', 'egress'],
] as const;

export const workloadCriteria: readonly Criterion[] = [
  criterion('Namespace', {
    level: 'workload',
    values: expression,
    negatable: true,
    read: ({ deployment }) => [deployment.namespace],
    field: (at) => at.at('metadata', 'namespace'),
    says: (found) => `is in the namespace ${found}`,
  }),
  criterion('Required Label', {
    level: 'workload',
    values: labelled(false, true),
    read: ({ deployment }) => [deployment.labels],
    field: (at) => at.at('metadata', 'labels'),
    says: (_, wanted) => `has no label ${wanted}`,
  }),
  criterion('Required Annotation', {
    level: 'workload',
    values: labelled(false, true),
    read: ({ deployment }) => [deployment.annotations],
    field: (at) => at.at('metadata', 'annotations'),
    says: (_, wanted) => `has no annotation ${wanted}`,
  }),
  criterion('Disallowed Annotation', {
    level: 'workload',
    values: labelled(true, false),
    read: ({ deployment }) => [deployment.annotations],
    field: (at) => at.at('metadata', 'annotations'),
    says: (_, wanted) => `has an annotation ${wanted}`,
  }),
  criterion('Runtime Class', {
    level: 'workload',
    values: expression,
    negatable: true,
    read: ({ deployment }) => [deployment.podSpec.at('runtimeClassName').text ?? ''],
    field: (_, { deployment }) => deployment.podSpec.at('runtimeClassName'),
    says: (found) => (found === '' ? 'names no runtime class' : `has the runtime class ${found}`),
  }),
  criterion('Replicas', {
    level: 'workload',
    values: comparison,
    negatable: true,
    read: ({ deployment }) => [deployment.replicas],
    field: (at) => at.at('spec', 'replicas'),
    says: (found) => `has ${found} replicas`,
  }),
  ...hostNamespaces.map(([name, key, what]) =>
    criterion(name, {
      level: 'workload',
      values: truth,
      single: true,
      read: ({ deployment }) => [deployment.podSpec.at(key).isTrue],
      field: (_, { deployment }) => deployment.podSpec.at(key),
      says: (found) => `${found === 'true' ? 'shares' : 'does not share'} the ${what} of its node (${key})`,
    }),
  ),
  criterion('Service Account', {
    level: 'workload',
    values: expression,
    negatable: true,
    read: ({ deployment }) => [deployment.serviceAccount],
    field: (_, { deployment }) => deployment.podSpec.at('serviceAccountName'),
    says: (found) => `uses the service account ${found}`,
  }),
  criterion('Automount Service Account Token', {
    level: 'workload',
    values: truth,
    single: true,
    read: ({ deployment }) => [!deployment.podSpec.at('automountServiceAccountToken').isFalse],
    field: (_, { deployment }) => deployment.podSpec.at('automountServiceAccountToken'),
    says: (found) => `${found === 'true' ? 'mounts' : 'does not mount'} the token of its service account`,
  }),
  criterion('Minimum RBAC Permissions', {
    level: 'workload',
    values: ranked(permissionLevels.slice(1), { least: true }),
    negatable: true,
    single: true,
    read: ({ permissionLevel }) =>
      permissionLevel === undefined ? new Missing('what its service account may do') : [permissionLevel],
    says: (found) => `has a service account with the permissions ${found}`,
  }),
  ...networkPolicies.map(([name, key, direction]) =>
    criterion(name, {
      level: 'workload',
      values: truth,
      single: true,
      negatable: true,
      read: ({ [key]: has }) => (has === undefined ? new Missing('the network policies') : [has]),
      says: (found) => `has ${found === 'true' ? 'a' : 'no'} network policy for ${direction}`,
    }),
  ),
];

import type { Field } from '../../object/field.ts';
import { defineRule, type KubesecRule, type RuleSubject } from '../rule.ts';

const specField =
  (key: string) =>
  ({ pod }: RuleSubject): readonly Field[] => [pod.at(key)];

const hostPaths = ({ pod }: RuleSubject): readonly Field[] =>
  pod
    .at('volumes')
    .items()
    .map((volume) => volume.at('hostPath', 'path'));

/** Rules about fields of the pod itself. */
export const podRules: readonly KubesecRule[] = [
  defineRule(
    {
      id: 'HostNetwork',
      selector: '.spec .hostNetwork == true',
      points: -9,
      severity: 'high',
      reason: "On the node's network the pod reaches what listens on the node's own loopback address",
      fix: 'Remove hostNetwork and publish ports by a Service.',
    },
    specField('hostNetwork'),
    (field) => field.isTrue,
  ),
  defineRule(
    {
      id: 'HostPID',
      selector: '.spec .hostPID == true',
      points: -9,
      severity: 'high',
      reason: 'Among the processes of the node, their environment and memory can be read',
      fix: 'Remove hostPID.',
    },
    specField('hostPID'),
    (field) => field.isTrue,
  ),
  defineRule(
    {
      id: 'HostIPC',
      selector: '.spec .hostIPC == true',
      points: -9,
      severity: 'high',
      reason: 'The shared memory of processes of the node can be read and written',
      fix: 'Remove hostIPC.',
    },
    specField('hostIPC'),
    (field) => field.isTrue,
  ),
  defineRule(
    {
      id: 'DockerSock',
      selector: 'volumes[] .hostPath .path == /var/run/docker.sock',
      points: -9,
      severity: 'critical',
      reason: 'Whoever reaches the socket of the container engine controls all containers of the node',
      fix: 'Remove the volume; build images with a tool that needs no engine.',
    },
    hostPaths,
    (path) => path.text?.includes('/var/run/docker.sock') === true,
  ),
  defineRule(
    {
      id: 'ProcMount',
      selector: 'volumes[] .hostPath .path == /proc',
      points: -9,
      severity: 'high',
      reason: "The node's /proc shows all of its processes and lets its kernel be reconfigured",
      fix: 'Remove the volume.',
    },
    hostPaths,
    (path) => path.text?.includes('/proc') === true,
  ),
  defineRule(
    {
      id: 'HostAliases',
      selector: '.spec .hostAliases',
      points: -3,
      severity: 'low',
      reason: 'Names that only the pod knows hide where it really connects to',
      fix: 'Give the name an entry in DNS, or an ExternalName Service.',
    },
    specField('hostAliases'),
    (field) => field.isSet,
  ),
  defineRule(
    {
      id: 'ServiceAccountName',
      selector: '.spec .serviceAccountName',
      points: 3,
      severity: 'low',
      reason: 'With an account of its own, a pod has the rights it needs and no others',
      fix: 'Add a ServiceAccount for it and name it in serviceAccountName.',
    },
    specField('serviceAccountName'),
    (field) => (field.text ?? '') !== '',
  ),
  defineRule(
    {
      id: 'AutomountServiceAccountToken',
      selector: '.spec .automountServiceAccountToken == false',
      points: 1,
      severity: 'low',
      reason: 'A token that is not mounted can not be stolen',
      fix: 'Set automountServiceAccountToken: false where nothing asks the API.',
    },
    specField('automountServiceAccountToken'),
    (field) => field.isFalse,
  ),
  defineRule(
    {
      id: 'HostUsers',
      selector: '.spec .hostUsers == false',
      points: 1,
      severity: 'low',
      reason: 'In a user namespace, root of the container is nobody on the node',
      fix: 'Set hostUsers: false (Kubernetes 1.33 or newer has it on).',
    },
    specField('hostUsers'),
    (field) => field.isFalse,
  ),
];

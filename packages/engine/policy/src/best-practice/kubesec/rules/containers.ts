import type { Field } from '../../object/field.ts';
import { allContainersOf } from '../../object/pod-template.ts';
import { defineRule, type KubesecRule, podKinds, type RuleDefinition, type RuleSubject } from '../rule.ts';

const FIRST_SAFE_ID = 10_000;

/** A rule about a field of each container's security context. */
function contextRule(definition: RuleDefinition, keys: readonly string[], matches: (field: Field) => boolean) {
  return defineRule(definition, contextFields(keys), matches);
}

/** As {@link contextRule}, where what the pod's security context says counts for containers that say nothing. */
function inheritedRule(definition: RuleDefinition, keys: readonly string[], matches: (field: Field) => boolean) {
  return defineRule(definition, contextFields(keys), (own, { pod }) =>
    matches(own.isSet ? own : pod.at('securityContext', ...keys)),
  );
}

const contextFields =
  (keys: readonly string[]) =>
  ({ pod }: RuleSubject): readonly Field[] =>
    allContainersOf(pod).map((container) => container.at('securityContext', ...keys));

function resourceRule(definition: RuleDefinition, list: 'requests' | 'limits', resource: 'cpu' | 'memory') {
  const places = ({ pod }: RuleSubject) =>
    pod
      .at('containers')
      .items()
      .map((container) => container.at('resources', list, resource));
  return defineRule(definition, places, (field) => field.isSet);
}

function isConfined(type: Field): boolean {
  return type.text !== undefined && type.text !== '' && type.text !== 'Unconfined';
}

function isUnconfined(type: Field): boolean {
  return type.text === 'Unconfined';
}

const rootRules: readonly KubesecRule[] = [
  contextRule(
    {
      id: 'Privileged',
      selector: 'containers[] .securityContext .privileged == true',
      points: -30,
      severity: 'critical',
      reason: 'A privileged container has nearly all the rights of root on the node',
      fix: 'Remove privileged; add the capabilities that are needed.',
    },
    ['privileged'],
    (field) => field.isTrue,
  ),
  contextRule(
    {
      id: 'AllowPrivilegeEscalation',
      selector: 'containers[] .securityContext .allowPrivilegeEscalation == true',
      points: -7,
      severity: 'high',
      reason: 'A program with the setuid bit gets more rights than the container was given',
      fix: 'Set allowPrivilegeEscalation: false.',
    },
    ['allowPrivilegeEscalation'],
    (field) => field.isTrue,
  ),
  contextRule(
    {
      id: 'ReadOnlyRootFilesystem',
      selector: 'containers[] .securityContext .readOnlyRootFilesystem == true',
      points: 1,
      severity: 'medium',
      reason: 'Nothing can be added to, or changed in, a root filesystem that is read-only',
      fix: 'Set readOnlyRootFilesystem: true and mount an emptyDir where the program writes.',
    },
    ['readOnlyRootFilesystem'],
    (field) => field.isTrue,
  ),
  inheritedRule(
    {
      id: 'RunAsNonRoot',
      selector: 'containers[] .securityContext .runAsNonRoot == true',
      points: 1,
      severity: 'medium',
      reason: 'The kubelet then refuses to start the program as root',
      fix: 'Set runAsNonRoot: true, on the pod or the container.',
    },
    ['runAsNonRoot'],
    (field) => field.isTrue,
  ),
  inheritedRule(
    {
      id: 'RunAsUser',
      selector: 'containers[] .securityContext .runAsUser -gt 10000',
      points: 1,
      severity: 'medium',
      reason: 'A high user id is the id of no account of the node',
      fix: 'Set runAsUser to more than 10000.',
    },
    ['runAsUser'],
    (field) => (field.number ?? 0) > FIRST_SAFE_ID,
  ),
  inheritedRule(
    {
      id: 'RunAsGroup',
      selector: 'containers[] .securityContext .runAsGroup -gt 10000',
      points: 1,
      severity: 'medium',
      reason: 'A high group id is the id of no group of the node',
      fix: 'Set runAsGroup to more than 10000.',
    },
    ['runAsGroup'],
    (field) => (field.number ?? 0) > FIRST_SAFE_ID,
  ),
];

const capabilityRules: readonly KubesecRule[] = [
  contextRule(
    {
      id: 'CapSysAdmin',
      selector: 'containers[] .securityContext .capabilities .add == SYS_ADMIN',
      points: -30,
      severity: 'critical',
      reason: 'SYS_ADMIN is enough to mount filesystems and to leave the container',
      fix: 'Remove SYS_ADMIN from capabilities.add.',
    },
    ['capabilities', 'add'],
    (field) => field.texts.includes('SYS_ADMIN'),
  ),
  contextRule(
    {
      id: 'CapDropAny',
      selector: 'containers[] .securityContext .capabilities .drop',
      points: 1,
      severity: 'low',
      reason: 'Every capability that is not there is one less to misuse',
      fix: 'List capabilities in capabilities.drop.',
    },
    ['capabilities', 'drop'],
    (field) => field.items().length > 0 && field.items().every((item) => (item.text ?? '') !== ''),
  ),
  contextRule(
    {
      id: 'CapDropAll',
      selector: 'containers[] .securityContext .capabilities .drop | index("ALL")',
      points: 1,
      severity: 'medium',
      reason: 'Starting from none, only the capabilities that are needed are there',
      fix: 'Set capabilities.drop: [ALL] and add back what is needed.',
    },
    ['capabilities', 'drop'],
    (field) => field.texts.some((name) => name.toUpperCase() === 'ALL'),
  ),
];

const profileRules: readonly KubesecRule[] = [
  inheritedRule(
    {
      id: 'SeccompAny',
      selector: 'containers[] .securityContext .seccompProfile .type',
      points: 1,
      severity: 'medium',
      reason: 'A seccomp profile keeps system calls out of reach that nobody needs',
      fix: 'Set seccompProfile.type: RuntimeDefault, on the pod or the container.',
    },
    ['seccompProfile', 'type'],
    isConfined,
  ),
  inheritedRule(
    {
      id: 'SeccompUnconfined',
      selector: 'containers[] .securityContext .seccompProfile .type == Unconfined',
      points: -1,
      severity: 'medium',
      reason: 'Unconfined, every system call of the kernel is within reach',
      fix: 'Set seccompProfile.type: RuntimeDefault.',
    },
    ['seccompProfile', 'type'],
    isUnconfined,
  ),
  inheritedRule(
    {
      id: 'ApparmorAny',
      selector: 'containers[] .securityContext .appArmorProfile .type',
      points: 3,
      severity: 'low',
      reason: 'An AppArmor profile limits files and capabilities beyond what Unix rights say',
      fix: 'Set appArmorProfile.type: RuntimeDefault where nodes have AppArmor.',
    },
    ['appArmorProfile', 'type'],
    isConfined,
  ),
  inheritedRule(
    {
      id: 'ApparmorUnconfined',
      selector: 'containers[] .securityContext .appArmorProfile .type == Unconfined',
      points: -1,
      severity: 'medium',
      reason: 'Unconfined, the profile of the container engine does not count',
      fix: 'Set appArmorProfile.type: RuntimeDefault, or leave it out.',
    },
    ['appArmorProfile', 'type'],
    isUnconfined,
  ),
];

const resourceRules: readonly KubesecRule[] = [
  resourceRule(
    {
      id: 'RequestsCPU',
      selector: 'containers[] .resources .requests .cpu',
      points: 1,
      severity: 'low',
      reason: 'The scheduler shares nodes fairly by what pods request',
      fix: 'Set resources.requests.cpu.',
    },
    'requests',
    'cpu',
  ),
  resourceRule(
    {
      id: 'LimitsCPU',
      selector: 'containers[] .resources .limits .cpu',
      points: 1,
      severity: 'low',
      reason: 'A limit keeps one container from taking all processor time of its node',
      fix: 'Set resources.limits.cpu.',
    },
    'limits',
    'cpu',
  ),
  resourceRule(
    {
      id: 'RequestsMemory',
      selector: 'containers[] .resources .requests .memory',
      points: 1,
      severity: 'low',
      reason: 'The scheduler knows how much fits on a node',
      fix: 'Set resources.requests.memory.',
    },
    'requests',
    'memory',
  ),
  resourceRule(
    {
      id: 'LimitsMemory',
      selector: 'containers[] .resources .limits .memory',
      points: 1,
      severity: 'low',
      reason: 'A limit keeps one container from taking all memory of its node',
      fix: 'Set resources.limits.memory.',
    },
    'limits',
    'memory',
  ),
];

const secrets = defineRule(
  {
    id: 'SecretsAsEnvironmentVariables',
    selector: 'containers[] .env[] .valueFrom .secretKeyRef',
    points: -5,
    severity: 'medium',
    reason: 'What is in the environment ends in logs, crash reports and child processes',
    fix: 'Mount the Secret as a file.',
    kinds: [...podKinds, 'ReplicaSet', 'Job', 'CronJob'],
  },
  ({ pod }) => allContainersOf(pod),
  (container) =>
    container
      .at('env')
      .items()
      .some((variable) => variable.at('valueFrom', 'secretKeyRef').isSet) ||
    container
      .at('envFrom')
      .items()
      .some((source) => source.at('secretRef').isSet),
);

/** Rules about containers, init and ephemeral ones included; those about resources look at the containers alone. */
export const containerRules: readonly KubesecRule[] = [
  ...rootRules,
  ...capabilityRules,
  ...profileRules,
  ...resourceRules,
  secrets,
];

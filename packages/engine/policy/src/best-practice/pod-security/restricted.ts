import type { Field } from '../object/field.ts';
import type { PodTemplate } from '../object/pod-template.ts';
import { procMountBreaches } from './baseline.ts';
import { containerContextFields, contextFields, notAllowed, requiredEverywhere, unlisted } from './containers.ts';
import { type Breach, hasUserNamespace, isWindows, type PodSecurityControl } from './control.ts';

type Breaches = (pod: PodTemplate) => readonly Breach[];

const exceptWindows =
  (breaches: Breaches): Breaches =>
  (pod) =>
    isWindows(pod) ? [] : breaches(pod);

const exceptUserNamespace =
  (breaches: Breaches): Breaches =>
  (pod) =>
    hasUserNamespace(pod) ? [] : breaches(pod);

/** Sources of a volume; a volume without any is an emptyDir. */
const allowedSources = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

const volumes: PodSecurityControl = {
  id: 'restrictedVolumes',
  title: 'Volume types',
  level: 'restricted',
  severity: 'high',
  why: 'Other volumes reach files of the node or storage that nobody granted.',
  fix: 'Use a configMap, secret, projected, downwardAPI, emptyDir, ephemeral, csi or image volume, or a claim.',
  replaces: 'hostPathVolumes',
  versions: [
    {
      since: 0,
      breaches: ({ spec }) =>
        spec
          .at('volumes')
          .items()
          .flatMap(sourcesOf)
          .map((field) => ({ field, problem: 'is no volume type that is allowed' })),
    },
  ],
};

function sourcesOf(volume: Field): readonly Field[] {
  const { value } = volume;
  if (typeof value !== 'object' || value === null) return [];
  const sources = Object.keys(value).filter((key) => key !== 'name' && volume.at(key).isSet);
  return sources.some((key) => allowedSources.has(key)) ? [] : sources.map((key) => volume.at(key));
}

const escalationBreaches: Breaches = (pod) =>
  containerContextFields(pod, 'allowPrivilegeEscalation')
    .filter((field) => !field.isFalse)
    .map((field) => ({ field, problem: 'must be false' }));

const escalation: PodSecurityControl = {
  id: 'allowPrivilegeEscalation',
  title: 'Privilege escalation',
  level: 'restricted',
  severity: 'medium',
  why: 'A program with the setuid bit gets more rights than the container was given.',
  fix: 'Set securityContext.allowPrivilegeEscalation: false on every container.',
  versions: [
    { since: 8, breaches: escalationBreaches },
    { since: 25, breaches: exceptWindows(escalationBreaches) },
  ],
};

const nonRootBreaches: Breaches = (pod) =>
  requiredEverywhere(pod, ['runAsNonRoot'], (field) => field.isTrue, 'must be true');

const runAsNonRoot: PodSecurityControl = {
  id: 'runAsNonRoot',
  title: 'Running as non-root',
  level: 'restricted',
  severity: 'medium',
  why: 'Root of the container is root on the node as soon as anything lets it out.',
  fix: 'Set securityContext.runAsNonRoot: true on the pod.',
  versions: [
    { since: 0, breaches: nonRootBreaches },
    { since: 35, breaches: exceptUserNamespace(nonRootBreaches) },
  ],
};

const userBreaches: Breaches = (pod) => notAllowed(contextFields(pod, 'runAsUser'), (field) => field.number !== 0);

const runAsUser: PodSecurityControl = {
  id: 'runAsUser',
  title: 'Running as a user other than root',
  level: 'restricted',
  severity: 'medium',
  why: 'User 0 is root, whatever else is said.',
  fix: 'Use another id in runAsUser, or leave it out.',
  versions: [
    { since: 23, breaches: userBreaches },
    { since: 35, breaches: exceptUserNamespace(userBreaches) },
  ],
};

const seccompBreaches: Breaches = (pod) =>
  requiredEverywhere(
    pod,
    ['seccompProfile', 'type'],
    ({ text }) => text === 'RuntimeDefault' || text === 'Localhost',
    'must be RuntimeDefault or Localhost',
  );

const seccomp: PodSecurityControl = {
  id: 'seccompProfile_restricted',
  title: 'Seccomp',
  level: 'restricted',
  severity: 'medium',
  why: 'Without a profile every system call is within reach.',
  fix: 'Set securityContext.seccompProfile.type: RuntimeDefault on the pod.',
  replaces: 'seccompProfile_baseline',
  versions: [
    { since: 19, breaches: seccompBreaches },
    { since: 25, breaches: exceptWindows(seccompBreaches) },
  ],
};

const capabilityBreaches: Breaches = (pod) => [
  ...containerContextFields(pod, 'capabilities', 'drop')
    .filter((field) => !field.texts.includes('ALL'))
    .map((field) => ({ field, problem: 'must include ALL' })),
  ...unlisted(containerContextFields(pod, 'capabilities', 'add'), new Set(['NET_BIND_SERVICE'])),
];

const capabilities: PodSecurityControl = {
  id: 'capabilities_restricted',
  title: 'Capabilities',
  level: 'restricted',
  severity: 'medium',
  why: 'Most programs need none of the capabilities that a container gets by default.',
  fix: 'Set capabilities.drop: [ALL]; only NET_BIND_SERVICE may be added back.',
  replaces: 'capabilities_baseline',
  versions: [
    { since: 22, breaches: capabilityBreaches },
    { since: 25, breaches: exceptWindows(capabilityBreaches) },
  ],
};

const procMount: PodSecurityControl = {
  id: 'procMount_restricted',
  title: '/proc mount type',
  level: 'restricted',
  severity: 'high',
  why: 'Unmasked, /proc lets the kernel of the node be read and changed.',
  fix: 'Leave procMount out.',
  replaces: 'procMount',
  versions: [{ since: 35, breaches: procMountBreaches }],
};

export const restrictedControls: readonly PodSecurityControl[] = [
  volumes,
  escalation,
  runAsNonRoot,
  runAsUser,
  seccomp,
  capabilities,
  procMount,
];

import { quantityOf } from '../view/deployment.ts';
import { type Criterion, criterion } from './criterion.ts';
import { comparison, environmentVariable, expression, oneOf, truth, type ValueGrammar } from './value.ts';

type EnvironmentEntry = readonly [source: string, key: string, value: string];

const capabilities =
  'AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW SETGID SETFCAP SETPCAP SETUID SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG SYSLOG WAKE_ALARM'.split(
    ' ',
  );

/** Whoever says ALL says each of them. */
function capability(names: readonly string[]): ValueGrammar<string> {
  const grammar = oneOf(names);
  return {
    expects: grammar.expects,
    compile(value) {
      const meets = grammar.compile(value);
      return (candidate) => candidate === 'ALL' || meets(candidate);
    },
  };
}

const MEBIBYTE = 2 ** 20;

const resources = [
  ['Container CPU Request', 'requests', 'cpu', 1, 'requests', 'cores'],
  ['Container CPU Limit', 'limits', 'cpu', 1, 'is limited to', 'cores'],
  ['Container Memory Request', 'requests', 'memory', MEBIBYTE, 'requests', 'MB of memory'],
  ['Container Memory Limit', 'limits', 'memory', MEBIBYTE, 'is limited to', 'MB of memory'],
] as const;

export const containerCriteria: readonly Criterion[] = [
  criterion('Container Name', {
    level: 'container',
    values: expression,
    negatable: true,
    read: ({ name }) => [name],
    field: (at) => at.at('name'),
    says: () => 'has a name that the policy is about',
  }),
  criterion<'environment', EnvironmentEntry>('Environment Variable', {
    level: 'environment',
    values: environmentVariable,
    read: ({ source, key, value }) => [[source, key, value]],
    // Its value may be a secret.
    show: ([source]) => source,
    says: (source) => `is set (${source})`,
  }),
  ...resources.map(([name, side, resource, unit, verb, units]) =>
    criterion(name, {
      level: 'container',
      values: comparison,
      read: ({ field }) => [quantityOf(field.at('resources', side, resource)) / unit],
      field: (at) => at.at('resources', side, resource),
      says: (found) => (found === '0' ? `sets no ${resource} in its ${side}` : `${verb} ${found} ${units}`),
    }),
  ),
  criterion('Privileged Container', {
    level: 'container',
    values: truth,
    single: true,
    read: ({ privileged }) => [privileged],
    field: (at) => at.at('securityContext', 'privileged'),
    says: (found) => (found === 'true' ? 'is privileged' : 'is not privileged'),
  }),
  criterion('Read-Only Root Filesystem', {
    level: 'container',
    values: truth,
    single: true,
    read: ({ field }) => [field.at('securityContext', 'readOnlyRootFilesystem').isTrue],
    field: (at) => at.at('securityContext', 'readOnlyRootFilesystem'),
    says: (found) => `${found === 'true' ? 'cannot' : 'can'} write to its root filesystem`,
  }),
  criterion('Allow Privilege Escalation', {
    level: 'container',
    values: truth,
    single: true,
    read: ({ allowsPrivilegeEscalation }) => [allowsPrivilegeEscalation],
    field: (at) => at.at('securityContext', 'allowPrivilegeEscalation'),
    says: (found) => (found === 'true' ? 'allows privilege escalation' : 'forbids privilege escalation'),
  }),
  criterion('Add Capabilities', {
    level: 'container',
    values: capability(capabilities),
    read: ({ addedCapabilities }) => addedCapabilities,
    field: (at) => at.at('securityContext', 'capabilities', 'add'),
    says: (found) => `adds the capability ${found}`,
  }),
  criterion('Drop Capabilities', {
    level: 'container',
    values: capability(['ALL', ...capabilities]),
    inverted: true,
    read: ({ droppedCapabilities }) => droppedCapabilities,
    field: (at) => at.at('securityContext', 'capabilities', 'drop'),
    says: (_, wanted) => `does not drop the capability ${wanted}`,
  }),
  criterion('AppArmor Profile', {
    level: 'container',
    values: expression,
    negatable: true,
    read: ({ appArmorProfile }) => [appArmorProfile],
    field: (at) => at.at('securityContext', 'appArmorProfile'),
    says: (found) => (found === '' ? 'names no AppArmor profile' : `has the AppArmor profile ${found}`),
  }),
  criterion('Seccomp Profile Type', {
    level: 'container',
    values: oneOf(['UNCONFINED', 'RUNTIME_DEFAULT', 'LOCALHOST']),
    negatable: true,
    single: true,
    read: ({ seccompProfile }) => (seccompProfile === undefined ? undefined : [seccompProfile]),
    field: (at) => at.at('securityContext', 'seccompProfile'),
    says: (found) => `has the seccomp profile ${found}`,
  }),
  ...(['liveness', 'readiness'] as const).map((kind) =>
    criterion(kind === 'liveness' ? 'Liveness Probe Defined' : 'Readiness Probe Defined', {
      level: 'container',
      values: truth,
      single: true,
      negatable: kind === 'readiness',
      read: ({ field, probed }) => (probed ? [field.at(`${kind}Probe`).isSet] : undefined),
      field: (at) => at.at(`${kind}Probe`),
      says: (found) => `has ${found === 'true' ? 'a' : 'no'} ${kind} probe`,
    }),
  ),
];

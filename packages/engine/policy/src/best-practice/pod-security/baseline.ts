import type { Field } from '../object/field.ts';
import { allContainersOf, type PodTemplate } from '../object/pod-template.ts';
import { containerContextFields, contextFields, notAllowed, unlisted } from './containers.ts';
import { type Breach, hasUserNamespace, type PodSecurityControl } from './control.ts';

const isNotTrue = (field: Field): boolean => !field.isTrue;

const windowsHostProcess: PodSecurityControl = {
  id: 'windowsHostProcess',
  title: 'HostProcess',
  level: 'baseline',
  severity: 'critical',
  why: 'A HostProcess container is a process of the Windows node, with its rights.',
  fix: 'Remove windowsOptions.hostProcess.',
  versions: [
    { since: 0, breaches: (pod) => notAllowed(contextFields(pod, 'windowsOptions', 'hostProcess'), isNotTrue) },
  ],
};

const hostNamespaces: PodSecurityControl = {
  id: 'hostNamespaces',
  title: 'Host namespaces',
  level: 'baseline',
  severity: 'high',
  why: "In the node's namespaces a pod sees its traffic, its processes and their memory.",
  fix: 'Remove hostNetwork, hostPID and hostIPC.',
  versions: [
    {
      since: 0,
      breaches: ({ spec }) => notAllowed([spec.at('hostNetwork'), spec.at('hostPID'), spec.at('hostIPC')], isNotTrue),
    },
  ],
};

const privileged: PodSecurityControl = {
  id: 'privileged',
  title: 'Privileged containers',
  level: 'baseline',
  severity: 'critical',
  why: 'A privileged container is root on the node.',
  fix: 'Remove securityContext.privileged.',
  versions: [{ since: 0, breaches: (pod) => notAllowed(containerContextFields(pod, 'privileged'), isNotTrue) }],
};

/** What container engines give by default, and nothing else. */
const defaultCapabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

const capabilities: PodSecurityControl = {
  id: 'capabilities_baseline',
  title: 'Capabilities',
  level: 'baseline',
  severity: 'high',
  why: 'Capabilities beyond the default ones are mostly a way out of the container.',
  fix: 'Remove them from capabilities.add.',
  versions: [
    {
      since: 0,
      breaches: (pod) => unlisted(containerContextFields(pod, 'capabilities', 'add'), defaultCapabilities),
    },
  ],
};

const hostPathVolumes: PodSecurityControl = {
  id: 'hostPathVolumes',
  title: 'HostPath volumes',
  level: 'baseline',
  severity: 'high',
  why: "The node's files hold credentials of the node and of all its pods.",
  fix: 'Use an emptyDir, a projected volume or a claim.',
  versions: [
    {
      since: 0,
      breaches: ({ spec }) =>
        spec
          .at('volumes')
          .items()
          .map((volume) => volume.at('hostPath'))
          .filter((field) => field.isSet)
          .map((field) => ({ field, problem: 'must not be used' })),
    },
  ],
};

const hostPorts: PodSecurityControl = {
  id: 'hostPorts',
  title: 'Host ports',
  level: 'baseline',
  severity: 'medium',
  why: 'A port of the node is reachable past Services and network policies.',
  fix: 'Remove hostPort and use a Service.',
  versions: [
    {
      since: 0,
      breaches: ({ spec }) =>
        notAllowed(
          allContainersOf(spec)
            .flatMap((container) => container.at('ports').items())
            .map((port) => port.at('hostPort')),
          (field) => field.number === 0,
        ),
    },
  ],
};

const hostProbes: PodSecurityControl = {
  id: 'hostProbesAndHostLifecycle',
  title: 'Hosts of probes and lifecycle handlers',
  level: 'baseline',
  severity: 'medium',
  why: 'The kubelet sends these requests: with a host they reach what only nodes can reach.',
  fix: 'Leave host out: the request then goes to the pod.',
  versions: [
    {
      since: 34,
      breaches: ({ spec }) => notAllowed(allContainersOf(spec).flatMap(handlerHosts), (field) => field.text === ''),
    },
  ],
};

function handlerHosts(container: Field): readonly Field[] {
  const handlers = [
    container.at('livenessProbe'),
    container.at('readinessProbe'),
    container.at('startupProbe'),
    container.at('lifecycle', 'postStart'),
    container.at('lifecycle', 'preStop'),
  ];
  return handlers.flatMap((handler) => [handler.at('httpGet', 'host'), handler.at('tcpSocket', 'host')]);
}

const appArmorAnnotation = 'container.apparmor.security.beta.kubernetes.io/';

const appArmor: PodSecurityControl = {
  id: 'appArmorProfile',
  title: 'AppArmor',
  level: 'baseline',
  severity: 'medium',
  why: 'Unconfined takes away the profile that container engines apply on their own.',
  fix: 'Use RuntimeDefault or Localhost, or leave the profile out.',
  versions: [
    {
      since: 0,
      breaches: (pod) => [
        ...notAllowed(contextFields(pod, 'appArmorProfile', 'type'), isProfile),
        ...notAllowed(annotationsFrom(pod, appArmorAnnotation), isAppArmorAnnotation),
      ],
    },
  ],
};

function isProfile(type: Field): boolean {
  return type.text === 'RuntimeDefault' || type.text === 'Localhost';
}

function isAppArmorAnnotation({ text }: Field): boolean {
  return text === '' || text === 'runtime/default' || text?.startsWith('localhost/') === true;
}

function annotationsFrom({ metadata }: PodTemplate, prefix: string): readonly Field[] {
  const annotations = metadata.at('annotations');
  return Object.keys(annotations.textMap)
    .filter((key) => key.startsWith(prefix))
    .map((key) => annotations.at(key));
}

const seLinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

const seLinux: PodSecurityControl = {
  id: 'seLinuxOptions',
  title: 'SELinux',
  level: 'baseline',
  severity: 'medium',
  why: 'Another type, user or role can have rights that containers must not have.',
  fix: 'Leave seLinuxOptions.user and role out, and use a type for containers.',
  versions: [
    { since: 0, breaches: (pod) => seLinuxBreaches(pod, new Set(seLinuxTypes)) },
    { since: 31, breaches: (pod) => seLinuxBreaches(pod, new Set([...seLinuxTypes, 'container_engine_t'])) },
  ],
};

function seLinuxBreaches(pod: PodTemplate, types: ReadonlySet<string>): readonly Breach[] {
  const options = (key: string) => contextFields(pod, 'seLinuxOptions', key);
  return [
    ...notAllowed(options('type'), ({ text }) => text !== undefined && types.has(text)),
    ...notAllowed([...options('user'), ...options('role')], ({ text }) => text === ''),
  ];
}

/** Also what the restricted level asks since 1.35, when this level began to allow more in user namespaces. */
export function procMountBreaches(pod: PodTemplate): readonly Breach[] {
  return notAllowed(containerContextFields(pod, 'procMount'), ({ text }) => text === 'Default');
}

const procMount: PodSecurityControl = {
  id: 'procMount',
  title: '/proc mount type',
  level: 'baseline',
  severity: 'high',
  why: 'Unmasked, /proc lets the kernel of the node be read and changed.',
  fix: 'Leave procMount out.',
  versions: [
    { since: 0, breaches: procMountBreaches },
    { since: 35, breaches: (pod) => (hasUserNamespace(pod) ? [] : procMountBreaches(pod)) },
  ],
};

const podSeccompAnnotation = 'seccomp.security.alpha.kubernetes.io/pod';
const containerSeccompAnnotation = 'container.seccomp.security.alpha.kubernetes.io/';

const seccomp: PodSecurityControl = {
  id: 'seccompProfile_baseline',
  title: 'Seccomp',
  level: 'baseline',
  severity: 'medium',
  why: 'Unconfined puts every system call within reach.',
  fix: 'Use RuntimeDefault or Localhost.',
  versions: [
    {
      since: 0,
      breaches: (pod) =>
        notAllowed(
          [...annotationsFrom(pod, podSeccompAnnotation), ...annotationsFrom(pod, containerSeccompAnnotation)],
          isSeccompAnnotation,
        ),
    },
    { since: 19, breaches: (pod) => notAllowed(contextFields(pod, 'seccompProfile', 'type'), isProfile) },
  ],
};

function isSeccompAnnotation({ text }: Field): boolean {
  return text === 'runtime/default' || text === 'docker/default' || text?.startsWith('localhost/') === true;
}

const sysctlNames = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const sysctlNames27 = [...sysctlNames, 'net.ipv4.ip_local_reserved_ports'];
const sysctlNames29 = [
  ...sysctlNames27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];
const sysctlNames32 = [...sysctlNames29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];

const sysctls: PodSecurityControl = {
  id: 'sysctls',
  title: 'Sysctls',
  level: 'baseline',
  severity: 'medium',
  why: 'Most kernel parameters are for the whole node.',
  fix: 'Remove the parameter, or let an administrator set it on the node.',
  versions: [
    { since: 0, breaches: (pod) => sysctlBreaches(pod, sysctlNames) },
    { since: 27, breaches: (pod) => sysctlBreaches(pod, sysctlNames27) },
    { since: 29, breaches: (pod) => sysctlBreaches(pod, sysctlNames29) },
    { since: 32, breaches: (pod) => sysctlBreaches(pod, sysctlNames32) },
  ],
};

function sysctlBreaches({ spec }: PodTemplate, allowed: readonly string[]): readonly Breach[] {
  const names = spec
    .at('securityContext', 'sysctls')
    .items()
    .map((sysctl) => sysctl.at('name'));
  return notAllowed(names, ({ text }) => text !== undefined && allowed.includes(text));
}

export const baselineControls: readonly PodSecurityControl[] = [
  windowsHostProcess,
  hostNamespaces,
  privileged,
  capabilities,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  appArmor,
  seLinux,
  procMount,
  seccomp,
  sysctls,
];

import type { KubeObject } from '@sekisho/kube';
import { describe, expect, test } from 'vitest';
import { type PodSecurityLevel, podSecurity, podSecurityControls } from '../index.ts';

type Parts = Record<string, unknown>;

/** A pod that the restricted level allows; containers get `container` and the pod `spec` besides. */
function podWith(container: Parts = {}, spec: Parts = {}, annotations: Record<string, string> = {}): KubeObject {
  const { securityContext = {}, ...rest } = container as { securityContext?: Parts };
  const { securityContext: podContext = {}, ...podRest } = spec as { securityContext?: Parts };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', annotations },
    spec: {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' }, ...podContext },
      containers: [
        {
          name: 'web',
          image: 'web:1',
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, ...securityContext },
          ...rest,
        },
      ],
      ...podRest,
    },
  };
}

interface Row {
  readonly control: string;
  readonly level?: PodSecurityLevel;
  readonly version?: string;
  readonly bad: readonly (readonly [pod: KubeObject, ...fields: string[]])[];
  readonly good: readonly KubeObject[];
}

const own = 'spec.containers[name=web].securityContext';
const context = (securityContext: Parts) => podWith({ securityContext });
const podContext = (securityContext: Parts) => podWith({}, { securityContext });
const withVolume = (source: Parts) => podWith({}, { volumes: [{ name: 'data', ...source }] });
const sysctl = (name: string) => podContext({ sysctls: [{ name, value: '1' }] });

const rows: readonly Row[] = [
  {
    control: 'windowsHostProcess',
    bad: [
      [context({ windowsOptions: { hostProcess: true } }), `${own}.windowsOptions.hostProcess`],
      [podContext({ windowsOptions: { hostProcess: true } }), 'spec.securityContext.windowsOptions.hostProcess'],
    ],
    good: [context({ windowsOptions: { hostProcess: false } })],
  },
  {
    control: 'hostNamespaces',
    bad: [
      [podWith({}, { hostNetwork: true, hostPID: true }), 'spec.hostNetwork', 'spec.hostPID'],
      [podWith({}, { hostIPC: true }), 'spec.hostIPC'],
    ],
    good: [podWith({}, { hostNetwork: false })],
  },
  {
    control: 'privileged',
    bad: [
      [context({ privileged: true }), `${own}.privileged`],
      [
        podWith({}, { initContainers: [{ name: 'init', securityContext: { privileged: true } }] }),
        'spec.initContainers[name=init].securityContext.privileged',
      ],
      [
        podWith({}, { ephemeralContainers: [{ name: 'debug', securityContext: { privileged: true } }] }),
        'spec.ephemeralContainers[name=debug].securityContext.privileged',
      ],
    ],
    good: [context({ privileged: false })],
  },
  {
    control: 'capabilities_baseline',
    bad: [[context({ capabilities: { add: ['CHOWN', 'NET_ADMIN'] } }), `${own}.capabilities.add`]],
    good: [context({ capabilities: { add: ['CHOWN', 'SYS_CHROOT'] } })],
  },
  {
    control: 'hostPathVolumes',
    bad: [[withVolume({ hostPath: { path: '/' } }), 'spec.volumes[name=data].hostPath']],
    good: [withVolume({ nfs: { server: 'a', path: '/' } })],
  },
  {
    control: 'hostPorts',
    bad: [[podWith({ ports: [{ containerPort: 80, hostPort: 80 }] }), 'spec.containers[name=web].ports[0].hostPort']],
    good: [podWith({ ports: [{ containerPort: 80, hostPort: 0 }] })],
  },
  {
    control: 'hostProbesAndHostLifecycle',
    version: 'v1.34',
    bad: [
      [
        podWith({ livenessProbe: { httpGet: { port: 80, host: '127.0.0.1' } } }),
        'spec.containers[name=web].livenessProbe.httpGet.host',
      ],
      [
        podWith({ lifecycle: { preStop: { tcpSocket: { port: 80, host: '10.0.0.1' } } } }),
        'spec.containers[name=web].lifecycle.preStop.tcpSocket.host',
      ],
    ],
    good: [podWith({ livenessProbe: { httpGet: { port: 80, host: '' } } })],
  },
  {
    control: 'appArmorProfile',
    bad: [
      [context({ appArmorProfile: { type: 'Unconfined' } }), `${own}.appArmorProfile.type`],
      [
        podWith({}, {}, { 'container.apparmor.security.beta.kubernetes.io/web': 'unconfined' }),
        'metadata.annotations."container.apparmor.security.beta.kubernetes.io/web"',
      ],
    ],
    good: [
      podContext({ appArmorProfile: { type: 'Localhost', localhostProfile: 'web' } }),
      podWith({}, {}, { 'container.apparmor.security.beta.kubernetes.io/web': 'localhost/web' }),
    ],
  },
  {
    control: 'seLinuxOptions',
    bad: [
      [context({ seLinuxOptions: { type: 'spc_t' } }), `${own}.seLinuxOptions.type`],
      [podContext({ seLinuxOptions: { user: 'root' } }), 'spec.securityContext.seLinuxOptions.user'],
      [podContext({ seLinuxOptions: { role: 'sysadm_r' } }), 'spec.securityContext.seLinuxOptions.role'],
    ],
    good: [
      context({ seLinuxOptions: { type: 'container_kvm_t', level: 's0:c1' } }),
      context({ seLinuxOptions: { type: 'container_engine_t' } }),
    ],
  },
  {
    control: 'seLinuxOptions',
    version: 'v1.30',
    bad: [[context({ seLinuxOptions: { type: 'container_engine_t' } }), `${own}.seLinuxOptions.type`]],
    good: [],
  },
  {
    control: 'procMount',
    bad: [[context({ procMount: 'Unmasked' }), `${own}.procMount`]],
    good: [
      context({ procMount: 'Default' }),
      podWith({ securityContext: { procMount: 'Unmasked' } }, { hostUsers: false }),
    ],
  },
  {
    control: 'procMount',
    version: '1.34',
    bad: [[podWith({ securityContext: { procMount: 'Unmasked' } }, { hostUsers: false }), `${own}.procMount`]],
    good: [],
  },
  {
    control: 'seccompProfile_baseline',
    bad: [[context({ seccompProfile: { type: 'Unconfined' } }), `${own}.seccompProfile.type`]],
    good: [podContext({ seccompProfile: undefined }), context({ seccompProfile: { type: 'Localhost' } })],
  },
  {
    control: 'seccompProfile_baseline',
    version: 'v1.18',
    bad: [
      [
        podWith({}, {}, { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' }),
        'metadata.annotations."seccomp.security.alpha.kubernetes.io/pod"',
      ],
    ],
    good: [podWith({}, {}, { 'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default' })],
  },
  {
    control: 'sysctls',
    bad: [[sysctl('kernel.msgmax'), 'spec.securityContext.sysctls[name=kernel.msgmax].name']],
    good: [sysctl('net.ipv4.tcp_rmem'), sysctl('kernel.shm_rmid_forced')],
  },
  {
    control: 'sysctls',
    version: 'v1.28',
    bad: [
      [sysctl('net.ipv4.tcp_keepalive_time'), 'spec.securityContext.sysctls[name=net.ipv4.tcp_keepalive_time].name'],
    ],
    good: [sysctl('net.ipv4.ip_local_reserved_ports')],
  },
  {
    control: 'restrictedVolumes',
    level: 'restricted',
    bad: [
      [withVolume({ hostPath: { path: '/' } }), 'spec.volumes[name=data].hostPath'],
      [withVolume({ nfs: { server: 'a', path: '/' } }), 'spec.volumes[name=data].nfs'],
    ],
    good: [withVolume({ emptyDir: {} }), withVolume({}), withVolume({ persistentVolumeClaim: { claimName: 'a' } })],
  },
  {
    control: 'allowPrivilegeEscalation',
    level: 'restricted',
    bad: [
      [context({ allowPrivilegeEscalation: undefined }), `${own}.allowPrivilegeEscalation`],
      [context({ allowPrivilegeEscalation: true }), `${own}.allowPrivilegeEscalation`],
    ],
    good: [podWith({ securityContext: { allowPrivilegeEscalation: undefined } }, { os: { name: 'windows' } })],
  },
  {
    control: 'runAsNonRoot',
    level: 'restricted',
    bad: [
      [podContext({ runAsNonRoot: undefined }), `${own}.runAsNonRoot`],
      [podContext({ runAsNonRoot: false }), 'spec.securityContext.runAsNonRoot'],
      [context({ runAsNonRoot: false }), `${own}.runAsNonRoot`],
    ],
    good: [
      podWith({ securityContext: { runAsNonRoot: true } }, { securityContext: { runAsNonRoot: undefined } }),
      podWith({}, { hostUsers: false, securityContext: { runAsNonRoot: false } }),
    ],
  },
  {
    control: 'runAsUser',
    level: 'restricted',
    bad: [
      [context({ runAsUser: 0 }), `${own}.runAsUser`],
      [podContext({ runAsUser: 0 }), 'spec.securityContext.runAsUser'],
    ],
    good: [context({ runAsUser: 1 })],
  },
  {
    control: 'seccompProfile_restricted',
    level: 'restricted',
    bad: [
      [podContext({ seccompProfile: undefined }), `${own}.seccompProfile.type`],
      [podContext({ seccompProfile: { type: 'Unconfined' } }), 'spec.securityContext.seccompProfile.type'],
    ],
    good: [
      podWith(
        { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
        { securityContext: { seccompProfile: undefined } },
      ),
    ],
  },
  {
    control: 'capabilities_restricted',
    level: 'restricted',
    bad: [
      [context({ capabilities: undefined }), `${own}.capabilities.drop`],
      [context({ capabilities: { drop: ['ALL'], add: ['CHOWN'] } }), `${own}.capabilities.add`],
    ],
    good: [context({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } })],
  },
  {
    control: 'procMount_restricted',
    level: 'restricted',
    bad: [[podWith({ securityContext: { procMount: 'Unmasked' } }, { hostUsers: false }), `${own}.procMount`]],
    good: [context({ procMount: 'Default' })],
  },
];

describe('podSecurity', () => {
  for (const { control, level = 'baseline', version, bad, good } of rows) {
    test(`${control} at ${version ?? 'latest'} names the fields that break it`, () => {
      for (const [pod, ...fields] of bad) {
        const violations = podSecurity(pod, level, version);
        expect(violations.map((violation) => violation.control.id)).toEqual([control]);
        expect(violations[0]?.breaches.map((breach) => breach.field)).toEqual(fields);
      }
      for (const pod of good) expect(podSecurity(pod, level, version)).toEqual([]);
    });
  }

  test('every control has a row', () => {
    expect([...new Set(rows.map(({ control }) => control))].sort()).toEqual(
      podSecurityControls.map(({ id }) => id).sort(),
    );
  });

  test('reads the template of a workload, and leaves other kinds and the privileged level alone', () => {
    const cronJob: KubeObject = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'report' },
      spec: { jobTemplate: { spec: { template: { spec: { hostPID: true } } } } },
    };
    expect(podSecurity(cronJob, 'baseline')[0]?.breaches[0]?.field).toBe('spec.jobTemplate.spec.template.spec.hostPID');
    expect(podSecurity(cronJob, 'privileged')).toEqual([]);
    expect(podSecurity({ ...cronJob, apiVersion: 'example.org/v1' }, 'restricted')).toEqual([]);
  });

  test('asks nothing that a version did not know yet', () => {
    const pod = podWith({ livenessProbe: { httpGet: { port: 80, host: '127.0.0.1' } } });
    expect(podSecurity(pod, 'baseline', 'v1.33')).toEqual([]);
    expect(podSecurity(context({ runAsUser: 0 }), 'restricted', 'v1.22')).toEqual([]);
  });
});

import { isSekishoError, messageOf } from '@sekisho/base';
import { deepEqual, type KubeObject } from '@sekisho/kube';
import { LEASES, NODES } from '../kinds/resources.ts';
import { formatMicroTime, formatTime } from '../kinds/time.ts';
import type { ControllerRuntime } from '../runtime/runtime.ts';

const LEASE_NAMESPACE = 'kube-node-lease';
/** Renewed seldom: each renewal is a durable write, and nobody fails over from a simulated node. */
const HEARTBEAT_MS = 60_000;
const LEASE_SECONDS = 180;
const KUBELET_VERSION = 'v1.35.0';

export interface NodeOptions {
  readonly name: string;
  readonly ip: string;
}

/** The Node as it should be; `existing` keeps what users set on it (labels, taints, cordon). */
export function nodeObject(options: NodeOptions, existing: KubeObject | undefined, now: number): KubeObject {
  const { name, ip } = options;
  const capacity = { cpu: '1000', memory: '4096Gi', pods: '100000', 'ephemeral-storage': '10Ti' };
  return {
    ...(existing ?? {
      apiVersion: 'v1',
      kind: 'Node',
      spec: { podCIDR: '10.244.0.0/16', podCIDRs: ['10.244.0.0/16'] },
    }),
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      ...existing?.metadata,
      name,
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': 'simulated',
        'topology.kubernetes.io/region': 'local',
        'topology.kubernetes.io/zone': 'local',
        'sekisho.dev/simulated': 'true',
        ...existing?.metadata.labels,
        'kubernetes.io/hostname': name,
      },
    },
    status: {
      capacity,
      allocatable: capacity,
      addresses: [
        { type: 'InternalIP', address: ip },
        { type: 'Hostname', address: name },
      ],
      conditions: nodeConditions(formatTime(now)),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture: 'amd64',
        bootID: '00000000-0000-0000-0000-000000000000',
        containerRuntimeVersion: 'simulated://1.0.0',
        kernelVersion: 'simulated',
        kubeProxyVersion: '',
        kubeletVersion: KUBELET_VERSION,
        machineID: 'simulated',
        operatingSystem: 'linux',
        osImage: 'Sekisho simulated node',
        systemUUID: '00000000-0000-0000-0000-000000000000',
      },
    },
  };
}

function nodeConditions(time: string): readonly Record<string, string>[] {
  const condition = (type: string, status: string, reason: string, message: string): Record<string, string> => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  });
  return [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    condition('Ready', 'True', 'KubeletReady', 'simulated node is posting ready status'),
  ];
}

/** Registers the node and keeps its Lease. */
export function startNode(runtime: ControllerRuntime, options: NodeOptions): void {
  const { client, clock, logger } = runtime;
  const nodes = runtime.informer(NODES);
  const queue = runtime.queue('node', 1, async () => {
    await register();
    await renewLease();
    return { afterMs: HEARTBEAT_MS };
  });
  nodes.on(({ type, object }) => {
    // Deleted by hand: a kubelet that restarts registers again.
    if (type === 'DELETED' && object.metadata.name === options.name) queue.add(options.name);
  });
  queue.add(options.name);

  async function register(): Promise<void> {
    const existing = nodes.get(options.name) ?? (await client.getIfExists(NODES, options.name));
    const wanted = nodeObject(options, existing, clock.now());
    const created = existing ?? (await client.create(NODES, wanted));
    if (existing !== undefined && !deepEqual(existing.metadata.labels, wanted.metadata.labels)) {
      const body = { metadata: { labels: wanted.metadata.labels } };
      await client.patch(NODES, options.name, undefined, { kind: 'merge', body });
    }
    if (isReady(created) && existing !== undefined) return;
    const body = { status: wanted['status'] };
    await client.patch(NODES, options.name, undefined, { kind: 'merge', body }, { subresource: 'status' });
  }

  async function renewLease(): Promise<void> {
    const spec = {
      holderIdentity: options.name,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime: formatMicroTime(clock.now()),
    };
    try {
      await client.patch(LEASES, options.name, LEASE_NAMESPACE, { kind: 'merge', body: { spec } });
    } catch (error) {
      if (!isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
      const metadata = { name: options.name, namespace: LEASE_NAMESPACE };
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
      await client.create(LEASES, lease).catch((cause) => {
        // The namespace comes with the cluster; without it there is no lease, and nothing depends on it.
        logger.debug({ error: messageOf(cause) }, 'the lease of the simulated node could not be created');
      });
    }
  }
}

function isReady(node: KubeObject): boolean {
  const status = node['status'] as { conditions?: readonly { type: string; status: string }[] } | undefined;
  return (status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');
}

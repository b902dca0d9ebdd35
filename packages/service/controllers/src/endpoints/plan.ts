import { deepEqual, type KubeObject } from '@sekisho/kube';
import type { Pod } from '../kinds/pod.ts';
import { SERVICES } from '../kinds/resources.ts';
import { stableSuffix } from '../kinds/template-hash.ts';
import { newControllerRef } from '../ownership/controller-ref.ts';
import { isFinished, isReady, isTerminating } from '../pods/pod-state.ts';

/** As kube-controller-manager's --max-endpoints-per-slice. */
const MAX_PER_SLICE = 100;
/** Endpoints objects hold at most this many addresses. */
const MAX_ADDRESSES = 1000;

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
export const SLICE_MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: number | string;
  readonly protocol?: string;
  readonly appProtocol?: string;
}

export interface Service extends KubeObject {
  spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly ServicePort[];
    readonly publishNotReadyAddresses?: boolean;
    readonly loadBalancerClass?: string;
  };
}

interface ResolvedPort {
  readonly name: string;
  readonly port?: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

interface Backend {
  readonly pod: Pod;
  readonly ip: string;
  readonly ready: boolean;
  readonly ports: readonly ResolvedPort[];
}

/** The pods behind a service that have an address, with its ports as each of them numbers them; sorted by name. */
function backendsOf(service: Service, pods: readonly Pod[]): Backend[] {
  const backends: Backend[] = [];
  const sorted = [...pods].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  for (const pod of sorted) {
    const ip = pod.status?.podIP;
    if (ip === undefined || ip === '' || isFinished(pod)) continue;
    const ready = service.spec.publishNotReadyAddresses === true || (isReady(pod) && !isTerminating(pod));
    backends.push({ pod, ip, ready, ports: resolvePorts(service, pod) });
  }
  return backends;
}

/** Ports whose name the pod does not know are left out. */
function resolvePorts(service: Service, pod: Pod): ResolvedPort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const protocol = port.protocol ?? 'TCP';
    const number = targetPort(port, pod, protocol);
    if (number === undefined) return [];
    const { name = '', appProtocol } = port;
    return [{ name, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

function targetPort(port: ServicePort, pod: Pod, protocol: string): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target === 0 ? port.port : target;
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  for (const container of [...pod.spec.containers, ...sidecars]) {
    const match = (container.ports ?? []).find((own) => own.name === target && (own.protocol ?? 'TCP') === protocol);
    if (match !== undefined) return match.containerPort;
  }
  return undefined;
}

/** The slices that a service should have; names are stable, so that doing it twice makes the same objects. */
export function planSlices(service: Service, pods: readonly Pod[]): KubeObject[] {
  const groups = groupByPorts(backendsOf(service, pods));
  // A service without backends still has one empty slice, as upstream makes.
  if (groups.length === 0) groups.push({ ports: [], backends: [] });
  const slices: KubeObject[] = [];
  for (const { ports, backends } of groups) {
    for (let at = 0; at === 0 || at < backends.length; at += MAX_PER_SLICE) {
      slices.push(sliceOf(service, slices.length, ports, backends.slice(at, at + MAX_PER_SLICE)));
    }
  }
  return slices;
}

interface PortGroup {
  readonly ports: readonly ResolvedPort[];
  readonly backends: Backend[];
}

function groupByPorts(backends: readonly Backend[]): PortGroup[] {
  const groups = new Map<string, PortGroup>();
  for (const backend of backends) {
    const key = JSON.stringify(backend.ports);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ports: backend.ports, backends: [backend] });
    else group.backends.push(backend);
  }
  return [...groups.values()];
}

function sliceOf(
  service: Service,
  index: number,
  ports: readonly ResolvedPort[],
  backends: readonly Backend[],
): KubeObject {
  const { name = '', namespace, uid = '', labels } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${stableSuffix(`${uid}/${index}`)}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...labels,
        [SERVICE_NAME_LABEL]: name,
        [MANAGED_BY_LABEL]: SLICE_MANAGER,
        ...(service.spec.clusterIP === 'None' ? { [HEADLESS_LABEL]: '' } : {}),
      },
      ownerReferences: [newControllerRef(SERVICES, service)],
    },
    addressType: 'IPv4',
    endpoints: backends.map((backend) => endpointOf(service, backend)),
    ports: ports.map((port) => ({ ...port })),
  };
}

function endpointOf(service: Service, { pod, ip, ready }: Backend): Record<string, unknown> {
  const { hostname, subdomain, nodeName } = pod.spec;
  const named = hostname !== undefined && subdomain === service.metadata.name;
  return {
    addresses: [ip],
    conditions: {
      ready,
      serving: service.spec.publishNotReadyAddresses === true || isReady(pod),
      terminating: isTerminating(pod),
    },
    ...(named ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: targetOf(pod),
  };
}

function targetOf({ metadata }: Pod): Record<string, unknown> {
  return { kind: 'Pod', name: metadata.name, namespace: metadata.namespace, uid: metadata.uid };
}

/** The older `v1 Endpoints` of the same backends. */
export function planEndpoints(service: Service, pods: readonly Pod[]): KubeObject {
  const { name = '', namespace, labels } = service.metadata;
  const groups = groupByPorts(
    backendsOf(service, pods)
      .filter(({ pod }) => !isTerminating(pod))
      .slice(0, MAX_ADDRESSES),
  );
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...labels,
        'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
        ...(service.spec.clusterIP === 'None' ? { [HEADLESS_LABEL]: '' } : {}),
      },
    },
    ...(groups.length === 0 ? {} : { subsets: groups.map((group) => subsetOf(service, group)) }),
  };
}

function subsetOf(service: Service, { ports, backends }: PortGroup): Record<string, unknown> {
  const addressOf = ({ pod, ip }: Backend): Record<string, unknown> => ({
    ip,
    ...(pod.spec.hostname !== undefined && pod.spec.subdomain === service.metadata.name
      ? { hostname: pod.spec.hostname }
      : {}),
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: targetOf(pod),
  });
  const ready = backends.filter((backend) => backend.ready).map(addressOf);
  const notReady = backends.filter((backend) => !backend.ready).map(addressOf);
  return {
    ...(ready.length === 0 ? {} : { addresses: ready }),
    ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
    ...(ports.length === 0
      ? {}
      : { ports: ports.map(({ name, ...port }) => (name === '' ? port : { name, ...port })) }),
  };
}

/** Whether a stored slice or Endpoints object says the same as the planned one. */
export function sameEndpoints(stored: KubeObject, planned: KubeObject): boolean {
  const fields = planned.kind === 'EndpointSlice' ? ['endpoints', 'ports'] : ['subsets'];
  return (
    fields.every((field) => deepEqual(stored[field] ?? [], planned[field] ?? [])) &&
    Object.entries(planned.metadata.labels ?? {}).every(([key, value]) => stored.metadata.labels?.[key] === value)
  );
}

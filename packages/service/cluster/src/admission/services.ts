import type { KubeObject } from '@sekisho/kube';
import type { Call } from '../api/call.ts';
import { collectionId } from '../api/registry.ts';
import { invalid } from '../api/status-error.ts';
import type { Storage } from '../storage/storage.ts';

interface ServicePort {
  port?: number;
  nodePort?: number;
  [field: string]: unknown;
}

interface ServiceSpec {
  type?: string;
  clusterIP?: string;
  clusterIPs?: string[];
  ipFamilies?: string[];
  ipFamilyPolicy?: string;
  ports?: ServicePort[];
  healthCheckNodePort?: number;
  externalTrafficPolicy?: string;
  [field: string]: unknown;
}

export interface ServiceAdmission {
  admitCreate(call: Call, object: KubeObject, dryRun: boolean): { object: KubeObject; undo: () => void };
  admitUpdate(call: Call, live: KubeObject, next: KubeObject): KubeObject;
}

const FIRST_PORT = 30_000;
const PORTS = 2768;
/** 10.96.0.0/12 without its first and last addresses. */
const RANGE_START = (10 << 24) | (96 << 16);
const ADDRESSES = 2 ** 20 - 2;

/**
 * Gives services their cluster address and node ports. What is taken is read from the stored services once and kept in
 * step with the history, so an allocation costs the same however many services there are.
 */
export function createServiceAdmission(storage: Storage): ServiceAdmission {
  const services = storage.collection(collectionId('', 'services'));
  const addresses = new Map<string, number>();
  const ports = new Map<number, number>();
  let position: number | undefined;
  let nextAddress = 10;
  let nextPort = 0;

  const count = (object: KubeObject, by: 1 | -1): void => {
    const spec = specOf(object);
    if (isAddress(spec.clusterIP)) add(addresses, spec.clusterIP, by);
    for (const port of nodePortsOf(spec)) add(ports, port, by);
  };
  /** Catches up with what was stored and deleted since the last look. */
  const refresh = (): void => {
    const { history } = services;
    if (position === undefined || position < history.start) {
      addresses.clear();
      ports.clear();
      for (const stored of services.range('')) count(stored.object, 1);
      for (const taken of reserved.values()) count(taken, 1);
      position = history.end;
      return;
    }
    for (; position < history.end; position += 1) {
      const event = history.at(position);
      if (event === undefined) continue;
      if (event.previous !== undefined) count(event.previous.object, -1);
      if (event.type !== 'DELETED') {
        count(event.stored.object, 1);
        const { uid = '' } = event.stored.object.metadata;
        const held = reserved.get(uid);
        if (held !== undefined) {
          count(held, -1);
          reserved.delete(uid);
        }
      }
    }
  };
  /** Taken by services that are not yet on disk, by uid. */
  const reserved = new Map<string, KubeObject>();

  const allocate = (call: Call, object: KubeObject, live: KubeObject | undefined): KubeObject => {
    refresh();
    const spec = { ...specOf(object) };
    const { info } = call.resource;
    const name = object.metadata.name ?? '';
    const type = spec.type ?? 'ClusterIP';
    if (type === 'ExternalName') {
      const { clusterIP: _ip, clusterIPs: _ips, ipFamilies: _families, ipFamilyPolicy: _policy, ...rest } = spec;
      return { ...object, spec: rest };
    }
    const before = live === undefined ? undefined : specOf(live);
    if ((spec.clusterIP ?? '') === '') spec.clusterIP = before?.clusterIP ?? '';
    if (spec.clusterIP === '') {
      for (let tries = 0; spec.clusterIP === '' && tries < ADDRESSES; tries += 1) {
        const candidate = addressAt(1 + (nextAddress++ % ADDRESSES));
        if ((addresses.get(candidate) ?? 0) === 0) spec.clusterIP = candidate;
      }
    } else if (
      isAddress(spec.clusterIP) &&
      spec.clusterIP !== before?.clusterIP &&
      (addresses.get(spec.clusterIP) ?? 0) > 0
    ) {
      throw invalid(info.group, info.kind, name, [
        {
          path: 'spec.clusterIPs',
          type: 'invalid',
          value: [spec.clusterIP],
          message: `Invalid value: ["${spec.clusterIP}"]: failed to allocate IP ${spec.clusterIP}: provided IP is already allocated`,
        },
      ]);
    }
    spec.clusterIPs = [spec.clusterIP ?? ''];
    spec.ipFamilies ??= ['IPv4'];
    spec.ipFamilyPolicy ??= 'SingleStack';
    const wantsPorts = type === 'NodePort' || type === 'LoadBalancer';
    const own = new Set(before === undefined ? [] : nodePortsOf(before));
    const used = new Set<number>();
    spec.ports = (spec.ports ?? []).map((port, index) => {
      if (!wantsPorts || (type === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] === false)) {
        if (wantsPorts || before === undefined || !own.has(port.nodePort ?? 0)) return port;
        const { nodePort: _nodePort, ...rest } = port;
        return rest;
      }
      const asked = port.nodePort ?? keptPort(before, port);
      if (asked !== undefined && asked !== 0) {
        if (!own.has(asked) && (ports.get(asked) ?? 0) > 0) {
          throw invalid(info.group, info.kind, name, [
            {
              path: `spec.ports[${index}].nodePort`,
              type: 'invalid',
              value: asked,
              message: `Invalid value: ${asked}: provided port is already allocated`,
            },
          ]);
        }
        if (asked < FIRST_PORT || asked >= FIRST_PORT + PORTS) {
          throw invalid(info.group, info.kind, name, [
            {
              path: `spec.ports[${index}].nodePort`,
              type: 'invalid',
              value: asked,
              message: `Invalid value: ${asked}: provided port is not in the valid range. The range of valid ports is 30000-32767`,
            },
          ]);
        }
        used.add(asked);
        return { ...port, nodePort: asked };
      }
      for (let tries = 0; tries < PORTS; tries += 1) {
        const candidate = FIRST_PORT + (nextPort++ % PORTS);
        if ((ports.get(candidate) ?? 0) === 0 && !used.has(candidate)) {
          used.add(candidate);
          return { ...port, nodePort: candidate };
        }
      }
      return port;
    });
    return { ...object, spec };
  };

  return {
    admitCreate: (call, object, dryRun) => {
      const admitted = allocate(call, object, undefined);
      const { uid = '' } = admitted.metadata;
      if (dryRun) return { object: admitted, undo: () => {} };
      reserved.set(uid, admitted);
      count(admitted, 1);
      return {
        object: admitted,
        undo: () => {
          if (reserved.delete(uid)) count(admitted, -1);
        },
      };
    },
    admitUpdate: (call, live, next) => allocate(call, next, live),
  };
}

function specOf(object: KubeObject): ServiceSpec {
  return (object['spec'] ?? {}) as ServiceSpec;
}

function isAddress(value: string | undefined): value is string {
  return value !== undefined && value !== '' && value !== 'None';
}

function nodePortsOf(spec: ServiceSpec): number[] {
  return (spec.ports ?? []).flatMap((port) =>
    port.nodePort === undefined || port.nodePort === 0 ? [] : [port.nodePort],
  );
}

/** A port that stays keeps its node port when the client leaves it out. */
function keptPort(before: ServiceSpec | undefined, port: ServicePort): number | undefined {
  return before?.ports?.find(
    (old) => old.port === port.port && (old['protocol'] ?? 'TCP') === (port['protocol'] ?? 'TCP'),
  )?.nodePort;
}

function addressAt(offset: number): string {
  const value = RANGE_START + offset;
  return `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function add<K>(counts: Map<K, number>, key: K, by: number): void {
  const next = (counts.get(key) ?? 0) + by;
  if (next <= 0) counts.delete(key);
  else counts.set(key, next);
}

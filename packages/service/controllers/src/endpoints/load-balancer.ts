import type { EventRecorder, ResourceType } from '@sekisho/client';
import { deepEqual, type KubeObject } from '@sekisho/kube';
import { INGRESSES, SERVICES } from '../kinds/resources.ts';
import { keyOf, splitKey } from '../runtime/key.ts';
import type { ControllerRuntime } from '../runtime/runtime.ts';
import type { Service } from './plan.ts';

interface Balanced {
  readonly loadBalancer?: { readonly ingress?: readonly Readonly<Record<string, unknown>>[] };
}

/** The load balancer status that an object should have: one simulated address, or none. */
export function simulatedIngress(object: KubeObject, address: string): readonly Readonly<Record<string, unknown>>[] {
  if (object.kind === 'Ingress') return [{ ip: address }];
  const { type, loadBalancerClass } = (object as Service).spec;
  // A class names somebody else's load balancer.
  if (type !== 'LoadBalancer') return [];
  return loadBalancerClass === undefined ? [{ ip: address, ipMode: 'VIP' }] : undefinedIngress(object);
}

function undefinedIngress(object: KubeObject): readonly Readonly<Record<string, unknown>>[] {
  return (object['status'] as Balanced | undefined)?.loadBalancer?.ingress ?? [];
}

/** Gives Services of type LoadBalancer and Ingresses an address, as a cloud would; its events say that it is simulated. */
export function startLoadBalancerController(runtime: ControllerRuntime, address: string): void {
  const recorder = runtime.recorder('service-controller');
  follow(runtime, recorder, SERVICES, address);
  follow(runtime, recorder, INGRESSES, address);
}

function follow(runtime: ControllerRuntime, recorder: EventRecorder, type: ResourceType, address: string): void {
  const informer = runtime.informer(type);
  const queue = runtime.queue(`load-balancer ${type.resource}`, 4, async (key, signal) => {
    const { namespace, name } = splitKey(key);
    const object = informer.get(name, namespace);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return undefined;
    const status = object['status'] as Balanced | undefined;
    const ingress = simulatedIngress(object, address);
    if (deepEqual(status?.loadBalancer?.ingress ?? [], ingress)) return undefined;
    const loadBalancer = ingress.length === 0 ? {} : { ingress };
    const next = { ...object, status: { ...status, loadBalancer } };
    const written = await runtime.client.update(type, next, { subresource: 'status' });
    if (ingress.length > 0) {
      const message = `Ensured load balancer (simulated address ${address}: nothing listens there)`;
      recorder.event(object, 'Normal', 'EnsuredLoadBalancer', message);
    }
    await runtime.observed(type, written, signal);
    return undefined;
  });
  informer.on(({ type: change, object }) => {
    if (change !== 'DELETED') queue.add(keyOf(object));
  });
}

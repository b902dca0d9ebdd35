import type { KubeObject } from '@sekisho/kube';
import { conditionsOf, objectAt, objectsAt, stringAt } from '../json.ts';
import { type Health, health } from './health.ts';

/** v1 Service: only a LoadBalancer has something to wait for. */
export function serviceHealth(object: KubeObject): Health {
  if (stringAt(objectAt(object, 'spec'), 'type') !== 'LoadBalancer' || hasAddress(object)) return health('Healthy');
  return health('Progressing', 'the load balancer has no address yet');
}

export function ingressHealth(object: KubeObject): Health {
  return hasAddress(object) ? health('Healthy') : health('Progressing', 'the ingress has no address yet');
}

export function apiServiceHealth(object: KubeObject): Health {
  const available = conditionsOf(object).find((condition) => condition.type === 'Available');
  if (available === undefined) return health('Progressing', 'availability is not known yet');
  const message = [available.reason, available.message].filter((part) => part !== '').join(': ');
  return health(available.status === 'True' ? 'Healthy' : 'Progressing', message);
}

function hasAddress(object: KubeObject): boolean {
  return objectsAt(objectAt(objectAt(object, 'status'), 'loadBalancer'), 'ingress').length > 0;
}

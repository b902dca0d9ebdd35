import type { KubeObject } from '@sekisho/kube';
import { conditionsOf, numberAt, objectAt } from '../json.ts';
import { type Health, health } from './health.ts';

/**
 * Any kind that nobody wrote rules for, by kstatus's generic rules:
 * InProgress → Progressing, Failed → Degraded, Current → Healthy.
 */
export function genericHealth(object: KubeObject): Health {
  const observed = numberAt(objectAt(object, 'status'), 'observedGeneration');
  const generation = object.metadata.generation;
  if (observed !== undefined && generation !== undefined && observed !== generation) {
    return health('Progressing', `the controller has seen generation ${observed} of ${generation}`);
  }
  const conditions = conditionsOf(object);
  const reconciling = conditions.find(({ type, status }) => type === 'Reconciling' && status === 'True');
  if (reconciling !== undefined) return health('Progressing', reconciling.message);
  const stalled = conditions.find(({ type, status }) => type === 'Stalled' && status === 'True');
  if (stalled !== undefined) return health('Degraded', stalled.message);
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready !== undefined && ready.status !== 'True') return health('Progressing', ready.message);
  return health('Healthy', ready?.message);
}

import type { KubeObject } from '@sekisho/kube';
import { conditionsOf, objectAt, objectsAt, stringAt } from '../json.ts';
import { type Health, health } from './health.ts';

/** batch/v1 Job. Argo CD looks at which condition types exist; only Suspended must be True to count as suspended. */
export function jobHealth(object: KubeObject): Health {
  let failed: string | undefined;
  let done: string | undefined;
  let suspended = false;
  for (const condition of conditionsOf(object)) {
    if (condition.type === 'Failed') failed = condition.message;
    else if (condition.type === 'Complete') done = condition.message;
    else if (condition.type === 'Suspended') {
      done = condition.message;
      suspended ||= condition.status === 'True';
    }
  }
  if (failed !== undefined) return health('Degraded', failed);
  if (done === undefined) return health('Progressing', 'the job has not ended yet');
  return health(suspended ? 'Suspended' : 'Healthy', done);
}

/** batch/v1 CronJob: a missed success is a fault only when a later run has started and none is active. */
export function cronJobHealth(object: KubeObject): Health {
  if (objectAt(object, 'spec')['suspend'] === true) return health('Healthy', 'the cron job is suspended');
  if (object['status'] === undefined) return health('Progressing', 'the controller has not seen the cron job yet');
  const status = objectAt(object, 'status');
  const scheduled = stringAt(status, 'lastScheduleTime');
  const succeeded = stringAt(status, 'lastSuccessfulTime');
  if (scheduled === '') return health('Healthy', 'not scheduled yet');
  if (succeeded === '') return health('Healthy', 'no run has succeeded yet');
  if (objectsAt(status, 'active').length > 0) return health('Healthy', 'a run is active');
  // RFC 3339 in UTC with whole seconds, as the API server writes it: text order is time order.
  if (succeeded < scheduled) return health('Degraded', 'the last run did not succeed');
  return health('Healthy');
}

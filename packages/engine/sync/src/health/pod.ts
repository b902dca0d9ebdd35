import type { KubeObject } from '@sekisho/kube';
import { conditionsOf, type JsonObject, numberAt, objectAt, objectsAt, optionalObjectAt, stringAt } from '../json.ts';
import { isHook } from '../operation/hook.ts';
import { type Health, health } from './health.ts';

/** v1 Pod, by Argo CD's rules. */
export function podHealth(object: KubeObject): Health {
  const spec = objectAt(object, 'spec');
  const status = objectAt(object, 'status');
  const restartPolicy = stringAt(spec, 'restartPolicy');
  const restartsAlways = restartPolicy === 'Always';
  const ignoresPolicy =
    object.metadata.annotations?.['argocd.argoproj.io/ignore-restart-policy'] === 'true' && !isHook(object);

  if (restartsAlways || ignoresPolicy) {
    const messages = waitingFaults(status);
    if (messages !== undefined) return health('Degraded', messages.join(', '));
  }
  switch (stringAt(status, 'phase')) {
    case 'Pending':
      return health('Progressing', stringAt(status, 'message'));
    case 'Succeeded':
      return health('Healthy', stringAt(status, 'message'));
    case 'Failed':
      return health('Degraded', failureMessage(status));
    case 'Running':
      if (restartsAlways || ignoresPolicy) return runningHealth(object, status);
      // OnFailure and Never are pods that should end: while they run they are not done.
      return health('Progressing', stringAt(status, 'message'));
    default:
      return health('Unknown', stringAt(status, 'message'));
  }
}

function runningHealth(object: KubeObject, status: JsonObject): Health {
  const ready = conditionsOf(object).some((condition) => condition.type === 'Ready' && condition.status === 'True');
  if (ready) return health('Healthy', stringAt(status, 'message'));
  // A container that ended before and is not ready again is in trouble, not starting.
  for (const container of objectsAt(status, 'containerStatuses')) {
    if (optionalObjectAt(objectAt(container, 'lastState'), 'terminated') !== undefined) {
      return health('Degraded', stringAt(status, 'message'));
    }
  }
  return health('Progressing', stringAt(status, 'message'));
}

/** Messages of containers that wait because of a fault; undefined when none does. Init containers are not looked at. */
function waitingFaults(status: JsonObject): string[] | undefined {
  let faulty = false;
  const messages: string[] = [];
  for (const container of objectsAt(status, 'containerStatuses')) {
    const waiting = objectAt(objectAt(container, 'state'), 'waiting');
    const reason = stringAt(waiting, 'reason');
    if (!reason.startsWith('Err') && !reason.endsWith('Error') && !reason.endsWith('BackOff')) continue;
    faulty = true;
    const message = stringAt(waiting, 'message');
    if (message !== '') messages.push(message);
  }
  return faulty ? messages : undefined;
}

function failureMessage(status: JsonObject): string {
  const own = stringAt(status, 'message');
  if (own !== '') return own;
  for (const list of ['initContainerStatuses', 'containerStatuses']) {
    for (const container of objectsAt(status, list)) {
      const message = terminationMessage(container);
      if (message !== '') return message;
    }
  }
  return '';
}

function terminationMessage(container: JsonObject): string {
  const terminated = optionalObjectAt(objectAt(container, 'state'), 'terminated');
  if (terminated === undefined) return '';
  const message = stringAt(terminated, 'message');
  if (message !== '') return message;
  if (stringAt(terminated, 'reason') === 'OOMKilled') return 'OOMKilled';
  const code = numberAt(terminated, 'exitCode') ?? 0;
  return code === 0 ? '' : `container "${stringAt(container, 'name')}" failed with exit code ${code}`;
}

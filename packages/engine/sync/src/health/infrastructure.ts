import type { KubeObject } from '@sekisho/kube';
import { conditionsOf, objectAt, stringAt } from '../json.ts';
import { type Health, health } from './health.ts';

export function persistentVolumeClaimHealth(object: KubeObject): Health {
  switch (stringAt(objectAt(object, 'status'), 'phase')) {
    case 'Bound':
      return health('Healthy');
    case 'Pending':
      return health('Progressing');
    case 'Lost':
      return health('Degraded');
    default:
      return health('Unknown');
  }
}

/** policy PodDisruptionBudget: lacking pods are normal while a rollout goes on, any other False condition is a fault. */
export function podDisruptionBudgetHealth(object: KubeObject): Health {
  const fault = conditionsOf(object).find(
    (condition) => condition.status === 'False' && condition.reason !== 'InsufficientPods',
  );
  if (fault === undefined) return health('Healthy');
  return health('Degraded', fault.message === '' ? `${fault.type} is False: ${fault.reason}` : fault.message);
}

export function customResourceDefinitionHealth(object: KubeObject): Health {
  const conditions = conditionsOf(object);
  if (conditions.length === 0) return health('Progressing', 'the API server has not looked at the definition yet');
  const terminating = conditions.find(({ type, status }) => type === 'Terminating' && status === 'True');
  if (terminating !== undefined) return health('Progressing', `being deleted: ${terminating.message}`);
  const refused = conditions.find(({ type, status }) => type === 'NamesAccepted' && status === 'False');
  if (refused !== undefined) return health('Degraded', `names are not accepted: ${refused.message}`);
  const established = conditions.find(({ type }) => type === 'Established');
  if (established?.status !== 'True') {
    if (established?.reason === 'Installing') return health('Progressing', established.message);
    return health('Degraded', 'the definition is not established');
  }
  const violation = conditions.find(({ type, status }) => type === 'NonStructuralSchema' && status === 'True');
  if (violation !== undefined) return health('Degraded', `the schema is not structural: ${violation.message}`);
  return health('Healthy');
}

/** cert-manager Certificate: an issue in progress comes before what Ready says. */
export function certificateHealth(object: KubeObject): Health {
  const conditions = conditionsOf(object);
  const issuing = conditions.find(({ type, status }) => type === 'Issuing' && status === 'True');
  if (issuing !== undefined) return health('Progressing', issuing.message);
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready === undefined) return health('Progressing', 'the certificate has not been issued yet');
  return health(ready.status === 'True' ? 'Healthy' : 'Degraded', ready.message);
}

/** argoproj.io Workflow. */
export function workflowHealth(object: KubeObject): Health {
  const status = objectAt(object, 'status');
  const message = stringAt(status, 'message');
  switch (stringAt(status, 'phase')) {
    case '':
    case 'Pending':
    case 'Running':
      return health('Progressing', message);
    case 'Succeeded':
      return health('Healthy', message);
    case 'Failed':
    case 'Error':
      return health('Degraded', message);
    default:
      return health('Unknown', message);
  }
}

import type { KubeObject } from '@sekisho/kube';
import { age, humanDuration } from './age.ts';
import {
  AGE,
  at,
  CONTAINERS,
  IMAGES,
  integer,
  listAt,
  NAME,
  numberAt,
  orNone,
  SELECTOR,
  selectorText,
  text,
  textAt,
} from './cells.ts';
import type { Column } from './column.ts';

const desired = (object: KubeObject): number => numberAt(object, 'spec', 'replicas');

export const WORKLOAD_COLUMNS: Record<string, readonly Column[]> = {
  'apps/deployments': [
    NAME,
    text('Ready', (object) => `${numberAt(object, 'status', 'readyReplicas')}/${desired(object)}`),
    integer('Up-to-date', (object) => numberAt(object, 'status', 'updatedReplicas')),
    integer('Available', (object) => numberAt(object, 'status', 'availableReplicas')),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'apps/replicasets': replicaColumns(),
  '/replicationcontrollers': replicaColumns(),
  'apps/statefulsets': [
    NAME,
    text('Ready', (object) => `${numberAt(object, 'status', 'readyReplicas')}/${desired(object)}`),
    AGE,
    CONTAINERS,
    IMAGES,
  ],
  'apps/daemonsets': [
    NAME,
    integer('Desired', (object) => numberAt(object, 'status', 'desiredNumberScheduled')),
    integer('Current', (object) => numberAt(object, 'status', 'currentNumberScheduled')),
    integer('Ready', (object) => numberAt(object, 'status', 'numberReady')),
    integer('Up-to-date', (object) => numberAt(object, 'status', 'updatedNumberScheduled')),
    integer('Available', (object) => numberAt(object, 'status', 'numberAvailable')),
    text('Node Selector', (object) => selectorText(at(object, 'spec', 'template', 'spec', 'nodeSelector'))),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'apps/controllerrevisions': [
    NAME,
    text('Controller', (object) => {
      const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
      if (owner === undefined) return '<none>';
      const [group] = owner.apiVersion.includes('/') ? owner.apiVersion.split('/') : [''];
      return `${owner.kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${owner.name}`;
    }),
    integer('Revision', (object) => numberAt(object, 'revision')),
    AGE,
  ],
  'batch/jobs': [
    NAME,
    text('Status', jobStatus),
    text('Completions', (job) => {
      const succeeded = numberAt(job, 'status', 'succeeded');
      const completions = at(job, 'spec', 'completions');
      if (typeof completions === 'number') return `${succeeded}/${completions}`;
      const parallelism = numberAt(job, 'spec', 'parallelism');
      return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
    }),
    text('Duration', (job, now) => {
      const start = Date.parse(textAt(job, 'status', 'startTime'));
      if (Number.isNaN(start)) return '';
      const end = Date.parse(textAt(job, 'status', 'completionTime'));
      return humanDuration((Number.isNaN(end) ? now : end) - start);
    }),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'batch/cronjobs': [
    NAME,
    text('Schedule', (object) => textAt(object, 'spec', 'schedule')),
    text('Timezone', (object) => orNone(textAt(object, 'spec', 'timeZone'))),
    text('Suspend', (object) => (at(object, 'spec', 'suspend') === true ? 'True' : 'False')),
    integer('Active', (object) => listAt(object, 'status', 'active').length),
    text('Last Schedule', (object, now) => {
      const last = textAt(object, 'status', 'lastScheduleTime');
      return last === '' ? '<none>' : age(last, now);
    }),
    AGE,
    {
      ...CONTAINERS,
      cell: (object) =>
        jobContainers(object)
          .map((one) => textAt(one, 'name'))
          .join(','),
    },
    {
      ...IMAGES,
      cell: (object) =>
        jobContainers(object)
          .map((one) => textAt(one, 'image'))
          .join(','),
    },
    { ...SELECTOR, cell: (object) => selectorText(at(object, 'spec', 'jobTemplate', 'spec', 'selector')) },
  ],
  'autoscaling/horizontalpodautoscalers': [
    NAME,
    text(
      'Reference',
      (object) =>
        `${textAt(object, 'spec', 'scaleTargetRef', 'kind')}/${textAt(object, 'spec', 'scaleTargetRef', 'name')}`,
    ),
    text('Targets', hpaTargets),
    text('MinPods', (object) => textAt(object, 'spec', 'minReplicas') || '<unset>'),
    integer('MaxPods', (object) => numberAt(object, 'spec', 'maxReplicas')),
    integer('Replicas', (object) => numberAt(object, 'status', 'currentReplicas')),
    AGE,
  ],
  'policy/poddisruptionbudgets': [
    NAME,
    text('Min Available', (object) => textAt(object, 'spec', 'minAvailable') || 'N/A'),
    text('Max Unavailable', (object) => textAt(object, 'spec', 'maxUnavailable') || 'N/A'),
    integer('Allowed Disruptions', (object) => numberAt(object, 'status', 'disruptionsAllowed')),
    AGE,
  ],
};

function replicaColumns(): readonly Column[] {
  return [
    NAME,
    integer('Desired', desired),
    integer('Current', (object) => numberAt(object, 'status', 'replicas')),
    integer('Ready', (object) => numberAt(object, 'status', 'readyReplicas')),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ];
}

function jobContainers(object: KubeObject): Record<string, unknown>[] {
  return listAt(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec', 'containers');
}

function jobStatus(job: KubeObject): string {
  const isTrue = (type: string): boolean =>
    listAt(job, 'status', 'conditions').some(
      (condition) => condition['type'] === type && condition['status'] === 'True',
    );
  if (isTrue('Complete')) return 'Complete';
  if (isTrue('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (isTrue('Suspended')) return 'Suspended';
  if (isTrue('FailureTarget')) return 'FailureTarget';
  if (isTrue('SuccessCriteriaMet')) return 'SuccessCriteriaMet';
  return 'Running';
}

function hpaTargets(object: KubeObject): string {
  const current = listAt(object, 'status', 'currentMetrics');
  const metrics = listAt(object, 'spec', 'metrics').map((metric, index) => {
    const field =
      textAt(metric, 'type') === 'ContainerResource' ? 'containerResource' : textAt(metric, 'type').toLowerCase();
    const target = at(metric, field, 'target');
    const now = at(current[index], field, 'current');
    const name = textAt(metric, field, 'name') || textAt(metric, field, 'metric', 'name');
    const utilization = textAt(target, 'averageUtilization');
    if (utilization !== '')
      return `${name}: ${textAt(now, 'averageUtilization') || '<unknown>'}${textAt(now, 'averageUtilization') === '' ? '' : '%'}/${utilization}%`;
    const average = textAt(target, 'averageValue');
    if (average !== '') return `${name}: ${textAt(now, 'averageValue') || '<unknown>'}/${average} (avg)`;
    return `${name}: ${textAt(now, 'value') || '<unknown>'}/${textAt(target, 'value')}`;
  });
  return metrics.length === 0 ? '<none>' : metrics.join(', ');
}

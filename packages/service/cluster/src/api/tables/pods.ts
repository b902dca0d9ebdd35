import type { KubeObject } from '@sekisho/kube';
import { age } from './age.ts';
import { AGE, at, listAt, NAME, numberAt, orNone, text, textAt, wide } from './cells.ts';
import type { Column } from './column.ts';

export const POD_COLUMNS: readonly Column[] = [
  NAME,
  text('Ready', (pod) => {
    const statuses = [...listAt(pod, 'status', 'containerStatuses'), ...sidecarStatuses(pod)];
    const total = listAt(pod, 'spec', 'containers').length + sidecars(pod).size;
    return `${statuses.filter((status) => status['ready'] === true).length}/${total}`;
  }),
  text('Status', podReason),
  text('Restarts', (pod, now) => {
    const statuses = [...listAt(pod, 'status', 'containerStatuses'), ...sidecarStatuses(pod)];
    const restarts = statuses.reduce((sum, status) => sum + numberAt(status, 'restartCount'), 0);
    if (restarts === 0) return '0';
    const ends = statuses
      .map((status) => textAt(status, 'lastState', 'terminated', 'finishedAt'))
      .filter((end) => end !== '');
    const last = ends.sort().at(-1);
    return last === undefined ? String(restarts) : `${restarts} (${age(last, now)} ago)`;
  }),
  AGE,
  wide('IP', (pod) => orNone(textAt(pod, 'status', 'podIP'))),
  wide('Node', (pod) => orNone(textAt(pod, 'spec', 'nodeName'))),
  wide('Nominated Node', (pod) => orNone(textAt(pod, 'status', 'nominatedNodeName'))),
  wide('Readiness Gates', (pod) => {
    const gates = listAt(pod, 'spec', 'readinessGates');
    if (gates.length === 0) return '<none>';
    const conditions = listAt(pod, 'status', 'conditions');
    const met = gates.filter((gate) =>
      conditions.some((condition) => condition['type'] === gate['conditionType'] && condition['status'] === 'True'),
    );
    return `${met.length}/${gates.length}`;
  }),
];

/** Init containers that keep running. */
function sidecars(pod: KubeObject): Set<string> {
  return new Set(
    listAt(pod, 'spec', 'initContainers')
      .filter((container) => container['restartPolicy'] === 'Always')
      .map((container) => textAt(container, 'name')),
  );
}

function sidecarStatuses(pod: KubeObject): Record<string, unknown>[] {
  const names = sidecars(pod);
  return names.size === 0
    ? []
    : listAt(pod, 'status', 'initContainerStatuses').filter((status) => names.has(textAt(status, 'name')));
}

/** The one word for a pod's state: phase, overruled by what its containers wait for or ended with. @see printers of upstream, printPod */
export function podReason(pod: KubeObject): string {
  let reason = textAt(pod, 'status', 'reason') || textAt(pod, 'status', 'phase');
  for (const condition of listAt(pod, 'status', 'conditions')) {
    if (condition['type'] === 'PodScheduled' && condition['reason'] === 'SchedulingGated') reason = 'SchedulingGated';
  }
  const initReason = initializing(pod);
  if (initReason !== undefined) reason = initReason;
  else reason = containerReason(pod, reason);
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (textAt(pod, 'status', 'reason') === 'NodeLost') return 'Unknown';
    const phase = textAt(pod, 'status', 'phase');
    if (phase !== 'Succeeded' && phase !== 'Failed') return 'Terminating';
  }
  return reason;
}

function initializing(pod: KubeObject): string | undefined {
  const containers = listAt(pod, 'spec', 'initContainers');
  const keepRunning = sidecars(pod);
  for (const [index, status] of listAt(pod, 'status', 'initContainerStatuses').entries()) {
    const terminated = at(status, 'state', 'terminated');
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    if (terminated !== undefined && numberAt(terminated, 'exitCode') === 0) continue;
    if (keepRunning.has(textAt(status, 'name')) && status['started'] === true) continue;
    if (terminated !== undefined) return `Init:${endOf(terminated)}`;
    if (waiting !== '' && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${containers.length}`;
  }
  return undefined;
}

function containerReason(pod: KubeObject, phase: string): string {
  let reason = phase;
  let running = false;
  for (const status of listAt(pod, 'status', 'containerStatuses').reverse()) {
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    const terminated = at(status, 'state', 'terminated');
    if (waiting !== '') reason = waiting;
    else if (terminated !== undefined) reason = endOf(terminated);
    else if (status['ready'] === true && at(status, 'state', 'running') !== undefined) running = true;
  }
  if (reason === 'Completed' && running) {
    const ready = listAt(pod, 'status', 'conditions').some(
      (condition) => condition['type'] === 'Ready' && condition['status'] === 'True',
    );
    return ready ? 'Running' : 'NotReady';
  }
  return reason;
}

function endOf(terminated: unknown): string {
  const reason = textAt(terminated, 'reason');
  if (reason !== '') return reason;
  const signal = numberAt(terminated, 'signal');
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${numberAt(terminated, 'exitCode')}`;
}

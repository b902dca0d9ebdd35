import type { KubeObject } from '@sekisho/kube';
import { Gauge, type Registry } from 'prom-client';
import { asRecord } from '../applications/as-record.ts';
import { HELD_ANNOTATION } from '../rollback/rollback-state.ts';

/** What is counted of one application. */
interface State {
  readonly namespace: string;
  readonly name: string;
  readonly project: string;
  readonly sync: string;
  readonly health: string;
  readonly phase: string;
  readonly held: boolean;
  /** Why it is not ready; undefined when it is. */
  readonly reason: string | undefined;
}

/** Applications that are named one by one; when more are not ready, the worst are. Prometheus keeps a series of each. */
const MAX_NAMED = 1000;

const SYNC = new Set(['Synced', 'OutOfSync']);
const HEALTH = new Set(['Healthy', 'Progressing', 'Suspended', 'Degraded', 'Missing']);
const PHASES = new Set(['Running', 'Terminating', 'Succeeded', 'Failed', 'Error']);
const ERRORS = new Set(['ComparisonError', 'InvalidSpecError', 'PolicyViolationError', 'SyncError', 'DeletionError']);
/** The worst first. */
const REASONS = [
  'Degraded',
  'SyncError',
  'InvalidSpecError',
  'PolicyViolationError',
  'ComparisonError',
  'DeletionError',
  'Missing',
  'OutOfSync',
  'Unknown',
  'Progressing',
  'Suspended',
];

/**
 * Gauges of all applications, counted change by change: a scrape costs as much as there are applications that are not
 * ready (the first {@link MAX_NAMED} of them), not as there are applications.
 */
export function observeApplications(
  registry: Registry,
  applications: {
    onChange(listener: (change: { key: string; object: KubeObject | undefined }) => void): void;
  },
): void {
  const states = new Map<string, State>();
  const counts = new Map<string, number>();
  const phases = new Map<string, number>();
  const unready = new Map<string, Map<string, State>>(REASONS.map((reason) => [reason, new Map()]));
  let held = 0;

  function count(state: State, by: 1 | -1): void {
    add(counts, `${state.sync} ${state.health}`, by);
    add(phases, state.phase, by);
    if (state.held) held += by;
  }

  applications.onChange(({ key, object }) => {
    const before = states.get(key);
    if (before !== undefined) {
      count(before, -1);
      unready.get(before.reason ?? '')?.delete(key);
    }
    if (object === undefined) {
      states.delete(key);
      return;
    }
    const state = stateOf(object);
    states.set(key, state);
    count(state, 1);
    unready.get(state.reason ?? '')?.set(key, state);
  });

  const registers = [registry];
  new Gauge({
    name: 'sekisho_applications',
    help: 'Applications by sync and health status.',
    labelNames: ['sync', 'health'],
    registers,
    collect() {
      this.reset();
      for (const [labels, value] of counts) {
        const [sync = '', health = ''] = labels.split(' ');
        this.set({ sync, health }, value);
      }
    },
  });
  new Gauge({
    name: 'sekisho_application_operations',
    help: 'Applications by the phase of their running or newest operation; None when there was none.',
    labelNames: ['phase'],
    registers,
    collect() {
      this.reset();
      for (const phase of [...PHASES, 'None']) this.set({ phase }, phases.get(phase) ?? 0);
    },
  });
  new Gauge({
    name: 'sekisho_applications_by_reason',
    help: 'Applications that are not ready (not Synced and Healthy, or with an error), by the worst reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      for (const reason of REASONS) this.set({ reason }, unready.get(reason)?.size ?? 0);
    },
  });
  new Gauge({
    name: 'sekisho_application_not_ready',
    help: `1 for each application that is not ready, with the worst reason; at most ${MAX_NAMED}, the worst first.`,
    labelNames: ['namespace', 'name', 'project', 'reason'],
    registers,
    collect() {
      this.reset();
      let left = MAX_NAMED;
      for (const reason of REASONS) {
        for (const { namespace, name, project } of unready.get(reason)?.values() ?? []) {
          if (left-- <= 0) return;
          this.set({ namespace, name, project, reason }, 1);
        }
      }
    },
  });
  new Gauge({
    name: 'sekisho_applications_held',
    help: 'Applications with revisions that are held after a rollback.',
    registers,
    collect() {
      this.set(held);
    },
  });
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const value = (counts.get(key) ?? 0) + by;
  if (value === 0) counts.delete(key);
  else counts.set(key, value);
}

/** Whoever may write a status could write anything into it: what is no known value counts as Unknown, and makes no series. */
function stateOf(object: KubeObject): State {
  const { metadata } = object;
  const spec = asRecord(object['spec']);
  const status = asRecord(object['status']);
  const sync = known(SYNC, asRecord(status['sync'])['status'], 'Unknown');
  const health = known(HEALTH, asRecord(status['health'])['status'], 'Unknown');
  const phase = known(PHASES, asRecord(status['operationState'])['phase'], 'None');
  const conditions = Array.isArray(status['conditions']) ? status['conditions'] : [];
  const errors = new Set(conditions.map((one) => known(ERRORS, asRecord(one)['type'], '')));
  const found = new Set([...errors, sync === 'Synced' ? '' : sync, health === 'Healthy' ? '' : health]);
  const project = spec['project'];
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    project: typeof project === 'string' && project !== '' ? project : 'default',
    sync,
    health,
    phase,
    held: metadata.annotations?.[HELD_ANNOTATION] !== undefined,
    reason: REASONS.find((reason) => found.has(reason)),
  };
}

function known(values: ReadonlySet<string>, value: unknown, otherwise: string): string {
  return typeof value === 'string' && values.has(value) ? value : otherwise;
}

import { forbidden, invalid } from '../../schema/field-error.ts';
import { isRecord } from '../../schema/schema.ts';
import { type Errors, type Json, listAt, numberAt, recordAt } from './report.ts';
import { sameJson } from './same-json.ts';

const fault =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Of a pod's spec only a few fields change after creation. Ephemeral containers come through their subresource. */
export function validatePodUpdate(old: Json, next: Json, errors: Errors): void {
  const before = recordAt(old, 'spec') ?? {};
  const after = recordAt(next, 'spec') ?? {};
  for (const role of ['containers', 'initContainers']) {
    if (listAt(before, role).length !== listAt(after, role).length) {
      errors.push(forbidden(`spec.${role}`, 'pod updates may not add or remove containers'));
      return;
    }
  }
  const oldDeadline = numberAt(before, 'activeDeadlineSeconds');
  const newDeadline = numberAt(after, 'activeDeadlineSeconds');
  if (oldDeadline !== undefined && oldDeadline !== newDeadline) {
    if (newDeadline === undefined) {
      errors.push(invalid('spec.activeDeadlineSeconds', null, 'must not update from a positive integer to nil value'));
    } else if (newDeadline > oldDeadline) {
      const detail = 'must be less than or equal to previous value';
      errors.push(invalid('spec.activeDeadlineSeconds', newDeadline, detail));
    }
  }
  if (!sameJson(fixedPart(before), fixedPart(after, before)) || !keepsTolerations(before, after)) {
    errors.push(forbidden('spec', fault));
  }
}

/** The spec without what may change. Scheduling gates may go, never come. */
function fixedPart(spec: Json, old?: Json): Json {
  const {
    activeDeadlineSeconds: _deadline,
    tolerations: _tolerations,
    ephemeralContainers: _ephemeral,
    schedulingGates,
    ...rest
  } = spec;
  const gated = listAt(old ?? spec, 'schedulingGates').length > 0;
  const affinity = recordAt(spec, 'affinity');
  const gates = old === undefined ? undefined : addedGates(schedulingGates, old['schedulingGates']);
  const grace = rest['terminationGracePeriodSeconds'];
  const oldGrace = old?.['terminationGracePeriodSeconds'];
  if (grace === 1 && typeof oldGrace === 'number' && oldGrace < 0) rest['terminationGracePeriodSeconds'] = oldGrace;
  return {
    ...rest,
    gates,
    // A pod that waits at a gate may still be told where to run.
    nodeSelector: gated ? undefined : spec['nodeSelector'],
    affinity: gated ? { ...affinity, nodeAffinity: undefined } : affinity,
    containers: withoutImages(spec, 'containers'),
    initContainers: withoutImages(spec, 'initContainers'),
  };
}

function addedGates(next: unknown, old: unknown): unknown {
  const known = new Set((Array.isArray(old) ? old : []).map((gate: unknown) => (isRecord(gate) ? gate['name'] : gate)));
  const added = (Array.isArray(next) ? next : []).filter(
    (gate: unknown) => !known.has(isRecord(gate) ? gate['name'] : gate),
  );
  return added.length === 0 ? undefined : added;
}

function withoutImages(spec: Json, role: string): unknown[] {
  return listAt(spec, role).map((container) => (isRecord(container) ? { ...container, image: undefined } : container));
}

function keepsTolerations(before: Json, after: Json): boolean {
  const kept = listAt(after, 'tolerations');
  return listAt(before, 'tolerations').every((old) =>
    kept.some((next) => sameJson(withoutSeconds(old), withoutSeconds(next))),
  );
}

function withoutSeconds(toleration: unknown): unknown {
  return isRecord(toleration) ? { ...toleration, tolerationSeconds: undefined } : toleration;
}

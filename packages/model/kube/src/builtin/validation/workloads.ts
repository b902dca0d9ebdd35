import { forbidden, invalid, notSupported, required } from '../../schema/field-error.ts';
import { isEmptySelector, selects, validateSelector } from './metadata.ts';
import { validatePodSpec, validatePodTemplate } from './pod-spec.ts';
import {
  countOrPercent,
  type Errors,
  eachAt,
  type Json,
  listAt,
  nonNegative,
  notMoreThanAll,
  numberAt,
  recordAt,
  textAt,
} from './report.ts';

export function validatePod(pod: Json, errors: Errors): void {
  validatePodSpec(recordAt(pod, 'spec') ?? {}, 'spec', true, errors);
}

export function validatePodTemplateObject(object: Json, errors: Errors): void {
  validatePodTemplate(recordAt(object, 'template'), 'template', errors);
}

export function validateDeployment(deployment: Json, errors: Errors): void {
  const spec = recordAt(deployment, 'spec') ?? {};
  nonNegative(errors, spec, 'replicas', 'spec');
  validateSelected(spec, 'spec', 'empty selector is invalid for deployment', errors);
  validateTemplate(spec, 'spec', ['Always'], errors);
  nonNegative(errors, spec, 'minReadySeconds', 'spec');
  nonNegative(errors, spec, 'revisionHistoryLimit', 'spec');
  const strategy = recordAt(spec, 'strategy');
  const rolling = recordAt(strategy, 'rollingUpdate');
  const path = 'spec.strategy.rollingUpdate';
  if (textAt(strategy, 'type') === 'Recreate') {
    if (rolling !== undefined) {
      errors.push(forbidden(path, "may not be specified when strategy `type` is 'Recreate'"));
    }
  } else if (rolling !== undefined) {
    const unavailable = countOrPercent(errors, `${path}.maxUnavailable`, rolling['maxUnavailable']);
    const surge = countOrPercent(errors, `${path}.maxSurge`, rolling['maxSurge']);
    if (unavailable === 0 && surge === 0) {
      errors.push(invalid(`${path}.maxUnavailable`, rolling['maxUnavailable'], 'may not be 0 when `maxSurge` is 0'));
    }
    notMoreThanAll(errors, `${path}.maxUnavailable`, rolling['maxUnavailable']);
  }
  nonNegative(errors, spec, 'progressDeadlineSeconds', 'spec');
  const deadline = numberAt(spec, 'progressDeadlineSeconds');
  if (deadline !== undefined && deadline <= (numberAt(spec, 'minReadySeconds') ?? 0)) {
    errors.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
  }
}

export function validateReplicaSet(set: Json, errors: Errors): void {
  const spec = recordAt(set, 'spec') ?? {};
  nonNegative(errors, spec, 'replicas', 'spec');
  nonNegative(errors, spec, 'minReadySeconds', 'spec');
  validateSelected(spec, 'spec', 'empty selector is invalid for deployment', errors);
  validateTemplate(spec, 'spec', ['Always'], errors);
}

export function validateReplicationController(controller: Json, errors: Errors): void {
  const spec = recordAt(controller, 'spec') ?? {};
  nonNegative(errors, spec, 'replicas', 'spec');
  nonNegative(errors, spec, 'minReadySeconds', 'spec');
  const selector = recordAt(spec, 'selector');
  if (selector === undefined || Object.keys(selector).length === 0) errors.push(required('spec.selector'));
  if (recordAt(spec, 'template') === undefined) {
    errors.push(required('spec.template'));
    return;
  }
  const labels = templateLabels(spec);
  if (selector !== undefined && !selects({ matchLabels: selector }, labels)) {
    errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  validateTemplate(spec, 'spec', ['Always'], errors);
}

export function validateDaemonSet(set: Json, errors: Errors): void {
  const spec = recordAt(set, 'spec') ?? {};
  validateSelected(spec, 'spec', 'empty selector is invalid for daemonset', errors);
  validateTemplate(spec, 'spec', ['Always'], errors);
  nonNegative(errors, spec, 'minReadySeconds', 'spec');
  nonNegative(errors, spec, 'revisionHistoryLimit', 'spec');
  const strategy = recordAt(spec, 'updateStrategy');
  const rolling = recordAt(strategy, 'rollingUpdate');
  if (textAt(strategy, 'type') === 'RollingUpdate' && rolling !== undefined) {
    const path = 'spec.updateStrategy.rollingUpdate';
    const unavailable = countOrPercent(errors, `${path}.maxUnavailable`, rolling['maxUnavailable']);
    const surge = countOrPercent(errors, `${path}.maxSurge`, rolling['maxSurge']);
    if (unavailable === 0 && surge === 0) {
      errors.push(invalid(`${path}.maxUnavailable`, rolling['maxUnavailable'], 'cannot be 0 when maxSurge is 0'));
    } else if (unavailable !== undefined && surge !== undefined && unavailable > 0 && surge > 0) {
      errors.push(invalid(`${path}.maxSurge`, rolling['maxSurge'], 'may not be set when maxUnavailable is non-zero'));
    }
    notMoreThanAll(errors, `${path}.maxUnavailable`, rolling['maxUnavailable']);
    notMoreThanAll(errors, `${path}.maxSurge`, rolling['maxSurge']);
  }
}

export function validateStatefulSet(set: Json, errors: Errors): void {
  const spec = recordAt(set, 'spec') ?? {};
  nonNegative(errors, spec, 'replicas', 'spec');
  nonNegative(errors, spec, 'minReadySeconds', 'spec');
  nonNegative(errors, spec, 'revisionHistoryLimit', 'spec');
  validateSelected(spec, 'spec', 'empty selector is invalid for statefulset', errors);
  // Volumes of the claim templates are known to the containers by the claims' names.
  validateTemplate(withClaimVolumes(spec), 'spec', ['Always'], errors);
  const strategy = recordAt(spec, 'updateStrategy');
  const rolling = recordAt(strategy, 'rollingUpdate');
  const path = 'spec.updateStrategy.rollingUpdate';
  if (textAt(strategy, 'type') === 'OnDelete' && rolling !== undefined) {
    const message = `only allowed for updateStrategy 'RollingUpdate'`;
    errors.push(invalid(path, rolling, message));
  } else if (rolling !== undefined) {
    nonNegative(errors, rolling, 'partition', path);
    if (rolling['maxUnavailable'] !== undefined) {
      const unavailable = countOrPercent(errors, `${path}.maxUnavailable`, rolling['maxUnavailable']);
      if (unavailable === 0) errors.push(invalid(`${path}.maxUnavailable`, rolling['maxUnavailable'], 'cannot be 0'));
      notMoreThanAll(errors, `${path}.maxUnavailable`, rolling['maxUnavailable']);
    }
  }
  nonNegative(errors, recordAt(spec, 'ordinals'), 'start', 'spec.ordinals');
}

function withClaimVolumes(spec: Json): Json {
  const claims = listAt(spec, 'volumeClaimTemplates');
  const template = recordAt(spec, 'template');
  const podSpec = recordAt(template, 'spec');
  if (claims.length === 0 || podSpec === undefined) return spec;
  const known = new Set<unknown>();
  eachAt(podSpec, 'volumes', '', (volume) => known.add(volume['name']));
  const added: Json[] = [];
  eachAt(spec, 'volumeClaimTemplates', '', (claim) => {
    const name = textAt(recordAt(claim, 'metadata'), 'name');
    if (name !== '' && !known.has(name)) added.push({ name, emptyDir: {} });
  });
  const volumes = [...listAt(podSpec, 'volumes'), ...added];
  return { ...spec, template: { ...template, spec: { ...podSpec, volumes } } };
}

/** The selector is there, sound, not empty, and selects the pods of the template. */
function validateSelected(spec: Json, path: string, emptyFault: string, errors: Errors): void {
  const selector = recordAt(spec, 'selector');
  if (selector === undefined) {
    errors.push(required(`${path}.selector`));
    return;
  }
  const before = errors.length;
  validateSelector(selector, `${path}.selector`, errors);
  if (isEmptySelector(selector)) errors.push(invalid(`${path}.selector`, selector, emptyFault));
  else if (errors.length === before) {
    const labels = templateLabels(spec);
    if (!selects(selector, labels)) {
      errors.push(invalid(`${path}.template.metadata.labels`, labels, '`selector` does not match template `labels`'));
    }
  }
}

function templateLabels(spec: Json): Json {
  return recordAt(recordAt(recordAt(spec, 'template'), 'metadata'), 'labels') ?? {};
}

function validateTemplate(spec: Json, path: string, restartPolicies: readonly string[], errors: Errors): void {
  const template = recordAt(spec, 'template');
  validatePodTemplate(template, `${path}.template`, errors);
  const podSpec = recordAt(template, 'spec');
  const policy = textAt(podSpec, 'restartPolicy');
  if (policy !== '' && !restartPolicies.includes(policy)) {
    errors.push(notSupported(`${path}.template.spec.restartPolicy`, policy, restartPolicies));
  }
  if (podSpec?.['activeDeadlineSeconds'] !== undefined) {
    errors.push(
      forbidden(`${path}.template.spec.activeDeadlineSeconds`, 'activeDeadlineSeconds in ReplicaSet is not Supported'),
    );
  }
}

const maxIndexedParallelism = 100_000;

export function validateJob(job: Json, errors: Errors): void {
  validateJobSpec(recordAt(job, 'spec') ?? {}, 'spec', errors);
}

export function validateJobSpec(spec: Json, path: string, errors: Errors): void {
  for (const key of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ]) {
    nonNegative(errors, spec, key, path);
  }
  if (spec['completionMode'] === 'Indexed') {
    if (spec['completions'] === undefined)
      errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
    const parallelism = numberAt(spec, 'parallelism') ?? 0;
    if (parallelism > maxIndexedParallelism) {
      const fault = `must be less than or equal to ${maxIndexedParallelism} when completion mode is Indexed`;
      errors.push(invalid(`${path}.parallelism`, parallelism, fault));
    }
  } else if (spec['backoffLimitPerIndex'] !== undefined) {
    errors.push(
      invalid(`${path}.backoffLimitPerIndex`, spec['backoffLimitPerIndex'], 'requires indexed completion mode'),
    );
  }
  const selector = recordAt(spec, 'selector');
  if (selector !== undefined) {
    const before = errors.length;
    validateSelector(selector, `${path}.selector`, errors);
    const labels = templateLabels(spec);
    if (errors.length === before && !selects(selector, labels)) {
      errors.push(invalid(`${path}.template.metadata.labels`, labels, '`selector` does not match template `labels`'));
    }
  }
  const template = recordAt(spec, 'template');
  validatePodTemplate(template, `${path}.template`, errors);
  const policy = textAt(recordAt(template, 'spec'), 'restartPolicy');
  if (policy !== 'OnFailure' && policy !== 'Never') {
    errors.push(required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"'));
  }
  if (spec['podFailurePolicy'] !== undefined && policy === 'OnFailure') {
    errors.push(
      invalid(
        `${path}.template.spec.restartPolicy`,
        policy,
        'only "Never" is supported when podFailurePolicy is specified',
      ),
    );
  }
}

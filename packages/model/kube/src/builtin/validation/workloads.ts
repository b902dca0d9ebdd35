import { forbidden, invalid, notSupported, required } from '../../schema/field-error.ts';
import { isRecord } from '../../schema/schema.ts';
import { validateClaimSpec } from './claim.ts';
import { isEmptySelector, selects, validateSelector } from './metadata.ts';
import { isDnsLabel } from './names.ts';
import { validatePodFailurePolicy } from './pod-failure-policy.ts';
import { validatePodSpec, validatePodTemplate } from './pod-spec.ts';
import {
  addInvalid,
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

const replicaSetRules: SelectionRules = {
  kind: 'ReplicaSet',
  emptyFault: 'empty selector is invalid for deployment',
  unreadableFault: 'invalid label selector',
};
const daemonSetRules: SelectionRules = {
  kind: 'DaemonSet',
  emptyFault: 'empty selector is invalid for daemonset',
  selectorOptional: true,
};
const statefulSetRules: SelectionRules = {
  kind: 'StatefulSet',
  emptyFault: 'empty selector is invalid for statefulset',
  unreadableFault: '',
};

export function validateDeployment(deployment: Json, errors: Errors): void {
  const spec = recordAt(deployment, 'spec') ?? {};
  nonNegative(errors, spec, 'replicas', 'spec');
  validateSelection(spec, recordAt(spec, 'template'), replicaSetRules, errors);
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
  validateSelection(spec, recordAt(spec, 'template'), replicaSetRules, errors);
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
  if (selector !== undefined && !selects({ matchLabels: selector }, labels ?? {})) {
    errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  validateTemplate(recordAt(spec, 'template'), 'ReplicationController', errors);
}

export function validateDaemonSet(set: Json, errors: Errors): void {
  const spec = recordAt(set, 'spec') ?? {};
  validateSelection(spec, recordAt(spec, 'template'), daemonSetRules, errors);
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
  const service = textAt(spec, 'serviceName');
  if (service !== '') addInvalid(errors, 'spec.serviceName', service, isDnsLabel(service));
  eachAt(spec, 'volumeClaimTemplates', 'spec', (claim, at) => {
    validateClaimSpec(recordAt(claim, 'spec') ?? {}, `${at}.spec`, errors);
  });
  validateSelection(spec, withClaimVolumes(spec), statefulSetRules, errors);
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

/** The template as its pods get it: with a volume per claim; hostname and subdomain are set by the controller. */
function withClaimVolumes(spec: Json): Json | undefined {
  const template = recordAt(spec, 'template');
  const podSpec = recordAt(template, 'spec');
  if (podSpec === undefined) return template;
  const added = new Map<string, Json>();
  eachAt(spec, 'volumeClaimTemplates', '', (claim) => {
    const name = textAt(recordAt(claim, 'metadata'), 'name');
    added.set(name, { name, persistentVolumeClaim: { claimName: name } });
  });
  const own = listAt(podSpec, 'volumes').filter((volume) => !isRecord(volume) || !added.has(textAt(volume, 'name')));
  const { hostname: _hostname, subdomain: _subdomain, ...rest } = podSpec;
  return { ...template, spec: { ...rest, volumes: [...added.values(), ...own] } };
}

interface SelectionRules {
  readonly kind: 'ReplicaSet' | 'StatefulSet' | 'DaemonSet';
  readonly emptyFault: string;
  /** What is said of a selector that can not be read; the template is then not looked at. */
  readonly unreadableFault?: string;
  readonly selectorOptional?: true;
}

/** The selector is sound, not empty, and selects the pods of the template; the template is sound and its pods restart. */
function validateSelection(spec: Json, template: Json | undefined, rules: SelectionRules, errors: Errors): void {
  const selector = recordAt(spec, 'selector');
  const before = errors.length;
  if (selector !== undefined) {
    validateSelector(selector, 'spec.selector', errors);
    const unreadable = errors.length > before;
    if (isEmptySelector(selector)) errors.push(invalid('spec.selector', selector, rules.emptyFault));
    if (unreadable && rules.unreadableFault !== undefined) {
      errors.push(invalid('spec.selector', selector, rules.unreadableFault));
      return;
    }
  } else if (rules.selectorOptional !== true) {
    errors.push(required('spec.selector'));
  }
  const labels = templateLabels(spec);
  // No selector selects nothing, an empty one everything.
  if (selector === undefined || (errors.length === before && !selects(selector, labels ?? {}))) {
    errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  validateTemplate(template, rules.kind, errors);
}

/** The labels of the pods; null when there are none, as messages show it. */
function templateLabels(spec: Json): Json | null {
  return recordAt(recordAt(recordAt(spec, 'template'), 'metadata'), 'labels') ?? null;
}

function validateTemplate(template: Json | undefined, kind: string, errors: Errors): void {
  validatePodTemplate(template, 'spec.template', errors);
  const podSpec = recordAt(template, 'spec');
  const policy = textAt(podSpec, 'restartPolicy');
  if (policy !== '' && policy !== 'Always') {
    errors.push(notSupported('spec.template.spec.restartPolicy', policy, ['Always']));
  }
  if (podSpec?.['activeDeadlineSeconds'] !== undefined) {
    const path = 'spec.template.spec.activeDeadlineSeconds';
    errors.push(forbidden(path, `activeDeadlineSeconds in ${kind} is not Supported`));
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
  const failed = numberAt(spec, 'maxFailedIndexes');
  const completions = numberAt(spec, 'completions');
  if (failed !== undefined && completions !== undefined && failed > completions) {
    errors.push(invalid(`${path}.maxFailedIndexes`, failed, 'must be less than or equal to completions'));
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
    if (errors.length === before && !selects(selector, labels ?? {})) {
      errors.push(invalid(`${path}.template.metadata.labels`, labels, '`selector` does not match template `labels`'));
    }
  }
  const template = recordAt(spec, 'template');
  validatePodTemplate(template, `${path}.template`, errors);
  const policy = textAt(recordAt(template, 'spec'), 'restartPolicy');
  if (policy !== 'OnFailure' && policy !== 'Never') {
    errors.push(required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"'));
  }
  validatePodFailurePolicy(spec, `${path}.podFailurePolicy`, errors);
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

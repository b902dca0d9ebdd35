import { compareQuantity, tryParseQuantity } from '../../quantity.ts';
import { forbidden, invalid, notSupported, required } from '../../schema/field-error.ts';
import { isRecord } from '../../schema/schema.ts';
import { isDnsLabel, isPathSegment } from './names.ts';
import {
  addInvalid,
  type Errors,
  eachAt,
  type Json,
  listAt,
  numberAt,
  recordAt,
  requireText,
  textAt,
} from './report.ts';

const maxWindowSeconds = 3600;
const maxPeriodSeconds = 1800;

export function validateAutoscaler(autoscaler: Json, errors: Errors): void {
  const spec = recordAt(autoscaler, 'spec') ?? {};
  const min = numberAt(spec, 'minReplicas');
  const max = numberAt(spec, 'maxReplicas') ?? 0;
  if (min !== undefined && min < 1) {
    errors.push(invalid('spec.minReplicas', min, 'must be greater than or equal to 1'));
  }
  if (max < 1) errors.push(invalid('spec.maxReplicas', max, 'must be greater than 0'));
  if (min !== undefined && max < min) {
    errors.push(invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'));
  }
  validateReference(recordAt(spec, 'scaleTargetRef') ?? {}, 'spec.scaleTargetRef', true, errors);
  const cpu = numberAt(spec, 'targetCPUUtilizationPercentage');
  if (cpu !== undefined && cpu < 1) {
    // Upstream words it of the metric into which this version's field is converted.
    errors.push(invalid('spec.metrics[0].resource.target.averageUtilization', cpu, 'must be greater than 0'));
  }
  eachAt(spec, 'metrics', 'spec', (metric, at) => validateMetric(metric, at, errors));
  for (const direction of ['scaleUp', 'scaleDown']) {
    const rules = recordAt(recordAt(spec, 'behavior'), direction);
    if (rules !== undefined) validateRules(rules, `spec.behavior.${direction}`, errors);
  }
}

function validateReference(reference: Json, path: string, groupRequired: boolean, errors: Errors): void {
  for (const key of ['kind', 'name']) {
    const text = requireText(errors, reference, key, path);
    if (text !== undefined) addInvalid(errors, `${path}.${key}`, text, isPathSegment(text));
  }
  const apiVersion = textAt(reference, 'apiVersion');
  if (groupRequired && !apiVersion.includes('/')) {
    errors.push(invalid(`${path}.apiVersion`, apiVersion, 'apiVersion must specify API group'));
  }
}

const sources = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;
const fieldOfType: Readonly<Record<string, (typeof sources)[number]>> = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
};
const typeNames = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];

function validateMetric(metric: Json, path: string, errors: Errors): void {
  const type = textAt(metric, 'type');
  if (type === '') {
    errors.push(required(`${path}.type`, 'must specify a metric source type'));
    errors.push(notSupported(`${path}.type`, type, typeNames));
  }
  const present = sources.filter((source) => isRecord(metric[source]));
  const [first] = present;
  if (first !== undefined) validateSource(first, recordAt(metric, first) ?? {}, `${path}.${first}`, errors);
  const expected = Object.hasOwn(fieldOfType, type) ? fieldOfType[type] : undefined;
  if (expected !== undefined && !present.includes(expected)) {
    errors.push(required(`${path}.${expected}`, 'must populate information for the given metric source'));
  }
  if (present.length === 1) return;
  for (const source of present) {
    if (source !== expected) errors.push(forbidden(`${path}.${source}`, 'must populate the given metric source only'));
  }
}

function validateSource(source: (typeof sources)[number], value: Json, path: string, errors: Errors): void {
  const target = recordAt(value, 'target') ?? {};
  const at = `${path}.target`;
  if (source === 'object')
    validateReference(recordAt(value, 'describedObject') ?? {}, `${path}.describedObject`, false, errors);
  if (source === 'resource' || source === 'containerResource') {
    requireText(errors, value, 'name', path, 'must specify a resource name');
  } else {
    const name = requireText(errors, recordAt(value, 'metric'), 'name', `${path}.metric`, 'must specify a metric name');
    if (name !== undefined) addInvalid(errors, `${path}.metric.name`, name, isPathSegment(name));
  }
  if (source === 'containerResource') {
    const container = requireText(errors, value, 'container', path, 'must specify a container');
    if (container !== undefined) addInvalid(errors, `${path}.container`, container, isDnsLabel(container));
  }
  validateTarget(target, at, errors);
  const has = (key: string): boolean => target[key] !== undefined;
  switch (source) {
    case 'pods':
      if (!has('averageValue')) {
        errors.push(required(`${at}.averageValue`, 'must specify a positive target averageValue'));
      }
      break;
    case 'object':
      if (!has('value') && !has('averageValue')) {
        errors.push(required(`${at}.averageValue`, 'must set either a target value or averageValue'));
      }
      break;
    case 'external':
      if (!has('value') && !has('averageValue')) {
        errors.push(required(`${at}.averageValue`, 'must set either a target value for metric or a per-pod target'));
      } else if (has('value') && has('averageValue')) {
        errors.push(forbidden(`${at}.value`, 'may not set both a target value for metric and a per-pod target'));
      }
      break;
    default:
      if (!has('averageUtilization') && !has('averageValue')) {
        errors.push(required(`${at}.averageUtilization`, 'must set either a target raw value or a target utilization'));
      } else if (has('averageUtilization') && has('averageValue')) {
        errors.push(forbidden(`${at}.averageValue`, 'may not set both a target raw value and a target utilization'));
      }
  }
}

function validateTarget(target: Json, path: string, errors: Errors): void {
  const type = textAt(target, 'type');
  if (type === '') {
    errors.push(required(`${path}.type`, 'must specify a metric target type'));
    errors.push(invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  }
  for (const key of ['value', 'averageValue']) {
    const quantity = target[key];
    if (tryParseQuantity(quantity) !== undefined && compareQuantity(quantity as string, 0) <= 0) {
      errors.push(invalid(`${path}.${key}`, quantity, 'must be positive'));
    }
  }
  const utilization = numberAt(target, 'averageUtilization');
  if (utilization !== undefined && utilization < 1) {
    errors.push(invalid(`${path}.averageUtilization`, utilization, 'must be greater than 0'));
  }
}

function validateRules(rules: Json, path: string, errors: Errors): void {
  const window = numberAt(rules, 'stabilizationWindowSeconds');
  const at = `${path}.stabilizationWindowSeconds`;
  if (window !== undefined && window < 0) errors.push(invalid(at, window, 'must be greater than or equal to zero'));
  if (window !== undefined && window > maxWindowSeconds) {
    errors.push(invalid(at, window, `must be less than or equal to ${maxWindowSeconds}`));
  }
  if (listAt(rules, 'policies').length === 0) {
    errors.push(required(`${path}.policies`, 'must specify at least one Policy'));
  }
  eachAt(rules, 'policies', path, (policy, where) => {
    if (textAt(policy, 'type') === '') errors.push(notSupported(`${where}.type`, '', ['Percent', 'Pods']));
    for (const key of ['value', 'periodSeconds']) {
      const number = numberAt(policy, key) ?? 0;
      if (number <= 0) errors.push(invalid(`${where}.${key}`, number, 'must be greater than zero'));
    }
    const period = numberAt(policy, 'periodSeconds') ?? 0;
    if (period > maxPeriodSeconds) {
      errors.push(invalid(`${where}.periodSeconds`, period, `must be less than or equal to ${maxPeriodSeconds}`));
    }
  });
}

import { duplicate, invalid, required, tooMany } from '../../schema/field-error.ts';
import { isQualifiedName } from './names.ts';
import { addInvalid, type Errors, eachAt, type Json, listAt, recordAt, textAt } from './report.ts';

const maxRules = 20;
const maxExitCodes = 255;
const maxPatterns = 20;

/** When a Job gives up or goes on after pods failed. `spec` is the Job's. */
export function validatePodFailurePolicy(spec: Json, path: string, errors: Errors): void {
  const policy = recordAt(spec, 'podFailurePolicy');
  if (policy === undefined) return;
  const count = listAt(policy, 'rules').length;
  if (count > maxRules) errors.push(tooMany(`${path}.rules`, count, maxRules));
  const containers = new Set<string>();
  const podSpec = recordAt(recordAt(spec, 'template'), 'spec');
  for (const role of ['containers', 'initContainers']) {
    eachAt(podSpec, role, '', (container) => containers.add(textAt(container, 'name')));
  }
  eachAt(policy, 'rules', path, (rule, at) => validateRule(spec, rule, at, containers, errors));
}

function validateRule(spec: Json, rule: Json, path: string, containers: ReadonlySet<string>, errors: Errors): void {
  const action = textAt(rule, 'action');
  if (action === '') {
    errors.push(required(`${path}.action`, 'valid values: ["Count" "FailIndex" "FailJob" "Ignore"]'));
  } else if (action === 'FailIndex' && spec['backoffLimitPerIndex'] === undefined) {
    errors.push(invalid(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set'));
  }
  const onExitCodes = recordAt(rule, 'onExitCodes');
  const patterns = listAt(rule, 'onPodConditions').length;
  if (onExitCodes !== undefined) validateExitCodes(onExitCodes, `${path}.onExitCodes`, containers, errors);
  if (patterns > maxPatterns) errors.push(tooMany(`${path}.onPodConditions`, patterns, maxPatterns));
  eachAt(rule, 'onPodConditions', path, (pattern, at) => {
    const type = textAt(pattern, 'type');
    addInvalid(errors, `${at}.type`, type, isQualifiedName(type));
    if (textAt(pattern, 'status') === '') {
      errors.push(required(`${at}.status`, 'valid values: ["False" "True" "Unknown"]'));
    }
  });
  if ((onExitCodes !== undefined) === patterns > 0) {
    const fault =
      patterns > 0
        ? 'specifying both OnExitCodes and OnPodConditions is not supported'
        : 'specifying one of OnExitCodes and OnPodConditions is required';
    errors.push({ path, type: 'invalid', message: `Invalid value: ${fault}` });
  }
}

function validateExitCodes(codes: Json, path: string, containers: ReadonlySet<string>, errors: Errors): void {
  const operator = textAt(codes, 'operator');
  if (operator === '') errors.push(required(`${path}.operator`, 'valid values: ["In" "NotIn"]'));
  const container = codes['containerName'];
  if (typeof container === 'string' && !containers.has(container)) {
    const fault = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(`${path}.containerName`, container, fault));
  }
  const values = listAt(codes, 'values');
  if (values.length === 0) errors.push(invalid(`${path}.values`, codes['values'], 'at least one value is required'));
  else if (values.length > maxExitCodes) errors.push(tooMany(`${path}.values`, values.length, maxExitCodes));
  const seen = new Set<unknown>();
  let ordered = true;
  values.forEach((value, index) => {
    const at = `${path}.values[${index}]`;
    if (operator === 'In' && value === 0) errors.push(invalid(at, value, 'must not be 0 for the In operator'));
    if (seen.has(value)) errors.push(duplicate(at, value));
    seen.add(value);
    const previous = values[index - 1];
    if (typeof previous === 'number' && typeof value === 'number' && previous > value) ordered = false;
  });
  if (!ordered) errors.push(invalid(`${path}.values`, values, 'must be ordered'));
}

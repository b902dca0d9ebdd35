import type { Criterion, RuntimeSubject } from '../criteria/criterion.ts';
import { findCriterion } from '../criteria/registry.ts';
import type { LifecycleStage, PolicyGroup, PolicySection, StackroxPolicy } from './policy.ts';
import type { Fault, JsonPath } from './proto-json.ts';

const order: readonly LifecycleStage[] = ['BUILD', 'DEPLOY', 'RUNTIME'];

/** Whether the stages and the event source of a policy know its criteria, and whether their values are well written. */
export function validateSections(policy: StackroxPolicy, path: JsonPath, fault: Fault): void {
  const at = [...path, 'policySections'];
  if (policy.policySections.length === 0) fault(at, 'STACKROX_POLICY_INVALID', 'must have one section at least');
  for (const [i, section] of policy.policySections.entries()) validateSection(policy, section, [...at, i], fault);
  validateCapabilities(policy, at, fault);
  const groups = policy.policySections.flatMap((section) => section.policyGroups);
  const atRuntime = policy.lifecycleStages.includes('RUNTIME');
  if (atRuntime && !groups.some(({ fieldName }) => findCriterion(fieldName)?.stage === 'RUNTIME')) {
    fault(at, 'STACKROX_STAGE_INVALID', 'must ask about a process, a flow, a file or a request at RUNTIME');
  }
}

function validateSection(policy: StackroxPolicy, section: PolicySection, path: JsonPath, fault: Fault): void {
  const groupsPath = [...path, 'policyGroups'];
  if (section.policyGroups.length === 0) fault(groupsPath, 'STACKROX_POLICY_INVALID', 'must have one group at least');
  const seen = new Set<string>();
  for (const [i, group] of section.policyGroups.entries()) {
    const at = [...groupsPath, i];
    const criterion = findCriterion(group.fieldName);
    if (criterion === undefined) {
      fault([...at, 'fieldName'], 'STACKROX_CRITERION_UNKNOWN', `"${group.fieldName}" is not a field of policies`);
      continue;
    }
    if (seen.has(group.fieldName)) {
      fault(at, 'STACKROX_CRITERION_INVALID', `"${group.fieldName}" has a group in this section already`);
    }
    seen.add(group.fieldName);
    validateGroup(policy, criterion, group, at, fault);
    validateStage(policy, criterion, [...at, 'fieldName'], fault);
  }
  validateCombination(policy, seen, path, fault);
}

function validateGroup(
  policy: StackroxPolicy,
  criterion: Criterion,
  group: PolicyGroup,
  path: JsonPath,
  fault: Fault,
): void {
  const { name, negatable, single } = criterion;
  const { values, negate, booleanOperator } = group;
  const invalid = (field: string, text: string) => fault([...path, field], 'STACKROX_CRITERION_INVALID', text);
  if (values.length === 0) invalid('values', `must hold a value for "${name}"`);
  if (values.length > 1 && single) invalid('values', `must hold one value: "${name}" takes no more`);
  if (negate && !negatable) invalid('negate', `must be false: "${name}" cannot be negated`);
  if (name === 'Image Signature Verified By' && booleanOperator === 'AND') {
    invalid('booleanOperator', `must be OR for "${name}"`);
  }
  for (const [i, { value }] of values.entries()) {
    const wrong = criterion.faultOf(value, policy.eventSource);
    if (wrong !== undefined) fault([...path, 'values', i, 'value'], 'STACKROX_VALUE_INVALID', `"${value}" ${wrong}`);
  }
}

function validateStage(
  { lifecycleStages, eventSource }: StackroxPolicy,
  { name, stage, runtime }: Criterion,
  path: JsonPath,
  fault: Fault,
): void {
  const tooEarly = lifecycleStages.find((each) => order.indexOf(each) < order.indexOf(stage));
  if (tooEarly !== undefined) {
    fault(
      path,
      'STACKROX_STAGE_INVALID',
      `"${name}" is known from ${stage} on, and the policy is asked at ${tooEarly}`,
    );
    return;
  }
  if (eventSource === 'NOT_APPLICABLE') return;
  const known = runtime?.sources ?? ['DEPLOYMENT_EVENT'];
  if (!known.includes(eventSource)) {
    fault(path, 'STACKROX_STAGE_INVALID', `"${name}" is not known of ${eventSource}, only of ${known.join(', ')}`);
  }
}

/** What needs what in one section, and what cannot stand beside what. */
function validateCombination(
  { eventSource }: StackroxPolicy,
  fields: ReadonlySet<string>,
  path: JsonPath,
  fault: Fault,
): void {
  function needs(wanted: string, because: string): void {
    if (!fields.has(wanted)) fault(path, 'STACKROX_CRITERION_INVALID', `must have a group "${wanted}": ${because}`);
  }
  if (eventSource === 'AUDIT_LOG_EVENT') {
    needs('Kubernetes Resource', 'the policy is about the audit log');
    needs('Kubernetes API Verb', 'the policy is about the audit log');
  } else if (fields.has('Kubernetes User Name') || fields.has('Kubernetes User Groups')) {
    needs('Kubernetes Resource', 'a user alone does nothing');
  }
  if (eventSource === 'NODE_EVENT') needs('File Path', 'the policy is about files of nodes');
  else if (fields.has('File Operation')) needs('File Path', 'an operation is done to a file');
  if (eventSource !== 'DEPLOYMENT_EVENT') return;
  const about = new Set<RuntimeSubject>();
  for (const field of fields) {
    const [first] = findCriterion(field)?.runtime?.about ?? [];
    if (first !== undefined) about.add(first === 'file' ? 'process' : first);
  }
  if (about.size > 1) {
    fault(path, 'STACKROX_CRITERION_INVALID', `must be about one kind of event, not ${[...about].join(' and ')}`);
  }
}

function validateCapabilities({ policySections }: StackroxPolicy, path: JsonPath, fault: Fault): void {
  function valuesOf(field: string): readonly string[] {
    const groups = policySections.flatMap((section) => section.policyGroups);
    return groups
      .filter(({ fieldName }) => fieldName === field)
      .flatMap(({ values }) => values.map((each) => each.value));
  }
  const dropped = new Set(valuesOf('Drop Capabilities'));
  const both = valuesOf('Add Capabilities').filter((value) => dropped.has(value));
  if (both.length > 0) {
    fault(path, 'STACKROX_CRITERION_INVALID', `must not ask to add and to drop ${both.join(', ')}`);
  }
}

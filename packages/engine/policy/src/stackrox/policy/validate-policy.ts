import { compilePattern } from '../criteria/pattern.ts';
import { enforcementStage } from './enforcement.ts';
import type { DeploymentExclusion, Exclusion, Scope, StackroxPolicy } from './policy.ts';
import type { Fault, JsonPath } from './proto-json.ts';
import { validateSections } from './validate-sections.ts';

/** What StackRox asks of a policy beyond the types of its fields. */
export function validatePolicy(policy: StackroxPolicy, path: JsonPath, fault: Fault): void {
  validateIdentity(policy, path, fault);
  validateStages(policy, path, fault);
  for (const [i, scope] of policy.scope.entries()) validateScope(scope, [...path, 'scope', i], fault);
  for (const [i, exclusion] of policy.exclusions.entries()) {
    validateExclusion(policy, exclusion, [...path, 'exclusions', i], fault);
  }
  validateSections(policy, path, fault);
}

function validateIdentity(policy: StackroxPolicy, path: JsonPath, fault: Fault): void {
  function invalid(field: keyof StackroxPolicy, text: string): void {
    fault([...path, field], 'STACKROX_POLICY_INVALID', text);
  }
  if (policy.policyVersion !== '1.1') invalid('policyVersion', 'must be "1.1", the only version that is read');
  if (!/^[^\n\r$]{5,128}$/.test(policy.name.trim()))
    invalid('name', 'must have 5 to 128 characters, no line end, no $');
  if (!/^[^$]{0,800}$/.test(policy.description)) invalid('description', 'must have at most 800 characters, and no $');
  if (policy.severity === 'UNSET_SEVERITY') invalid('severity', 'must be set');
  if (policy.categories.length === 0) invalid('categories', 'must name one at least');
  if (new Set(policy.categories).size < policy.categories.length) invalid('categories', 'must name each but once');
}

function validateStages(policy: StackroxPolicy, path: JsonPath, fault: Fault): void {
  const { lifecycleStages, eventSource, enforcementActions } = policy;
  const stageFault = (field: keyof StackroxPolicy, text: string) =>
    fault([...path, field], 'STACKROX_STAGE_INVALID', text);
  if (lifecycleStages.length === 0) stageFault('lifecycleStages', 'must name one at least');
  const atRuntime = lifecycleStages.includes('RUNTIME');
  if (atRuntime && eventSource === 'NOT_APPLICABLE') {
    stageFault('eventSource', 'must say which events a policy for RUNTIME is about');
  }
  if (lifecycleStages.some((stage) => stage !== 'RUNTIME') && eventSource !== 'NOT_APPLICABLE') {
    stageFault('eventSource', 'must not be set: there are no events at BUILD and DEPLOY');
  }
  if (eventSource === 'AUDIT_LOG_EVENT' && enforcementActions.length > 0) {
    stageFault('enforcementActions', 'must be empty: what the audit log tells has already happened');
  }
  for (const [i, action] of enforcementActions.entries()) {
    const stage = enforcementStage(action);
    if (stage === undefined || lifecycleStages.includes(stage)) continue;
    fault(
      [...path, 'enforcementActions', i],
      'STACKROX_ENFORCEMENT_UNUSED',
      `enforces at ${stage}, where the policy is not asked`,
      `Add ${stage} to lifecycleStages, or take the action away.`,
    );
  }
}

function validateScope(scope: Scope, path: JsonPath, fault: Fault): void {
  const { cluster, namespace, label, clusterLabel, namespaceLabel } = scope;
  const invalid = (text: string) => fault(path, 'STACKROX_EXCLUSION_INVALID', text);
  if (cluster === '' && namespace === '' && !(label ?? clusterLabel ?? namespaceLabel)) {
    invalid('must set one field at least');
  }
  if (cluster !== '' && clusterLabel !== undefined) invalid('must not set both cluster and clusterLabel');
  if (namespace !== '' && namespaceLabel !== undefined) invalid('must not set both namespace and namespaceLabel');
  validateExpression(namespace, [...path, 'namespace'], fault);
  for (const [name, each] of Object.entries({ label, clusterLabel, namespaceLabel })) {
    validateExpression(each?.key ?? '', [...path, name, 'key'], fault);
    validateExpression(each?.value ?? '', [...path, name, 'value'], fault);
  }
}

function validateExclusion(policy: StackroxPolicy, exclusion: Exclusion, path: JsonPath, fault: Fault): void {
  const { deployment, image } = exclusion;
  const invalid = (text: string, ...at: string[]) => fault([...path, ...at], 'STACKROX_EXCLUSION_INVALID', text);
  if (deployment === undefined && image === undefined) invalid('must name a deployment or an image');
  if (image !== undefined) {
    if (!policy.lifecycleStages.includes('BUILD')) invalid('counts only at BUILD', 'image');
    if (image.name === '') invalid('must have a name', 'image');
  }
  if (deployment !== undefined) {
    if (!policy.lifecycleStages.some((stage) => stage !== 'BUILD')) {
      invalid('counts only at DEPLOY and RUNTIME', 'deployment');
    }
    validateDeploymentExclusion(policy, deployment, [...path, 'deployment'], fault);
  }
}

function validateDeploymentExclusion(
  policy: StackroxPolicy,
  { name, scope }: DeploymentExclusion,
  path: JsonPath,
  fault: Fault,
): void {
  const invalid = (text: string) => fault(path, 'STACKROX_EXCLUSION_INVALID', text);
  const audited = policy.eventSource === 'AUDIT_LOG_EVENT';
  if (name === '' && scope === undefined) invalid('must have a name or a scope');
  if (audited && name !== '') invalid('must have no name: the audit log knows no deployments');
  validateExpression(name, [...path, 'name'], fault);
  if (scope === undefined) return;
  if (audited && scope.label !== undefined) invalid('must have no label: the audit log knows none');
  if (scope.clusterLabel !== undefined || scope.namespaceLabel !== undefined) {
    invalid('must not go by labels of clusters or namespaces');
  }
  validateScope(scope, [...path, 'scope'], fault);
}

function validateExpression(value: string, path: JsonPath, fault: Fault): void {
  try {
    compilePattern(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    fault(path, 'STACKROX_EXCLUSION_INVALID', `must be a regular expression (RE2): ${error.message}`);
  }
}

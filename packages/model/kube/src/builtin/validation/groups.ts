import { duplicate, forbidden, invalid, notSupported, required } from '../../schema/field-error.ts';
import { validateLabels, validateSelector } from './metadata.ts';
import { isDns1035Label, isDnsLabel, isDnsSubdomain, isPathSegment } from './names.ts';
import { validateTolerations } from './pod-spec.ts';
import {
  addInvalid,
  countOrPercent,
  type Errors,
  eachAt,
  type Json,
  listAt,
  notMoreThanAll,
  numberAt,
  recordAt,
  requireText,
  textAt,
} from './report.ts';

const rbacGroup = 'rbac.authorization.k8s.io';

export function validateRole(namespaced: boolean): (role: Json, errors: Errors) => void {
  return (role, errors) => {
    eachAt(role, 'rules', '', (rule, at) => {
      const path = at.slice(1);
      if (listAt(rule, 'verbs').length === 0) {
        errors.push(required(`${path}.verbs`, 'verbs must contain at least one value'));
      }
      const urls = listAt(rule, 'nonResourceURLs');
      if (urls.length > 0) {
        if (namespaced) {
          errors.push(invalid(`${path}.nonResourceURLs`, urls, 'namespaced rules cannot apply to non-resource URLs'));
        }
        if (
          listAt(rule, 'apiGroups').length + listAt(rule, 'resources').length + listAt(rule, 'resourceNames').length >
          0
        ) {
          const fault = 'rules cannot apply to both regular resources and non-resource URLs';
          errors.push(invalid(`${path}.nonResourceURLs`, urls, fault));
        }
        return;
      }
      if (listAt(rule, 'apiGroups').length === 0) {
        errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
      }
      if (listAt(rule, 'resources').length === 0) {
        errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
      }
    });
    validateSelectors(recordAt(role, 'aggregationRule'), errors);
  };
}

function validateSelectors(rule: Json | undefined, errors: Errors): void {
  if (rule === undefined) return;
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = listAt(rule, 'clusterRoleSelectors');
  if (selectors.length === 0) {
    errors.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  }
  eachAt(rule, 'clusterRoleSelectors', 'aggregationRule', (selector, at) => validateSelector(selector, at, errors));
}

export function validateRoleBinding(namespaced: boolean): (binding: Json, errors: Errors) => void {
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  return (binding, errors) => {
    const ref = recordAt(binding, 'roleRef') ?? {};
    const group = textAt(ref, 'apiGroup');
    if (group !== '' && group !== rbacGroup) errors.push(notSupported('roleRef.apiGroup', group, [rbacGroup]));
    const kind = textAt(ref, 'kind');
    if (!kinds.includes(kind)) errors.push(notSupported('roleRef.kind', kind, kinds));
    const name = requireText(errors, ref, 'name', 'roleRef');
    if (name !== undefined) addInvalid(errors, 'roleRef.name', name, isPathSegment(name));
    eachAt(binding, 'subjects', '', (subject, at) => validateSubject(subject, at.slice(1), errors));
  };
}

function validateSubject(subject: Json, path: string, errors: Errors): void {
  const name = requireText(errors, subject, 'name', path);
  const group = textAt(subject, 'apiGroup');
  switch (textAt(subject, 'kind')) {
    case 'ServiceAccount':
      if (name !== undefined) addInvalid(errors, `${path}.name`, name, isDnsSubdomain(name));
      if (group !== '') errors.push(notSupported(`${path}.apiGroup`, group, ['']));
      requireText(errors, subject, 'namespace', path);
      break;
    case 'User':
    case 'Group':
      if (group !== '' && group !== rbacGroup) errors.push(notSupported(`${path}.apiGroup`, group, [rbacGroup]));
      break;
    default:
      errors.push(notSupported(`${path}.kind`, textAt(subject, 'kind'), ['ServiceAccount', 'User', 'Group']));
  }
}

export function validateDisruptionBudget(budget: Json, errors: Errors): void {
  const spec = recordAt(budget, 'spec') ?? {};
  if (spec['minAvailable'] !== undefined && spec['maxUnavailable'] !== undefined) {
    errors.push(invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const key of ['minAvailable', 'maxUnavailable']) {
    countOrPercent(errors, `spec.${key}`, spec[key]);
    notMoreThanAll(errors, `spec.${key}`, spec[key]);
  }
  validateSelector(recordAt(spec, 'selector'), 'spec.selector', errors);
}

const highestUserPriority = 1_000_000_000;

export function validatePriorityClass(priorityClass: Json, errors: Errors): void {
  const name = textAt(recordAt(priorityClass, 'metadata'), 'name');
  const value = numberAt(priorityClass, 'value') ?? 0;
  if (name.startsWith('system-')) {
    if (name !== 'system-cluster-critical' && name !== 'system-node-critical') {
      const fault = 'priority class names with "system-" prefix are reserved for system use only';
      errors.push(forbidden('metadata.name', fault));
    }
  } else if (value > highestUserPriority) {
    errors.push(forbidden('value', `maximum allowed value of a user defined priority is ${highestUserPriority}`));
  }
}

export function validateWebhooks(configuration: Json, errors: Errors): void {
  const names = new Set<string>();
  eachAt(configuration, 'webhooks', '', (hook, at) => {
    const path = at.slice(1);
    const name = textAt(hook, 'name');
    if (name === '') errors.push(required(`${path}.name`));
    else {
      const faults = isDnsSubdomain(name);
      addInvalid(errors, `${path}.name`, name, faults);
      if (faults.length === 0 && name.split('.').length < 3) {
        const fault = 'should be a domain with at least three segments separated by dots';
        errors.push(invalid(`${path}.name`, name, fault));
      }
      if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
      names.add(name);
    }
    validateReviewVersions(listAt(hook, 'admissionReviewVersions'), `${path}.admissionReviewVersions`, errors);
    const effects = textAt(hook, 'sideEffects');
    if (effects === '') errors.push(required(`${path}.sideEffects`, 'must specify one of None, NoneOnDryRun'));
    else if (effects !== 'None' && effects !== 'NoneOnDryRun') {
      errors.push(notSupported(`${path}.sideEffects`, effects, ['None', 'NoneOnDryRun']));
    }
    const timeout = numberAt(hook, 'timeoutSeconds');
    if (timeout !== undefined && (timeout < 1 || timeout > 30)) {
      errors.push(invalid(`${path}.timeoutSeconds`, timeout, 'the timeout value must be between 1 and 30 seconds'));
    }
    validateClientConfig(recordAt(hook, 'clientConfig') ?? {}, `${path}.clientConfig`, errors);
    validateSelector(recordAt(hook, 'namespaceSelector'), `${path}.namespaceSelector`, errors);
    validateSelector(recordAt(hook, 'objectSelector'), `${path}.objectSelector`, errors);
    eachAt(hook, 'rules', path, (rule, where) => {
      for (const key of ['operations', 'apiGroups', 'apiVersions', 'resources']) {
        if (listAt(rule, key).length === 0) errors.push(required(`${where}.${key}`));
      }
    });
  });
}

function validateReviewVersions(versions: readonly unknown[], path: string, errors: Errors): void {
  if (versions.length === 0) {
    errors.push(required(path, 'must specify one of v1, v1beta1'));
    return;
  }
  const seen = new Set<unknown>();
  versions.forEach((version, index) => {
    if (typeof version !== 'string') return;
    if (seen.has(version)) errors.push(invalid(`${path}[${index}]`, version, 'duplicate version'));
    else addInvalid(errors, `${path}[${index}]`, version, isDns1035Label(version));
    seen.add(version);
  });
  if (!seen.has('v1') && !seen.has('v1beta1')) {
    errors.push(invalid(path, versions, 'must include at least one of v1, v1beta1'));
  }
}

function validateClientConfig(config: Json, path: string, errors: Errors): void {
  const url = config['url'];
  const service = recordAt(config, 'service');
  if ((url === undefined) === (service === undefined)) {
    errors.push(required(path, 'exactly one of url or service is required'));
  }
  if (typeof url === 'string' && !url.startsWith('https://')) {
    errors.push(
      invalid(`${path}.url`, url, "'https' is the only allowed URL scheme; desired format: https://host[/path]"),
    );
  }
  if (service !== undefined) {
    requireText(errors, service, 'name', `${path}.service`);
    requireText(errors, service, 'namespace', `${path}.service`);
  }
}

export function validateLease(lease: Json, errors: Errors): void {
  const spec = recordAt(lease, 'spec');
  const duration = numberAt(spec, 'leaseDurationSeconds');
  if (duration !== undefined && duration <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  }
  const transitions = numberAt(spec, 'leaseTransitions');
  if (transitions !== undefined && transitions < 0) {
    errors.push(invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
  }
}

export function validateRuntimeClass(runtimeClass: Json, errors: Errors): void {
  const handler = textAt(runtimeClass, 'handler');
  addInvalid(errors, 'handler', handler, isDnsLabel(handler));
  const scheduling = recordAt(runtimeClass, 'scheduling');
  validateLabels(recordAt(scheduling, 'nodeSelector'), 'scheduling.nodeSelector', errors);
  if (scheduling !== undefined) validateTolerations(scheduling, 'scheduling', errors);
}

export function validateApiService(service: Json, errors: Errors): void {
  const spec = recordAt(service, 'spec') ?? {};
  const name = textAt(recordAt(service, 'metadata'), 'name');
  const expected = `${textAt(spec, 'version')}.${textAt(spec, 'group')}`;
  if (name !== expected) {
    errors.push(invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(expected)}`));
  }
}

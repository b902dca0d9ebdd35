import { forbidden, invalid, required } from '../../schema/field-error.ts';
import {
  type ContainerRole,
  type PodFacts,
  validateContainer,
  validateIds,
  validateProfile,
  validateResources,
} from './containers.ts';
import { validateAnnotations, validateLabels, validateSelector } from './metadata.ts';
import { isDnsLabel, isDnsSubdomain, isQualifiedName } from './names.ts';
import { validateNodeSelector, validateNodeTerm } from './node-selector.ts';
import {
  addInvalid,
  type Errors,
  eachAt,
  type Json,
  listAt,
  nonNegative,
  numberAt,
  recordAt,
  textAt,
} from './report.ts';
import { validateVolumes } from './volumes.ts';

export function validatePodTemplate(template: Json | undefined, path: string, errors: Errors): void {
  const metadata = recordAt(template, 'metadata');
  validateLabels(recordAt(metadata, 'labels'), `${path}.labels`, errors);
  validateAnnotations(recordAt(metadata, 'annotations'), `${path}.annotations`, errors);
  validatePodSpec(recordAt(template, 'spec') ?? {}, `${path}.spec`, false, errors);
  if (listAt(recordAt(template, 'spec'), 'ephemeralContainers').length > 0) {
    errors.push(forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'));
  }
}

export function validatePodSpec(spec: Json, path: string, isPod: boolean, errors: Errors): void {
  const facts: PodFacts = {
    isPod,
    hostNetwork: spec['hostNetwork'] === true,
    volumes: validateVolumes(spec, path, errors),
    names: new Set(),
    hostPorts: new Set(),
  };
  if (listAt(spec, 'containers').length === 0) errors.push(required(`${path}.containers`));
  for (const role of ['containers', 'initContainers', 'ephemeralContainers'] satisfies ContainerRole[]) {
    eachAt(spec, role, path, (container, at) => validateContainer(container, at, role, facts, errors));
  }
  const deadline = numberAt(spec, 'activeDeadlineSeconds');
  if (deadline !== undefined && (deadline < 1 || deadline > 2_147_483_647)) {
    errors.push(invalid(`${path}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive'));
  }
  nonNegative(errors, spec, 'terminationGracePeriodSeconds', path);
  validateLabels(recordAt(spec, 'nodeSelector'), `${path}.nodeSelector`, errors);
  validateSecurityContext(recordAt(spec, 'securityContext'), `${path}.securityContext`, errors);
  validateResources(recordAt(spec, 'resources'), `${path}.resources`, errors);
  validateNames(spec, path, errors);
  validateDns(spec, path, errors);
  validateTolerations(spec, path, errors);
  validateAffinity(recordAt(spec, 'affinity'), `${path}.affinity`, errors);
  validateSpread(spec, path, errors);
}

function validateNames(spec: Json, path: string, errors: Errors): void {
  for (const key of ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName']) {
    const name = textAt(spec, key);
    if (name !== '') addInvalid(errors, `${path}.${key}`, name, isDnsSubdomain(name));
  }
  for (const key of ['hostname', 'subdomain']) {
    const name = textAt(spec, key);
    if (name !== '') addInvalid(errors, `${path}.${key}`, name, isDnsLabel(name));
  }
  eachAt(spec, 'hostAliases', path, (alias, at) => {
    listAt(alias, 'hostnames').forEach((name, index) => {
      if (typeof name === 'string') addInvalid(errors, `${at}.hostnames[${index}]`, name, isDnsSubdomain(name));
    });
  });
  eachAt(spec, 'schedulingGates', path, (gate, at) => {
    const name = textAt(gate, 'name');
    addInvalid(errors, `${at}.name`, name, isQualifiedName(name));
  });
}

function validateSecurityContext(context: Json | undefined, path: string, errors: Errors): void {
  if (context === undefined) return;
  validateIds(context, path, ['runAsUser', 'runAsGroup', 'fsGroup'], errors);
  validateProfile(context, path, errors);
}

function validateDns(spec: Json, path: string, errors: Errors): void {
  if (spec['dnsPolicy'] === 'None' && listAt(recordAt(spec, 'dnsConfig'), 'nameservers').length === 0) {
    const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
    errors.push(required(`${path}.dnsConfig.nameservers`, detail));
  }
}

/** Also of runtime classes. */
export function validateTolerations(spec: Json, path: string, errors: Errors): void {
  eachAt(spec, 'tolerations', path, (toleration, at) => {
    const key = textAt(toleration, 'key');
    const operator = textAt(toleration, 'operator');
    if (key !== '') addInvalid(errors, `${at}.key`, key, isQualifiedName(key));
    else if (operator !== 'Exists') {
      const fault = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalid(`${at}.operator`, operator, fault));
    }
    if (operator === 'Exists' && textAt(toleration, 'value') !== '') {
      errors.push(invalid(`${at}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
    }
    const effect = textAt(toleration, 'effect');
    if (toleration['tolerationSeconds'] !== undefined && effect !== 'NoExecute') {
      errors.push(invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
  });
}

function validateAffinity(affinity: Json | undefined, path: string, errors: Errors): void {
  if (affinity === undefined) return;
  const node = recordAt(affinity, 'nodeAffinity');
  const nodePath = `${path}.nodeAffinity`;
  const hard = recordAt(node, 'requiredDuringSchedulingIgnoredDuringExecution');
  if (hard !== undefined) {
    validateNodeSelector(hard, `${nodePath}.requiredDuringSchedulingIgnoredDuringExecution`, errors);
  }
  eachAt(node, 'preferredDuringSchedulingIgnoredDuringExecution', nodePath, (term, at) => {
    validateWeight(term, at, errors);
    validateNodeTerm(recordAt(term, 'preference') ?? {}, `${at}.preference`, errors);
  });
  for (const key of ['podAffinity', 'podAntiAffinity']) {
    const pods = recordAt(affinity, key);
    const at = `${path}.${key}`;
    eachAt(pods, 'requiredDuringSchedulingIgnoredDuringExecution', at, (term, where) =>
      validatePodTerm(term, where, errors),
    );
    eachAt(pods, 'preferredDuringSchedulingIgnoredDuringExecution', at, (term, where) => {
      validateWeight(term, where, errors);
      validatePodTerm(recordAt(term, 'podAffinityTerm') ?? {}, `${where}.podAffinityTerm`, errors);
    });
  }
}

function validateWeight(term: Json, path: string, errors: Errors): void {
  const weight = numberAt(term, 'weight') ?? 0;
  if (weight < 1 || weight > 100) errors.push(invalid(`${path}.weight`, weight, 'must be in the range 1-100'));
}

function validatePodTerm(term: Json, path: string, errors: Errors): void {
  validateSelector(recordAt(term, 'labelSelector'), `${path}.labelSelector`, errors);
  validateSelector(recordAt(term, 'namespaceSelector'), `${path}.namespaceSelector`, errors);
  const key = textAt(term, 'topologyKey');
  if (key === '') errors.push(required(`${path}.topologyKey`, 'can not be empty'));
  else addInvalid(errors, `${path}.topologyKey`, key, isQualifiedName(key));
}

function validateSpread(spec: Json, path: string, errors: Errors): void {
  eachAt(spec, 'topologySpreadConstraints', path, (constraint, at) => {
    const skew = numberAt(constraint, 'maxSkew') ?? 0;
    if (skew <= 0) errors.push(invalid(`${at}.maxSkew`, skew, 'must be greater than zero'));
    const domains = numberAt(constraint, 'minDomains');
    if (domains !== undefined && domains <= 0)
      errors.push(invalid(`${at}.minDomains`, domains, 'must be greater than zero'));
    if (textAt(constraint, 'topologyKey') === '') errors.push(required(`${at}.topologyKey`, 'can not be empty'));
    validateSelector(recordAt(constraint, 'labelSelector'), `${at}.labelSelector`, errors);
  });
}

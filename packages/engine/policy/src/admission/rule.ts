import { at, isRecord, isTexts } from '../gatekeeper/document.ts';
import type { Attributes, Operation } from './attributes.ts';
import { equivalentGroups, kindOfResource, resourceOf } from './resource.ts';

/** `NamedRuleWithOperations` of a policy. */
export interface Rule {
  readonly groups: readonly string[];
  readonly versions: readonly string[];
  readonly operations: readonly string[];
  readonly resources: readonly { readonly resource: string; readonly subResource: string }[];
  /** Empty: any. */
  readonly names: readonly string[];
  readonly scope: 'Cluster' | 'Namespaced' | '*';
}

export type MatchPolicy = 'Exact' | 'Equivalent';

type Fault = (path: readonly (string | number)[], message: string) => void;

const OPERATIONS: readonly string[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT', '*'];

/** Reads a list of rules; faults are told with their path in the list. */
export function readRules(value: unknown, fault: Fault): readonly Rule[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    fault([], 'must be a list');
    return [];
  }
  return value.map((entry: unknown, i) => readRule(entry, (path, message) => fault([i, ...path], message)));
}

function readRule(entry: unknown, fault: Fault): Rule {
  if (!isRecord(entry)) fault([], 'must be an object');
  const required = (field: string): readonly string[] => {
    const list = at(entry, field);
    if (isTexts(list) && list.length > 0) {
      if (list.includes('*') && list.length > 1) fault([field], "if '*' is present, must not specify others");
      return list;
    }
    fault([field], 'must be a list of at least one text');
    return [];
  };
  const operations = required('operations');
  operations.forEach((operation, i) => {
    if (!OPERATIONS.includes(operation))
      fault(['operations', i], `must be one of ${OPERATIONS.join(', ')}, not ${JSON.stringify(operation)}`);
  });
  const scope = at(entry, 'scope') ?? '*';
  if (scope !== 'Cluster' && scope !== 'Namespaced' && scope !== '*')
    fault(['scope'], `must be Cluster, Namespaced or *, not ${JSON.stringify(scope)}`);
  const names = at(entry, 'resourceNames') ?? [];
  if (!isTexts(names)) fault(['resourceNames'], 'must be a list of texts');
  const resources = at(entry, 'resources');
  if (!isTexts(resources) || resources.length === 0) fault(['resources'], 'must be a list of at least one text');
  return {
    groups: required('apiGroups'),
    versions: required('apiVersions'),
    operations,
    resources: (isTexts(resources) ? resources : []).map((text) => {
      const [resource = '', subResource = ''] = text.split('/', 2);
      return { resource, subResource };
    }),
    names: isTexts(names) ? names : [],
    scope: scope as Rule['scope'],
  };
}

export function matchesRule(rule: Rule, attributes: Attributes, policy: MatchPolicy): boolean {
  const { resource, operation } = attributes;
  return (
    holds(rule.operations, operation) &&
    matchesScope(rule, attributes) &&
    matchesGroupVersion(rule, resource, policy) &&
    matchesResource(rule, resource.resource, attributes.subResource) &&
    (rule.names.length === 0 || rule.names.includes(attributes.name))
  );
}

/** Whether a rule may be about objects of a kind, whatever their version, name and subresource. */
export function mayMatchKind(rule: Rule, group: string, kind: string, operation?: Operation): boolean {
  const plural = resourceOf(group, kind);
  if (operation !== undefined && !holds(rule.operations, operation)) return false;
  if (rule.resources.some(takesOtherKinds)) return true;
  return (
    equivalentGroups(group, plural).some((one) => holds(rule.groups, one)) &&
    rule.resources.some(({ resource }) => resource === '*' || resource === plural)
  );
}

/** Requests to subresources may bring objects of another kind and group: a Scale, an Eviction, PodExecOptions. */
export function takesOtherKinds({ subResource }: Rule['resources'][number]): boolean {
  return subResource !== '' && subResource !== 'status';
}

/** `apps/Deployment`, `Pod`, `*`: for people. */
export function kindsOf({ groups, resources }: Rule): string[] {
  return groups.flatMap((group) =>
    resources.map(({ resource, subResource }) => {
      const kind = resource === '*' ? '*' : kindOfResource(group, resource);
      const name = subResource === '' ? kind : `${kind}/${subResource}`;
      return group === '' || (group === '*' && kind === '*') ? name : `${group}/${name}`;
    }),
  );
}

function holds(wanted: readonly string[], value: string): boolean {
  return wanted.includes('*') || wanted.includes(value);
}

function matchesScope({ scope }: Rule, { namespace, isNamespace, subResource }: Attributes): boolean {
  if (scope === '*') return true;
  const isCluster = namespace === '' || (isNamespace && subResource === '');
  return isCluster === (scope === 'Cluster');
}

/**
 * No object is converted here: of equivalent versions each is looked at as it is written.
 */
function matchesGroupVersion(
  { groups, versions }: Rule,
  { group, version, resource }: Attributes['resource'],
  policy: MatchPolicy,
): boolean {
  if (policy === 'Exact') return holds(groups, group) && holds(versions, version);
  return equivalentGroups(group, resource).some((one) => holds(groups, one));
}

function matchesResource({ resources }: Rule, name: string, sub: string): boolean {
  return resources.some(
    ({ resource, subResource }) =>
      (resource === '*' || resource === name) && (subResource === '*' || subResource === sub),
  );
}

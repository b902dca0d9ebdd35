import { messageOf } from '@sekisho/base';
import { type KubeObject, type LabelSelector, labelSelectorOf, matchesLabels, type Requirement } from '@sekisho/kube';
import { at, isRecord } from '../gatekeeper/document.ts';
import type { Attributes, Operation } from './attributes.ts';
import { kindsOf, type MatchPolicy, matchesRule, mayMatchKind, type Rule, readRules } from './rule.ts';

/** `matchConstraints` of a policy, or `matchResources` of a binding: all parts must hold. */
export interface MatchResources {
  readonly rules: readonly Rule[];
  readonly excluded: readonly Rule[];
  readonly policy: MatchPolicy;
  /** Empty: all. */
  readonly objectSelector: readonly Requirement[];
  readonly namespaceSelector: readonly Requirement[];
}

/** The Namespace that an object is in, as far as it is known. */
export type NamespaceOf = (name: string) => KubeObject | undefined;

/** Whether it matches; or why that can't be told. */
export type MatchResult = boolean | { readonly error: string };

type Fault = (path: readonly (string | number)[], message: string) => void;

/** Reads `matchConstraints` or `matchResources`; nothing is everything. */
export function readMatchResources(value: unknown, fault: Fault): MatchResources {
  if (value !== undefined && value !== null && !isRecord(value)) fault([], 'must be an object');
  const policy = at(value, 'matchPolicy') ?? 'Equivalent';
  if (policy !== 'Exact' && policy !== 'Equivalent')
    fault(['matchPolicy'], `must be Exact or Equivalent, not ${JSON.stringify(policy)}`);
  const rules = (field: string): readonly Rule[] =>
    readRules(at(value, field), (path, message) => fault([field, ...path], message));
  const selector = (field: string): readonly Requirement[] => {
    const written = at(value, field);
    if (written === undefined || written === null) return [];
    try {
      return labelSelectorOf(written as LabelSelector);
    } catch (error) {
      fault([field], messageOf(error));
      return [];
    }
  };
  return {
    rules: rules('resourceRules'),
    excluded: rules('excludeResourceRules'),
    policy: policy as MatchPolicy,
    objectSelector: selector('objectSelector'),
    namespaceSelector: selector('namespaceSelector'),
  };
}

/** In the API server's order: a namespace that is not known only matters for what would match otherwise. */
export function matchesResources(match: MatchResources, attributes: Attributes, namespaceOf: NamespaceOf): MatchResult {
  const { rules, excluded, policy, objectSelector } = match;
  const holds = (rule: Rule): boolean => matchesRule(rule, attributes, policy);
  if (rules.length > 0 && !rules.some(holds)) return false;
  if (excluded.some(holds)) return false;
  if (objectSelector.length > 0 && !matchesObject(objectSelector, attributes)) return false;
  return matchesNamespace(match.namespaceSelector, attributes, namespaceOf);
}

/** Before or after: either is enough. */
function matchesObject(selector: readonly Requirement[], { object, oldObject }: Attributes): boolean {
  return [object, oldObject].some((one) => one !== undefined && matchesLabels(selector, one.metadata?.labels));
}

const NAME_LABEL = 'kubernetes.io/metadata.name';

function matchesNamespace(
  selector: readonly Requirement[],
  attributes: Attributes,
  namespaceOf: NamespaceOf,
): MatchResult {
  const { namespace: name, isNamespace, operation, object } = attributes;
  // What is in no namespace is in none that could be left out.
  if (selector.length === 0 || name === '') return true;
  const isWritten = isNamespace && attributes.subResource === '' && (operation === 'CREATE' || operation === 'UPDATE');
  const namespace = isWritten ? object : namespaceOf(name);
  if (namespace !== undefined) return matchesLabels(selector, { [NAME_LABEL]: name, ...namespace.metadata?.labels });
  // Its name is known, and may be enough to tell.
  const byName = selector.filter(({ key }) => key === NAME_LABEL);
  if (!matchesLabels(byName, { [NAME_LABEL]: name })) return false;
  return byName.length === selector.length || { error: `namespace ${JSON.stringify(name)} is not known` };
}

/** Says no when certainly nothing of a kind matches. */
export function mayConcern({ rules }: MatchResources, group: string, kind: string, operation?: Operation): boolean {
  return rules.length === 0 || rules.some((rule) => mayMatchKind(rule, group, kind, operation));
}

/** For people; empty: everything. */
export function kindsMatched({ rules }: MatchResources): readonly string[] {
  return [...new Set(rules.flatMap(kindsOf))].sort();
}

import { type LabelSelector, matchesLabels, type Requirement } from '@sekisho/kube';

export class SelectorError extends Error {}

const OPERATORS: Readonly<Record<string, Requirement['operator']>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!exists',
};

/**
 * The requirements of a selector over parameters. Unlike labels of Kubernetes, keys and values may be any text: addresses of
 * clusters, paths.
 *
 * @throws SelectorError
 */
export function requirementsOf(selector: LabelSelector): Requirement[] {
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    requirements.push({ key, operator: 'in', values: [value] });
  }
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const known = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (known === undefined) {
      throw new SelectorError(
        `"${operator}" is not a valid label selector operator: use In, NotIn, Exists or DoesNotExist`,
      );
    }
    const wantsValues = known === 'in' || known === 'notin';
    if (wantsValues && values.length === 0)
      throw new SelectorError(`${key}: for 'in', 'notin' operators, values set can't be empty`);
    if (!wantsValues && values.length > 0)
      throw new SelectorError(`${key}: values set must be empty for exists and does not exist`);
    requirements.push({ key, operator: known, values });
  }
  return requirements;
}

export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return matchesLabels(requirementsOf(selector), labels);
}

interface Match {
  readonly kinds?: readonly { readonly kinds?: readonly string[] }[];
  readonly namespaces?: readonly string[];
  readonly excludedNamespaces?: readonly string[];
  readonly name?: string;
  readonly scope?: string;
  readonly labelSelector?: unknown;
  readonly namespaceSelector?: unknown;
  readonly source?: string;
}

/** Which objects a `match` of Gatekeeper picks: `Pod, Deployment named web-* in shop`. */
export function matchInWords(match: unknown, namespace?: string): string {
  const { kinds, namespaces, excludedNamespaces, name, scope, labelSelector, namespaceSelector } = (match ??
    {}) as Match;
  const names = (kinds ?? []).flatMap((entry) => entry.kinds ?? []).filter((kind) => kind !== '*');
  const parts = [names.length === 0 ? 'all objects' : names.join(', ')];
  if (name !== undefined) parts.push(`named ${name}`);
  if (labelSelector !== undefined) parts.push(`labelled ${inline(labelSelector)}`);
  if (namespaces !== undefined && namespaces.length > 0) parts.push(`in ${namespaces.join(', ')}`);
  else if (namespaceSelector !== undefined) parts.push(`in namespaces labelled ${inline(namespaceSelector)}`);
  else if (namespace !== undefined && namespace !== 'argocd') parts.push(`in ${namespace}`);
  if (excludedNamespaces !== undefined && excludedNamespaces.length > 0) {
    parts.push(`but not in ${excludedNamespaces.join(', ')}`);
  }
  if (scope === 'Cluster' || scope === 'Namespaced') parts.push(`(${scope.toLowerCase()} only)`);
  return parts.join(' ');
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** As kubectl writes selectors: `app=web,tier in (a, b),!old`. */
function inline(selector: unknown): string {
  const { matchLabels = {}, matchExpressions = [] } = selector as Selector;
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) =>
      operator === 'Exists'
        ? key
        : operator === 'DoesNotExist'
          ? `!${key}`
          : `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(', ')})`,
    ),
  ].join(',');
}

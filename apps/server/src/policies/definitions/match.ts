import { object, text, textMap, texts } from '../../applications/custom-resource.ts';

const labelSelector = object({
  matchLabels: textMap,
  matchExpressions: {
    type: 'array',
    items: object({ key: text, operator: text, values: texts }, ['key', 'operator']),
  },
});

/** Which objects a policy is about, as Gatekeeper has it. @see Gatekeeper's documentation, "Constraints, the match field" */
export const match = object({
  kinds: { type: 'array', items: object({ apiGroups: texts, kinds: texts }) },
  scope: { type: 'string', enum: ['*', 'Cluster', 'Namespaced'] },
  namespaces: texts,
  excludedNamespaces: texts,
  labelSelector,
  namespaceSelector: labelSelector,
  name: text,
  source: { type: 'string', enum: ['All', 'Generated', 'Original'] },
});

/** With apiVersion, kind and metadata; a status is what its writer makes of it. */
export function topLevel(spec: unknown, required: readonly string[] = ['spec']) {
  return object(
    {
      apiVersion: text,
      kind: text,
      metadata: { type: 'object' },
      spec,
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
    required,
  );
}

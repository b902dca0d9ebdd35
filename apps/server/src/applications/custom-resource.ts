import type { KubeObject } from '@sekisho/kube';

export const text = { type: 'string' } as const;
export const flag = { type: 'boolean' } as const;
export const whole = { type: 'integer', format: 'int64' } as const;
export const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;
export const texts = { type: 'array', items: text } as const;
export const textMap = { type: 'object', additionalProperties: text } as const;
export const instant = { type: 'string', format: 'date-time' } as const;

/** An object of a schema; its fields may be absent unless `required` names them. */
export function object(properties: Record<string, unknown>, required: readonly string[] = []) {
  return required.length === 0 ? { type: 'object', properties } : { type: 'object', properties, required };
}

/** A kind of Argo CD's API group. */
export function definition(options: {
  kind: string;
  plural: string;
  singular: string;
  shortNames: string[];
  schema: unknown;
  columns?: unknown[];
}): KubeObject {
  const { kind, plural, singular, shortNames, schema, columns } = options;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.argoproj.io`, labels: { 'app.kubernetes.io/managed-by': 'sekisho' } },
    spec: {
      group: 'argoproj.io',
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          ...(columns === undefined ? {} : { additionalPrinterColumns: columns }),
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}

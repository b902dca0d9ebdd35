import type { KubeObject } from '@sekisho/kube';

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date' | 'boolean';
  readonly jsonPath: string;
  readonly priority?: number;
  readonly description?: string;
}

export interface CustomKind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Cluster' | 'Namespaced';
  /** The first is the one that is stored. */
  readonly versions: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly columns?: readonly PrinterColumn[];
  /** Of a version; the same for all when it doesn't look at it. */
  readonly schema: (version: string) => unknown;
}

/** The CustomResourceDefinition of a kind, with a status subresource. */
export function customKind(kind: CustomKind): KubeObject {
  const { group, plural, scope, shortNames = [], categories = [], columns = [] } = kind;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { 'app.kubernetes.io/managed-by': 'sekisho' } },
    spec: {
      group,
      scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural,
        singular: kind.kind.toLowerCase(),
        ...(shortNames.length === 0 ? {} : { shortNames }),
        ...(categories.length === 0 ? {} : { categories }),
      },
      versions: kind.versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        subresources: { status: {} },
        ...(columns.length === 0 ? {} : { additionalPrinterColumns: columns }),
        schema: { openAPIV3Schema: kind.schema(name) },
      })),
    },
  };
}

import type { KubeObject, ResourceInfo, Schema } from '@sekisho/kube';
import type { Collection } from '../storage/collection.ts';

/** A column of a custom resource's table, as its CRD declares it. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

/** What a CRD says beyond the schema. */
export interface CustomResource {
  readonly crdName: string;
  readonly printerColumns: readonly PrinterColumn[];
  readonly selectableFields: readonly string[];
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath?: string;
  };
  readonly listKind: string;
  readonly deprecationWarning?: string;
  /** Changes whenever the CRD's spec does. */
  readonly tag: string;
  /** Why this version cannot be used, when it would need a conversion that is not there. */
  readonly unavailable?: string;
}

/** One resource in one version, as clients address it. */
export interface ServedResource {
  readonly info: ResourceInfo;
  readonly apiVersion: string;
  readonly listKind: string;
  /** Shared by all versions of the resource. */
  readonly collection: Collection;
  readonly storageApiVersion: string;
  readonly hasStatus: boolean;
  /** Whether changes of the spec count up metadata.generation. */
  readonly tracksGeneration: boolean;
  readonly custom: CustomResource | undefined;
  /** Undefined only when a built-in kind has none. Built on first use. */
  readonly schema: () => Schema | undefined;
  /** A stored object in this version; the same instance when nothing differs. */
  readonly fromStorage: (object: KubeObject) => KubeObject;
  /** An object of this version as it is stored; the same instance when nothing differs. */
  readonly toStorage: (object: KubeObject) => KubeObject;
}

/** `name` or `namespace/name`. */
export function storageKey(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

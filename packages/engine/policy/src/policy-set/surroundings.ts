import type { GroupVersionKind, KubeObject } from '@sekisho/kube';
import type { PlainObject } from '@sekisho/rego';

/** What policies see of one cluster besides the object: kept current by its owner, read by policies. */
export interface Surroundings {
  /** Takes an object in, in the place of the one before it. */
  put(object: KubeObject): void;
  remove(object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): void;
  namespace(name: string): KubeObject | undefined;
  /** Of a kind; in one namespace or in all. */
  list(kind: GroupVersionKind, namespace?: string): readonly KubeObject[];
  /** `data.inventory` of templates. */
  readonly inventory: PlainObject;
}

export {
  formatApiVersion,
  type GroupVersionKind,
  gvkOf,
  type KubeObject,
  type ManagedFieldsEntry,
  type Manifest,
  type ObjectMeta,
  type OwnerReference,
  parseApiVersion,
  type ResourceInfo,
  resourcePath,
} from './object.ts';
export type { ApiRequest, ApiResponse, ApiTransport, WatchEvent } from './transport.ts';

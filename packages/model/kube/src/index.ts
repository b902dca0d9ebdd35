export { builtinSchema, objectMetaSchema, structSchema } from './builtin/builtin-schema.ts';
export { defaultBuiltin } from './builtin/defaults/default-builtin.ts';
export { builtinResources, type SubresourceInfo, subresourceInfo } from './builtin/resources.ts';
export { isBuiltinGroup } from './builtin/type-data.ts';
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
export type { Schema, SchemaConstraints } from './schema/schema.ts';
export type { ApiRequest, ApiResponse, ApiTransport, WatchEvent } from './transport.ts';

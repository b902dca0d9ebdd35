export { builtinSchema, objectMetaSchema, structSchema } from './builtin/builtin-schema.ts';
export { defaultBuiltin } from './builtin/defaults/default-builtin.ts';
export { builtinResources, type SubresourceInfo, subresourceInfo } from './builtin/resources.ts';
export { isBuiltinGroup } from './builtin/type-data.ts';
export { scheduleFault } from './builtin/validation/cron-job.ts';
export { validateBuiltin } from './builtin/validation/validate-builtin.ts';
export { validateBuiltinUpdate } from './builtin/validation/validate-update.ts';
export { canonicalJson, deepEqual } from './equal.ts';
export { type ApplyRequest, type ApplyResult, serverSideApply } from './fields/apply.ts';
export { type ConflictCause, conflictCauses, type FieldConflict, formatConflicts } from './fields/conflict.ts';
export { FieldSet } from './fields/field-set.ts';
export { lastAppliedAnnotation } from './fields/last-applied.ts';
export { mergeConfiguration } from './fields/merge-configuration.ts';
export { formatPath, type PathElement } from './fields/path-element.ts';
export { fieldSetOf } from './fields/stated-fields.ts';
export { trackUpdate, type UpdateRequest } from './fields/track-update.ts';
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
export {
  kubernetesVersion,
  openApiV2Document,
  openApiV2Steps,
  openApiV3Document,
  openApiV3Index,
  openApiV3Steps,
  type PublishedGroupVersion,
  type PublishedResource,
} from './openapi/documents.ts';
export { applyJsonPatch } from './patch/json-patch.ts';
export { createJsonPatch, type JsonPatchOperation } from './patch/json-patch-diff.ts';
export { applyMergePatch, createMergePatch } from './patch/merge-patch.ts';
export { createStrategicMergePatch } from './patch/strategic-diff.ts';
export { applyStrategicMergePatch } from './patch/strategic-merge.ts';
export { createThreeWayPatch } from './patch/three-way.ts';
export {
  addQuantity,
  canonicalQuantity,
  compareQuantity,
  formatQuantity,
  negateQuantity,
  parseQuantity,
  type Quantity,
  quantityToNumber,
} from './quantity.ts';
export { parseCrdSchema } from './schema/crd-schema.ts';
export {
  type FieldError,
  formatFieldError,
  formatFieldErrors,
  type StatusCause,
  statusCauses,
} from './schema/field-error.ts';
export { prune, unknownFields } from './schema/prune.ts';
export type { Schema, SchemaConstraints } from './schema/schema.ts';
export { applySchemaDefaults } from './schema/schema-defaults.ts';
export { validateObject } from './schema/validate.ts';
export {
  type FieldRequirement,
  formatFieldSelector,
  matchesFields,
  parseFieldSelector,
} from './select/fields.ts';
export {
  formatLabelSelector,
  type LabelSelector,
  labelSelectorOf,
  matchesLabels,
  parseLabelSelector,
  type Requirement,
} from './select/labels.ts';
export type { ApiRequest, ApiResponse, ApiTransport, WatchEvent } from './transport.ts';

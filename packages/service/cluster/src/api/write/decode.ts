import { type FieldError, type KubeObject, type ObjectMeta, prune, unknownFields, validateObject } from '@sekisho/kube';
import type { Call } from '../call.ts';
import type { ServedResource } from '../served-resource.ts';
import { badRequest, invalid } from '../status-error.ts';
import type { WriteOptions } from '../verbs/options.ts';

/**
 * Reads a body as an object of the resource: identity, types, unknown fields. Fills in apiVersion and kind when they are
 * missing and namespace from the path. The result is a new object whose metadata may be changed.
 * @throws StatusError 400 (not of this kind, wrong types, unknown field under Strict), 422 (custom resource breaks its schema)
 */
export function decode(call: Call, body: unknown, options: Pick<WriteOptions, 'fieldValidation'>): KubeObject {
  return conform(call, identify(call, body), options);
}

/** The body as an object of the resource in the right namespace, with its fields as they came. */
export function identify(call: Call, body: unknown): KubeObject {
  const object = asObject(call.resource, body);
  checkNamespace(call, object);
  return object;
}

/** Types, unknown fields and pruning by the resource's schema. */
export function conform(call: Call, object: KubeObject, options: Pick<WriteOptions, 'fieldValidation'>): KubeObject {
  const { resource } = call;
  const schema = resource.schema();
  if (schema === undefined) return object;
  const pruned = prune(schema, object);
  if (pruned !== object) {
    const unknown = unknownFields(schema, object);
    if (unknown.length > 0 && options.fieldValidation !== 'Ignore') {
      const complaints = unknown.map((field) => `unknown field "${field}"`);
      if (options.fieldValidation === 'Strict') throw strictError(resource, complaints);
      call.warnings.push(...complaints);
    }
  }
  const typed = pruned as KubeObject;
  if (resource.custom === undefined) {
    const wrong = validateObject(schema, typed).filter((error) => error.type === 'typeInvalid');
    if (wrong.length > 0) throw typeError(resource, wrong);
  }
  return typed === object ? object : { ...typed, metadata: { ...typed.metadata } };
}

function asObject(resource: ServedResource, body: unknown): KubeObject {
  if (!isRecord(body)) throw badRequest(`the object provided is unrecognized (must be of type ${resource.info.kind})`);
  const apiVersion = body['apiVersion'] ?? resource.apiVersion;
  const kind = body['kind'] ?? resource.info.kind;
  if (apiVersion !== resource.apiVersion) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${resource.apiVersion})`,
    );
  }
  if (kind !== resource.info.kind) {
    throw badRequest(
      `${String(kind)} in version "${resource.info.version}" cannot be handled as a ${resource.info.kind}: the kinds differ`,
    );
  }
  const metadata = body['metadata'] ?? {};
  if (!isRecord(metadata))
    throw typeError(resource, [{ path: 'metadata', type: 'typeInvalid', message: 'must be an object' }]);
  return { ...body, apiVersion, kind, metadata: { ...(metadata as ObjectMeta) } } as KubeObject;
}

function checkNamespace(call: Call, object: KubeObject): void {
  const { info } = call.resource;
  const { metadata } = object;
  if (!info.namespaced) {
    delete metadata.namespace;
    return;
  }
  if (call.namespace === undefined) throw badRequest('an empty namespace may not be set during creation');
  if (metadata.namespace === undefined || metadata.namespace === '') metadata.namespace = call.namespace;
  else if (metadata.namespace !== call.namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
}

function strictError(resource: ServedResource, complaints: readonly string[]): Error {
  const { kind, version } = resource.info;
  return badRequest(
    `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${complaints.join(', ')}`,
  );
}

function typeError(resource: ServedResource, errors: readonly FieldError[]): Error {
  const { kind, version } = resource.info;
  const list = errors.map((error) => `${error.path}: ${error.message}`).join(', ');
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${list}`);
}

/** All rules of the kind, for a new object or a change of one. */
export function refuseInvalid(resource: ServedResource, name: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(resource.info.group, resource.info.kind, name, errors);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { Origin } from '@sekisho/base';
import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import { at, isRecord, namespaceOf } from '../gatekeeper/document.ts';
import type { GateRequest } from '../policy-set/types.ts';
import type { SubjectReference } from '../verdict.ts';
import { builtinResource, type Resource, resourceOf } from './resource.ts';

export type Operation = NonNullable<GateRequest['operation']>;

/** What a request is about, as rules and expressions see it. */
export interface Attributes {
  readonly operation: Operation;
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: Resource;
  /** '' for the resource itself. */
  readonly subResource: string;
  readonly name: string;
  /** Of a Namespace its own name, as the API server has it; '' for everything else that is in none. */
  readonly namespace: string;
  readonly isNamespace: boolean;
  readonly userInfo: Readonly<Record<string, unknown>>;
  readonly dryRun: boolean;
  readonly origin: Origin | undefined;
}

/** A request, of which also what is known to be missing may be told. */
export type GivenRequest = { readonly [Field in keyof GateRequest]?: GateRequest[Field] | undefined };

/** Nobody in particular: before admission nobody asks yet. */
const NOBODY = { username: '', uid: '', groups: [], extra: {} };

/** Undefined for a request without any object. */
export function attributesOf(request: GivenRequest): Attributes | undefined {
  const object = isRecord(request.object) ? request.object : undefined;
  const oldObject = isRecord(request.oldObject) ? request.oldObject : undefined;
  const given = object ?? oldObject;
  if (given === undefined) return undefined;
  const apiVersion = textAt(given, 'apiVersion');
  const { group, version } = parseApiVersion(apiVersion);
  const kind = textAt(given, 'kind');
  const name = textAt(given, 'metadata', 'name') || textAt(oldObject, 'metadata', 'name');
  const isNamespace = group === '' && kind === 'Namespace';
  // A manifest may name a namespace that its kind has none of: the server drops it.
  const isClusterScoped = builtinResource(group, kind)?.namespaced === false;
  const ownNamespace = isClusterScoped ? '' : namespaceOf(given);
  return {
    operation: request.operation ?? 'CREATE',
    object,
    oldObject,
    group,
    version,
    kind,
    resource: request.resource ?? { group, version, resource: resourceOf(group, kind) },
    subResource: request.subResource ?? '',
    name,
    namespace: isNamespace ? name : ownNamespace,
    isNamespace,
    userInfo: isRecord(request.userInfo) ? { ...NOBODY, ...request.userInfo } : NOBODY,
    dryRun: request.dryRun === true,
    origin: request.origin,
  };
}

/** The object of a request, for people. */
export function subjectOf(attributes: Attributes): SubjectReference {
  const { group, version, kind, name, isNamespace, namespace, object, oldObject, origin } = attributes;
  return {
    group,
    version,
    kind,
    name: name === '' ? textAt(object ?? oldObject, 'metadata', 'generateName') : name,
    ...(namespace === '' || isNamespace ? {} : { namespace }),
    ...(origin === undefined ? {} : { origin }),
  };
}

/** The value of the variable `request`: an AdmissionRequest without its objects. */
export function requestJson(attributes: Attributes): Readonly<Record<string, unknown>> {
  const { group, version, kind, resource, subResource } = attributes;
  const gvk = { group, version, kind };
  return {
    kind: gvk,
    resource,
    subResource,
    requestKind: gvk,
    requestResource: resource,
    requestSubResource: subResource,
    name: attributes.name,
    namespace: attributes.namespace,
    operation: attributes.operation,
    userInfo: attributes.userInfo,
    dryRun: attributes.dryRun,
    options: {},
  };
}

export const REQUEST_FIELDS: ReadonlySet<string> = new Set([
  'kind',
  'resource',
  'subResource',
  'requestKind',
  'requestResource',
  'requestSubResource',
  'name',
  'namespace',
  'operation',
  'userInfo',
  'dryRun',
  'options',
]);

function textAt(value: unknown, ...path: string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

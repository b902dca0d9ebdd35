import { type Authorize, CelFault, type CelValue, createAuthorizer, createResourceCheck, fromJson } from '@sekisho/cel';
import type { KubeObject } from '@sekisho/kube';
import type { Surroundings } from '../policy-set/surroundings.ts';
import { type Attributes, attributesOf, type GivenRequest, requestJson } from './attributes.ts';
import { COST_LIMITS, type CostLimits } from './run.ts';

/** What admission policies are asked with besides the request. */
export interface AdmissionContext {
  readonly surroundings: Pick<Surroundings, 'namespace' | 'list'>;
  /** Answers what `authorizer` asks. Without it nobody can tell: such a check is a fault of its expression. */
  readonly authorize?: Authorize | undefined;
  /** Default: what Kubernetes grants. */
  readonly costLimits?: Partial<CostLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A request, made ready once for all policies that are asked about it. */
export interface AdmissionInput {
  readonly attributes: Attributes;
  readonly context: AdmissionContext;
  readonly costLimits: CostLimits;
  namespaceOf(name: string): KubeObject | undefined;
  /** Variables of expressions. */
  bindings(params: KubeObject | undefined): Record<string, CelValue>;
}

/** Undefined for a request without any object, which no policy has a word about. */
export function admissionInput(request: GivenRequest, context: AdmissionContext): AdmissionInput | undefined {
  const attributes = attributesOf(request);
  if (attributes === undefined) return undefined;
  const namespaceOf = (name: string): KubeObject | undefined =>
    context.surroundings.namespace(name) ?? (name === 'default' ? DEFAULT_NAMESPACE : undefined);
  const authorize = context.authorize ?? refuse;
  const object = fromJson(attributes.object);
  const oldObject = fromJson(attributes.oldObject);
  const requestValue = fromJson(requestJson(attributes));
  const authorizer = createAuthorizer(authorize);
  const resourceCheck = createResourceCheck(authorize, requestResource(attributes));
  const namespace = namespaceObject(attributes, namespaceOf);
  return {
    attributes,
    context,
    costLimits: { ...COST_LIMITS, ...context.costLimits },
    namespaceOf,
    bindings(params) {
      const bindings = {
        object,
        oldObject,
        request: requestValue,
        params: fromJson(params),
        namespaceObject: namespace ?? null,
        authorizer,
        'authorizer.requestResource': resourceCheck,
        variables: null,
      };
      return namespace === undefined ? withUnknownNamespace(bindings, attributes.namespace) : bindings;
    },
  };
}

/** Every cluster has it. */
const DEFAULT_NAMESPACE: KubeObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'default', labels: { 'kubernetes.io/metadata.name': 'default' } },
};

const refuse: Authorize = () => {
  throw new CelFault('nobody is there to ask what a user may do (authorizer)');
};

/** null for what is in no namespace; the Namespace itself has none either. Undefined: nobody knows it. */
function namespaceObject(
  { namespace, isNamespace }: Attributes,
  namespaceOf: (name: string) => KubeObject | undefined,
): CelValue | undefined {
  if (namespace === '' || isNamespace) return null;
  const found = namespaceOf(namespace);
  return found === undefined ? undefined : fromJson(found);
}

/** Whoever asks for the namespace gets a fault; others need not know it. */
function withUnknownNamespace(bindings: Record<string, CelValue>, name: string): Record<string, CelValue> {
  return Object.defineProperty(bindings, 'namespaceObject', {
    get() {
      throw new CelFault(`namespace ${JSON.stringify(name)} is not known`);
    },
  });
}

function requestResource({ resource, subResource, namespace, name }: Attributes) {
  return {
    group: resource.group,
    resource: resource.resource,
    ...(subResource === '' ? {} : { subresource: subResource }),
    ...(namespace === '' ? {} : { namespace }),
    ...(name === '' ? {} : { name }),
  };
}

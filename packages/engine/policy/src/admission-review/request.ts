import type { KubeObject } from '@sekisho/kube';
import type { GateRequest } from '../policy-set/types.ts';

/** What an API server asks, as in admission.k8s.io/v1. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string | undefined;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly userInfo?: Readonly<Record<string, unknown>> | undefined;
  readonly object?: KubeObject | null | undefined;
  readonly oldObject?: KubeObject | null | undefined;
  readonly dryRun?: boolean | undefined;
  readonly options?: unknown;
}

/** The request as gates are asked. */
export function gateRequestOf(request: AdmissionRequest): GateRequest {
  const { subResource, operation, resource, userInfo, object, oldObject, dryRun } = request;
  return {
    operation,
    resource,
    ...(object == null ? {} : { object: withNamespace(object, request) }),
    ...(oldObject == null ? {} : { oldObject: withNamespace(oldObject, request) }),
    ...(subResource === undefined || subResource === '' ? {} : { subResource }),
    ...(userInfo === undefined ? {} : { userInfo }),
    ...(dryRun === undefined ? {} : { dryRun }),
  };
}

/** A client may leave the namespace to the address that it writes to. */
function withNamespace(object: KubeObject, { namespace, kind }: AdmissionRequest): KubeObject {
  if (namespace === undefined || namespace === '' || object.metadata?.namespace !== undefined) return object;
  if (kind.group === '' && kind.kind === 'Namespace') return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

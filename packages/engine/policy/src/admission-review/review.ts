import { createJsonPatch } from '@sekisho/kube';
import { isRecord } from '../gatekeeper/document.ts';
import type { AdmissionDecision } from './decide.ts';
import type { AdmissionRequest } from './request.ts';

const VERSION = 'admission.k8s.io/v1';
const OPERATIONS: readonly unknown[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];

/** Reads an AdmissionReview. @returns the request, or what is wrong with it */
export function readAdmissionReview(value: unknown): { request: AdmissionRequest } | { fault: string } {
  if (!isRecord(value)) return { fault: 'an AdmissionReview is a JSON object' };
  const { apiVersion, kind, request } = value;
  if (kind !== 'AdmissionReview' || apiVersion !== VERSION) {
    const named = [apiVersion, kind].filter((part) => part !== undefined).map((part) => JSON.stringify(part));
    const found = named.length === 0 ? 'an object without apiVersion and kind' : named.join(' ');
    return { fault: `expected ${VERSION} AdmissionReview, not ${found}` };
  }
  if (!isRecord(request)) return { fault: 'the AdmissionReview has no request' };
  const faults = [
    typeof request['uid'] === 'string' && request['uid'] !== '' ? undefined : 'uid',
    isNamed(request['kind'], 'kind') ? undefined : 'kind',
    isNamed(request['resource'], 'resource') ? undefined : 'resource',
    OPERATIONS.includes(request['operation']) ? undefined : 'operation',
    ...['object', 'oldObject'].map((field) => (isObject(request[field]) ? undefined : field)),
    ...['name', 'namespace', 'subResource'].map((field) => (isText(request[field]) ? undefined : field)),
    request['userInfo'] === undefined || isRecord(request['userInfo']) ? undefined : 'userInfo',
  ].filter((field) => field !== undefined);
  if (faults.length > 0) return { fault: `the request has no good ${faults.join(', ')}` };
  return { request: request as unknown as AdmissionRequest };
}

function isNamed(value: unknown, last: string): boolean {
  return isRecord(value) && ['group', 'version', last].every((key) => isText(value[key]));
}

/** Absent, null, or what has the outline of an object. */
function isObject(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (!isRecord(value) || typeof value['kind'] !== 'string' || typeof value['apiVersion'] !== 'string') return false;
  return value['metadata'] === undefined || isRecord(value['metadata']);
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

/** The AdmissionReview that answers; a mutated object becomes a JSON Patch in base64. */
export function admissionReviewOf(request: AdmissionRequest, decision: AdmissionDecision): Record<string, unknown> {
  const { allowed, code, reason, message, warnings, object } = decision;
  const patch = object === undefined ? [] : createJsonPatch(request.object, object);
  return {
    apiVersion: VERSION,
    kind: 'AdmissionReview',
    response: {
      uid: request.uid,
      allowed,
      ...(allowed ? {} : { status: { metadata: {}, code, reason, message } }),
      ...(warnings.length === 0 ? {} : { warnings }),
      ...(patch.length === 0 ? {} : { patchType: 'JSONPatch', patch: base64(JSON.stringify(patch)) }),
    },
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

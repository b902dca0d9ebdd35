import { isRecord } from '../api/write/decode.ts';
import { WebhookFailure } from './call.ts';

/** AdmissionResponse, checked as far as it is used. */
export interface WebhookAnswer {
  readonly allowed: boolean;
  /** `status` of a refusal: a metav1.Status. */
  readonly status: Readonly<Record<string, unknown>> | undefined;
  /** Operations of a JSON Patch, not checked; undefined for none. */
  readonly patch: unknown;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

/** @throws WebhookFailure when it is no answer to the question */
export function readAnswer(
  review: unknown,
  asked: { uid: string; apiVersion: string; mutating: boolean },
): WebhookAnswer {
  if (!isRecord(review) || review['kind'] !== 'AdmissionReview' || review['apiVersion'] !== asked.apiVersion) {
    const got = isRecord(review) ? `${String(review['apiVersion'])}, Kind=${String(review['kind'])}` : typeof review;
    throw new WebhookFailure(`expected webhook response of ${asked.apiVersion}, Kind=AdmissionReview, got ${got}`);
  }
  const { response } = review;
  if (!isRecord(response)) throw new WebhookFailure('webhook response was absent');
  // Of v1beta1 the uid may be left out.
  if (response['uid'] !== asked.uid && (asked.apiVersion.endsWith('/v1') || (response['uid'] ?? '') !== '')) {
    throw new WebhookFailure(`expected response.uid="${asked.uid}", got "${String(response['uid'] ?? '')}"`);
  }
  const allowed = response['allowed'] ?? false;
  if (typeof allowed !== 'boolean') throw new WebhookFailure('response.allowed is not a bool');
  return {
    allowed,
    status: isRecord(response['status']) ? response['status'] : undefined,
    patch: asked.mutating && allowed ? readPatch(response) : undefined,
    warnings: Array.isArray(response['warnings'])
      ? response['warnings'].filter((warning): warning is string => typeof warning === 'string')
      : [],
    auditAnnotations: isRecord(response['auditAnnotations']) ? annotationsOf(response['auditAnnotations']) : {},
  };
}

function readPatch(response: Readonly<Record<string, unknown>>): unknown {
  const { patch, patchType } = response;
  if ((patch ?? '') === '') {
    if ((patchType ?? '') !== '')
      throw new WebhookFailure('webhook returned response.patchType but not response.patch');
    return undefined;
  }
  if (typeof patch !== 'string') throw new WebhookFailure('response.patch is not base64 text');
  if ((patchType ?? '') === '') throw new WebhookFailure('webhook returned response.patch but not response.patchType');
  if (patchType !== 'JSONPatch') {
    throw new WebhookFailure(`webhook returned invalid response.patchType of "${String(patchType)}"`);
  }
  try {
    return JSON.parse(Buffer.from(patch, 'base64').toString('utf8'));
  } catch {
    throw new WebhookFailure('response.patch does not hold JSON');
  }
}

function annotationsOf(annotations: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

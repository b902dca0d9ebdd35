import { isSekishoError, messageOf } from '@sekisho/base';

/** RFC 9457, with the codes of the CLI. */
export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly hint?: string;
}

/** Statuses of errors that callers cause; everything else is ours. */
const STATUS: Readonly<Record<string, number>> = {
  KUBE_NOT_FOUND: 404,
  KUBE_ALREADY_EXISTS: 409,
  KUBE_CONFLICT: 409,
  KUBE_INVALID: 422,
  KUBE_BAD_REQUEST: 400,
  REQUEST_INVALID: 400,
  APPLICATION_INVALID: 422,
  APPLICATION_FORBIDDEN: 422,
  DESTINATION_UNKNOWN: 422,
  GIT_ALREADY_EXISTS: 409,
  GIT_NAME_INVALID: 400,
  GIT_NOT_FOUND: 422,
  GIT_AUTH: 422,
  GIT_REVISION_UNKNOWN: 422,
  GIT_FORBIDDEN_URL: 422,
  GIT_UNREACHABLE: 502,
  SIGNATURE_INVALID: 422,
  SIGNATURE_KEYS_MISSING: 422,
  SIGNATURE_MISSING: 422,
  SIGNATURE_UNTRUSTED: 422,
  CLUSTER_UNREACHABLE: 502,
  STORE_UNAVAILABLE: 503,
  NOTIFY_MISCONFIGURED: 422,
  NOTIFY_REFUSED: 422,
  NOTIFY_UNAVAILABLE: 502,
};

/** What a caller is told; faults of our own say nothing of the inside. */
export function toProblem(error: unknown): Problem {
  if (isSekishoError(error)) {
    const status = typeof error.details['status'] === 'number' ? error.details['status'] : (STATUS[error.code] ?? 500);
    return {
      code: error.code,
      title: error.message,
      status,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  return status < 500
    ? { code: 'REQUEST_INVALID', title: messageOf(error), status }
    : { code: 'INTERNAL', title: 'The server could not answer; its log says why.', status };
}

import { SekishoError } from '@sekisho/base';
import type { ApiRequest, ApiResponse } from '@sekisho/kube';

/** The parts of a `v1 Status` that we read. */
export interface KubeStatus {
  readonly kind?: string;
  readonly status?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { reason?: string; message?: string; field?: string }[];
  };
}

interface Meaning {
  readonly code: string;
  readonly retryable?: boolean;
}

/** Reasons of `metav1.StatusReason`: more exact than the HTTP status (both Conflict and AlreadyExists are 409). */
const BY_REASON: Readonly<Record<string, Meaning>> = {
  NotFound: { code: 'KUBE_NOT_FOUND' },
  AlreadyExists: { code: 'KUBE_ALREADY_EXISTS' },
  Conflict: { code: 'KUBE_CONFLICT' },
  Invalid: { code: 'KUBE_INVALID' },
  Forbidden: { code: 'KUBE_FORBIDDEN' },
  Unauthorized: { code: 'KUBE_UNAUTHORIZED' },
  Expired: { code: 'KUBE_GONE' },
  Gone: { code: 'KUBE_GONE' },
  BadRequest: { code: 'KUBE_BAD_REQUEST' },
  NotAcceptable: { code: 'KUBE_UNSUPPORTED_MEDIA' },
  UnsupportedMediaType: { code: 'KUBE_UNSUPPORTED_MEDIA' },
  TooManyRequests: { code: 'KUBE_TOO_MANY_REQUESTS', retryable: true },
  Timeout: { code: 'KUBE_INTERNAL', retryable: true },
  ServerTimeout: { code: 'KUBE_INTERNAL', retryable: true },
  InternalError: { code: 'KUBE_INTERNAL', retryable: true },
  ServiceUnavailable: { code: 'KUBE_INTERNAL', retryable: true },
};

const BY_HTTP_STATUS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
};

/**
 * The error that a `v1 Status` stands for. `details.status` holds the Status as the server sent it.
 * @param what  the request in words, e.g. `GET /api/v1/pods`; used when the server sent no message
 */
export function errorOfStatus(status: KubeStatus, httpStatus: number, what: string): SekishoError {
  const code = typeof status.code === 'number' && status.code >= 400 ? status.code : httpStatus;
  const meaning =
    (status.reason === undefined ? undefined : BY_REASON[status.reason]) ??
    BY_REASON[BY_HTTP_STATUS[code] ?? (code >= 500 ? 'InternalError' : 'BadRequest')] ??
    ({ code: 'KUBE_BAD_REQUEST' } satisfies Meaning);
  const message =
    typeof status.message === 'string' && status.message !== '' ? status.message : `${what} was answered with ${code}`;
  return new SekishoError(meaning.code, message, {
    retryable: meaning.retryable ?? false,
    details: { status, httpStatus: code, request: what },
  });
}

/** Throws what an unsuccessful answer means; passes any other answer on. */
export function checkedResponse(request: ApiRequest, response: ApiResponse): ApiResponse {
  if (response.status < 400) return response;
  throw errorOfStatus(statusOf(response.body), response.status, `${request.method} ${request.path}`);
}

function statusOf(body: unknown): KubeStatus {
  return typeof body === 'object' && body !== null ? (body as KubeStatus) : {};
}

/** What the server refused or could not do, in its own words. */
export class ApiError extends Error {
  readonly status: number;
  /** As in the command line: `FORBIDDEN`, `KUBE_NOT_FOUND`; `UNREACHABLE` when the server did not answer at all. */
  readonly code: string;
  readonly hint: string | undefined;

  constructor(status: number, code: string, message: string, hint?: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** Set at sign-in; goes with every request that changes something. */
let csrf: string | undefined;
export function setCsrfToken(token: string | undefined): void {
  csrf = token;
}

/** Called when the server says that nobody is signed in (any more). */
let onSignedOut: () => void = () => {};
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

export type QueryValue = string | number | boolean | undefined | readonly string[];

export function toQuery(query: Readonly<Record<string, QueryValue>>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const part of Array.isArray(value) ? value : [value]) {
      if (part !== undefined && part !== '' && part !== false) params.append(key, String(part));
    }
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** A failed sign-in is no sign-out. */
  readonly isSignIn?: boolean;
}

/** @throws ApiError */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

/** @throws ApiError */
export async function requestText(path: string, options: RequestOptions = {}): Promise<string> {
  return (await send(path, options)).text();
}

async function send(path: string, { method = 'GET', body, signal, isSignIn }: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (method !== 'GET' && csrf !== undefined) headers['x-sekisho-csrf'] = csrf;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'UNREACHABLE', 'The server did not answer.', 'Is it running? `npm start` starts it.');
  }
  if (response.ok) return response;
  if (response.status === 401 && isSignIn !== true) onSignedOut();
  throw await toApiError(response);
}

async function toApiError(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as { code?: string; title?: string; hint?: string };
  return new ApiError(
    response.status,
    problem.code ?? 'INTERNAL',
    problem.title ?? `The server answered ${response.status}.`,
    problem.hint,
  );
}

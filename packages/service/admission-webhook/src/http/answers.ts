import type { IncomingMessage, ServerResponse } from 'node:http';

/** What goes back. */
export interface Answer {
  readonly status: number;
  readonly body: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A fault of the request or of the server: an API server takes it for "the webhook failed", and shows the text. */
export function fault(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body: `${message}\n`, headers };
}

/**
 * Lets a request wait no longer: an AdmissionReview that denies, whatever the failure policy of the cluster says.
 *
 * @param body the request's
 */
export function denial(body: Uint8Array, code: number, reason: string, message: string): Answer {
  const uid = uidOf(body);
  if (uid === undefined) return fault(code, message);
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, allowed: false, status: { metadata: {}, code, reason, message } },
  };
  return { status: 200, body: JSON.stringify(review) };
}

function uidOf(body: Uint8Array): string | undefined {
  try {
    const review = JSON.parse(new TextDecoder().decode(body)) as { request?: { uid?: unknown } } | null;
    const uid = review?.request?.uid;
    return typeof uid === 'string' && uid !== '' ? uid : undefined;
  } catch {
    return undefined;
  }
}

export function send(request: IncomingMessage, response: ServerResponse, { status, body, headers }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const isText = typeof body === 'string' && !body.startsWith('{');
  // What was not read of the body can't be told from the next request.
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(status, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    'content-length': bytes.byteLength,
    ...headers,
  });
  response.end(bytes);
}

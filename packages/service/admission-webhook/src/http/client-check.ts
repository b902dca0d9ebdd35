import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

/** Which clients may ask. */
export interface ClientCheck {
  /** Authorities of their certificates, PEM. */
  readonly ca: string;
  /** Common names; empty: any. */
  readonly names: readonly string[];
}

/** Verdicts of connections: a certificate does not change while one lasts. */
const known = new WeakMap<TLSSocket, string | true>();

/** True, or why the client is refused. */
export function checkClient(request: IncomingMessage, { names }: ClientCheck): string | true {
  const socket = request.socket as TLSSocket;
  let verdict = known.get(socket);
  if (verdict === undefined) {
    verdict = verdictOf(socket, names);
    known.set(socket, verdict);
  }
  return verdict;
}

function verdictOf(socket: TLSSocket, names: readonly string[]): string | true {
  const { subject } = socket.getPeerCertificate();
  if (subject === undefined) return 'a client certificate is required, and none was shown';
  if (!socket.authorized) {
    return `the client certificate is refused: ${String(socket.authorizationError ?? 'it can not be verified')}`;
  }
  const name = Array.isArray(subject.CN) ? subject.CN[0] : subject.CN;
  if (names.length === 0 || names.includes(name ?? '')) return true;
  return `the client certificate is of ${JSON.stringify(name ?? '')}, who may not ask`;
}

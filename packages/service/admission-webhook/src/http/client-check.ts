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

const FOREIGN = 'no authority that is trusted here issued it';

/** What codes of OpenSSL mean. */
const REFUSALS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: FOREIGN,
  SELF_SIGNED_CERT_IN_CHAIN: FOREIGN,
  UNABLE_TO_GET_ISSUER_CERT: FOREIGN,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: FOREIGN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: FOREIGN,
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  INVALID_PURPOSE: 'it is not made for clients',
};

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
    // A code, other than its type says.
    const code = String(socket.authorizationError ?? 'it can not be verified');
    const why = REFUSALS[code];
    return `the client certificate is refused: ${why === undefined ? code : `${why} (${code})`}`;
  }
  const name = Array.isArray(subject.CN) ? subject.CN[0] : subject.CN;
  if (names.length === 0 || names.includes(name ?? '')) return true;
  return `the client certificate is of ${JSON.stringify(name ?? '')}, who may not ask`;
}

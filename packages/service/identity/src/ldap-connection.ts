import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { messageOf, SekishoError } from '@sekisho/base';

export interface LdapEndpoint {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (LDAPS), or after a request in the clear that holds no secret (StartTLS). */
  readonly security: 'ldaps' | 'starttls';
  /** PEM of the authorities to trust instead of the system's. */
  readonly caPem?: string;
}

/** An answer that is longer than this is nobody's user or group. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Opens an encrypted connection to a directory whose certificate is the host's. It ends when the signal aborts.
 *
 * @throws SekishoError LDAP_UNREACHABLE (retryable) | LDAP_TLS | LDAP_NO_STARTTLS
 */
export async function openLdapConnection(endpoint: LdapEndpoint, signal: AbortSignal): Promise<TLSSocket> {
  const { host, port, security } = endpoint;
  signal.throwIfAborted();
  const plain = connectPlain({ host, port });
  const socket = destroyOnAbort(plain, signal);
  try {
    await eventOf(socket, 'connect');
    if (security === 'starttls') await requestTls(socket, endpoint);
  } catch (error) {
    socket.destroy();
    throw toConnectionError(error, endpoint);
  }
  const secure = connectTls({
    socket,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(endpoint.caPem === undefined ? {} : { ca: endpoint.caPem }),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  });
  try {
    await eventOf(destroyOnAbort(secure, signal), 'secureConnect');
  } catch (error) {
    secure.destroy();
    throw toTlsError(error, endpoint);
  }
  let received = 0;
  secure.on('data', (bytes: Buffer) => {
    received += bytes.length;
    if (received > MAX_BYTES) secure.destroy(new Error('the answer is too long'));
  });
  return secure;
}

function destroyOnAbort<S extends Socket>(socket: S, signal: AbortSignal): S {
  const destroy = () => socket.destroy();
  signal.addEventListener('abort', destroy, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', destroy));
  return socket;
}

function eventOf(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const close = () => reject(new Error('the connection was closed'));
    socket.once('error', reject);
    socket.once('close', close);
    socket.once(event, () => {
      socket.off('close', close);
      socket.off('error', reject);
      // What happens later is told by who reads; without a listener it would end the process.
      socket.on('error', () => {});
      resolve();
    });
  });
}

/** ExtendedRequest 1.3.6.1.4.1.1466.20037 as message 1. @see RFC 4511, 4.14 */
const START_TLS = Buffer.concat([
  Buffer.from([0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16]),
  Buffer.from('1.3.6.1.4.1.1466.20037'),
]);
const EXTENDED_RESPONSE = 0x78;

/** Nothing but the one answer may come before TLS: what follows it could be anybody's. */
async function requestTls(socket: Socket, endpoint: LdapEndpoint): Promise<void> {
  const answer = await new Promise<Buffer>((resolve, reject) => {
    let received = Buffer.alloc(0);
    const stop = () => {
      socket.off('data', read);
      socket.off('close', closed);
    };
    const closed = () => {
      stop();
      reject(new Error('the connection was closed'));
    };
    const read = (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      const length = lengthOfMessage(received);
      if (length === undefined && received.length < 4096) return;
      stop();
      if (length === undefined || length !== received.length) reject(new Error('the answer to StartTLS is no LDAP'));
      else {
        socket.pause();
        resolve(received);
      }
    };
    socket.on('data', read);
    socket.on('close', closed);
    socket.write(START_TLS);
  });
  if (isSuccess(answer)) return;
  throw new SekishoError('LDAP_NO_STARTTLS', `The directory ${nameOf(endpoint)} refuses StartTLS.`, {
    hint: 'Without TLS passwords would be sent in the clear. Use ldaps (port 636), or turn StartTLS on in the directory.',
    details: { status: 502 },
  });
}

/** Bytes of the message at the start; undefined when it isn't all there, or is none. */
function lengthOfMessage(bytes: Buffer): number | undefined {
  const body = sizeAt(bytes, 1);
  if (bytes[0] !== 0x30 || body === undefined) return undefined;
  return bytes.length < body.end ? undefined : body.end;
}

/** SEQUENCE { INTEGER, [APPLICATION 24] { ENUMERATED 0 … */
function isSuccess(message: Buffer): boolean {
  const body = sizeAt(message, 1);
  const id = body && sizeAt(message, body.start + 1);
  if (id === undefined || message[id.end] !== EXTENDED_RESPONSE) return false;
  const response = sizeAt(message, id.end + 1);
  if (response === undefined) return false;
  const [tag, length, code] = message.subarray(response.start);
  return tag === 0x0a && length === 1 && code === 0;
}

/** A BER length, short or long, and where what it measures starts and ends. */
function sizeAt(bytes: Buffer, at: number): { start: number; end: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 0x80) return { start: at + 1, end: at + 1 + first };
  const count = first & 0x7f;
  if (count === 0 || count > 4 || bytes.length < at + 1 + count) return undefined;
  const start = at + 1 + count;
  return { start, end: start + bytes.readUIntBE(at + 1, count) };
}

export function nameOf({ host, port }: LdapEndpoint): string {
  return `${host}:${port}`;
}

function toConnectionError(error: unknown, endpoint: LdapEndpoint): SekishoError {
  if (error instanceof SekishoError) return error;
  return new SekishoError(
    'LDAP_UNREACHABLE',
    `The directory ${nameOf(endpoint)} does not answer: ${messageOf(error)}.`,
    {
      cause: error,
      retryable: true,
      hint: 'Check `host` of ldap.config in argocd-cm, and that the directory runs.',
      details: { status: 502 },
    },
  );
}

function toTlsError(error: unknown, endpoint: LdapEndpoint): SekishoError {
  const { code } = error as { code?: unknown };
  // Hung up without a word: it went away, or expected something else than TLS.
  if (code === undefined || code === 'ECONNRESET' || code === 'EPIPE') {
    return new SekishoError('LDAP_UNREACHABLE', `The directory ${nameOf(endpoint)} hung up: ${messageOf(error)}.`, {
      cause: error,
      retryable: true,
      hint: 'Nobody was signed in. If it always does: is it LDAPS? On port 389 `startTLS: true` is needed mostly.',
      details: { status: 502 },
    });
  }
  const isAboutCertificate = typeof code === 'string' && /CERT|SIGNATURE|ALTNAME|SELF_SIGNED/.test(code);
  return new SekishoError('LDAP_TLS', `The directory ${nameOf(endpoint)} can't be trusted: ${messageOf(error)}.`, {
    cause: error,
    hint: isAboutCertificate
      ? 'Give the authority of its certificate as `rootCA` of ldap.config in argocd-cm, and the name in it as `host`.'
      : 'Is it LDAPS? With `startTLS: true` the connection starts in the clear, on port 389 mostly.',
    details: { status: 502 },
  });
}

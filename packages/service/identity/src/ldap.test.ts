import { type AddressInfo, createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { createCertificate, type TestCertificate } from '@sekisho/testkit';
import fc from 'fast-check';
import { BerWriter } from 'ldapts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createLdapDirectory, filterFor } from './ldap.ts';

// Directories that misbehave: small servers that speak just enough LDAP to stop at any point of a sign-in.

const PASSWORD = 'a password that must not leave in the clear';

/** What the server does when a request comes; answers properly when there is nothing for it. */
type Behaviour = 'silent' | 'destroy' | 'garbage' | 'another answer' | Buffer;
type Moment = 'connection' | 'starttls' | 'search bind' | 'user search' | 'password bind' | 'group search';

let certificate: TestCertificate | undefined;
let other: TestCertificate | undefined;
beforeAll(async () => {
  [certificate, other] = await Promise.all([createCertificate('localhost'), createCertificate('elsewhere.example')]);
});

const servers: { server: Server; sockets: Set<Socket> }[] = [];
afterEach(() => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});
afterAll(() => {
  expect(servers).toEqual([]);
});

interface Directory {
  readonly port: number;
  /** All that came before TLS, and how many connections there were. */
  readonly inTheClear: Buffer[];
  connections: number;
}

async function startDirectory(
  options: {
    security?: 'ldaps' | 'starttls';
    shows?: TestCertificate | undefined;
    at?: Partial<Record<Moment, Behaviour>>;
    user?: Buffer[];
    afterStartTls?: Buffer;
  } = {},
): Promise<Directory> {
  const { security = 'ldaps', at = {}, shows = certificate } = options;
  const tls = { cert: shows?.certificatePem ?? '', key: shows?.keyPem ?? '' };
  const state: Directory = { port: 0, inTheClear: [], connections: 0 };
  const sockets = new Set<Socket>();

  function misbehave(socket: Socket, behaviour: Behaviour | undefined): boolean {
    if (behaviour === undefined) return false;
    if (behaviour === 'destroy') socket.destroy();
    if (behaviour === 'garbage') socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(20));
    if (behaviour === 'another answer') socket.write(message(99, ber(0x65, RESULT(0))));
    if (Buffer.isBuffer(behaviour)) socket.write(behaviour);
    return true;
  }

  /** Of the first connection all but the password; the second one is for it. */
  function serve(socket: Socket, connection: number): void {
    let searches = 0;
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      for (const { id, operation } of requestsIn(bytes)) {
        if (operation === 0x60) {
          if (misbehave(socket, at[connection === 1 ? 'search bind' : 'password bind'])) return;
          socket.write(message(id, ber(0x61, RESULT(0))));
        } else if (operation === 0x63) {
          searches++;
          if (misbehave(socket, at[searches === 1 ? 'user search' : 'group search'])) return;
          const entries = searches === 1 ? (options.user ?? [entry('uid=alice,dc=x', 'uid', 'alice')]) : [];
          socket.write(Buffer.concat([...entries.map((one) => message(id, one)), message(id, ber(0x65, RESULT(0)))]));
        }
      }
    });
  }

  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  const server =
    security === 'ldaps'
      ? createTlsServer(tls, (socket) => serve(socket, ++state.connections))
      : createPlainServer((socket) => {
          const connection = ++state.connections;
          socket.on('error', () => {});
          socket.once('data', (bytes) => {
            state.inTheClear.push(bytes);
            if (misbehave(socket, at.starttls)) return;
            socket.write(Buffer.concat([message(1, ber(0x78, RESULT(0))), options.afterStartTls ?? Buffer.alloc(0)]));
            const secure = new TLSSocket(socket, { isServer: true, ...tls });
            secure.on('error', () => {});
            serve(secure, connection);
          });
        });
  server.on('connection', (socket) => {
    track(socket);
    if (at.connection !== undefined) misbehave(socket, at.connection);
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push({ server, sockets });
  return Object.assign(state, { port: (server.address() as AddressInfo).port });
}

const open = (
  { port }: { port: number },
  more: { security?: 'ldaps' | 'starttls'; timeoutMs?: number; caPem?: string | undefined } = {},
) => {
  const { security = 'ldaps', timeoutMs = 20_000, caPem = certificate?.certificatePem } = more;
  return createLdapDirectory({
    endpoint: { host: 'localhost', port, security, ...(caPem === undefined ? {} : { caPem }) },
    bindDn: 'cn=search',
    bindPassword: 'secret of the search',
    userSearch: { baseDn: 'dc=x', username: 'uid' },
    groupSearch: {
      baseDn: 'dc=x',
      nameAttribute: 'cn',
      userMatchers: [{ userAttribute: 'DN', groupAttribute: 'member' }],
    },
    timeoutMs,
  });
};

const overTls = (name: string, run: () => Promise<void>) =>
  test(name, async ({ skip }) => {
    if (certificate === undefined || other === undefined) return skip();
    await run();
  });

async function refusalOf(attempt: Promise<unknown>): Promise<{ code: string; text: string; retryable: boolean }> {
  const error = await attempt.then(
    (value) => expect.fail(`signed in: ${JSON.stringify(value)}`),
    (thrown) => thrown,
  );
  const text = `${error.message} ${error.hint}`;
  expect(text).not.toContain(PASSWORD);
  expect(text).not.toContain('secret of the search');
  return { code: error.code, text, retryable: error.retryable };
}

const MOMENTS: readonly Moment[] = ['search bind', 'user search', 'password bind', 'group search'];

describe('a directory', () => {
  overTls('that answers signs in', async () => {
    for (const security of ['ldaps', 'starttls'] as const) {
      const directory = await startDirectory({ security });
      const found = await open(directory, { security }).signIn('alice', PASSWORD);
      expect(found).toEqual({ subject: 'alice', name: 'alice', groups: [] });
      expect(Buffer.concat(directory.inTheClear).toString('latin1')).not.toContain(PASSWORD);
    }
  });

  for (const moment of MOMENTS) {
    overTls(`that goes away at the ${moment} signs nobody in, and says so`, async () => {
      const directory = await startDirectory({ at: { [moment]: 'destroy' } });
      const { code, retryable, text } = await refusalOf(open(directory).signIn('alice', PASSWORD));
      expect([code, retryable, text]).toEqual([
        'LDAP_UNREACHABLE',
        true,
        expect.stringContaining('Nobody was signed in'),
      ]);
    });

    overTls(`that stops answering at the ${moment} holds nobody up`, async () => {
      const directory = await startDirectory({ at: { [moment]: 'silent' } });
      const { code, retryable } = await refusalOf(open(directory, { timeoutMs: 300 }).signIn('alice', PASSWORD));
      expect([code, retryable]).toEqual(['LDAP_TIMED_OUT', true]);
    });

    overTls(`that answers something else at the ${moment} signs nobody in`, async () => {
      for (const behaviour of ['garbage', 'another answer'] as const) {
        const directory = await startDirectory({ at: { [moment]: behaviour } });
        const { code } = await refusalOf(open(directory, { timeoutMs: 500 }).signIn('alice', PASSWORD));
        expect(code).toMatch(/^LDAP_(?:UNREACHABLE|TIMED_OUT|REFUSED)$/);
      }
    });
  }

  overTls('that never gets to TLS, or shows nothing there, holds nobody up', async () => {
    for (const security of ['ldaps', 'starttls'] as const) {
      const silent = await startDirectory({ security: 'starttls', at: { starttls: 'silent' } });
      expect((await refusalOf(open(silent, { security, timeoutMs: 300 }).signIn('alice', PASSWORD))).code).toBe(
        'LDAP_TIMED_OUT',
      );
    }
  });

  overTls('is given up when the caller goes away', async () => {
    const directory = await startDirectory({ at: { 'user search': 'silent' } });
    const stop = new AbortController();
    const attempt = open(directory).signIn('alice', PASSWORD, { signal: stop.signal });
    stop.abort(new Error('the browser left'));
    await expect(attempt).rejects.toThrow('the browser left');
  });

  test('that is not there is told with what to check', async () => {
    const gone = createPlainServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const { code, text, retryable } = await refusalOf(open({ port }).signIn('alice', PASSWORD));
    expect([code, retryable, text]).toEqual(['LDAP_UNREACHABLE', true, expect.stringContaining('`host`')]);
  });

  overTls('whose answer has no end is cut off', async () => {
    const endless = Buffer.concat(
      Array.from({ length: 9 }, () => message(2, entry('uid=x', 'uid', 'x'.repeat(2_000_000)))),
    );
    const directory = await startDirectory({ at: { 'user search': endless } });
    expect((await refusalOf(open(directory).signIn('alice', PASSWORD))).code).toBe('LDAP_UNREACHABLE');
  });

  overTls('that has the user twice signs neither in', async () => {
    const user = ['uid=alice,ou=a', 'uid=alice,ou=b'].map((dn) => entry(dn, 'uid', 'alice'));
    const directory = await startDirectory({ user });
    expect((await refusalOf(open(directory).signIn('alice', PASSWORD))).code).toBe('LDAP_AMBIGUOUS');
    // Nobody's password was tried.
    expect(directory.connections).toBe(1);
  });

  overTls('is asked as much for a user that it does not have', async () => {
    const directory = await startDirectory({ user: [] });
    expect(await open(directory).signIn('nobody', PASSWORD)).toBeUndefined();
    expect(directory.connections).toBe(2);
  });

  overTls('is not asked with an empty password, which it would take for a bind as nobody', async () => {
    const directory = await startDirectory();
    expect(await open(directory).signIn('alice', '')).toBeUndefined();
    expect(directory.connections).toBe(0);
  });
});

describe('without encryption', () => {
  overTls('nothing is sent but the request for it', async () => {
    for (const code of [1, 2, 52]) {
      const directory = await startDirectory({
        security: 'starttls',
        at: { starttls: message(1, ber(0x78, RESULT(code))) },
      });
      const refusal = await refusalOf(open(directory, { security: 'starttls' }).signIn('alice', PASSWORD));
      expect(refusal.code).toBe('LDAP_NO_STARTTLS');
      expect(Buffer.concat(directory.inTheClear).length).toBe(31);
    }
  });

  overTls('no answer is believed that comes with the leave to encrypt', async () => {
    const afterStartTls = message(2, ber(0x61, RESULT(0)));
    const directory = await startDirectory({ security: 'starttls', afterStartTls });
    expect((await refusalOf(open(directory, { security: 'starttls' }).signIn('alice', PASSWORD))).code).toBe(
      'LDAP_UNREACHABLE',
    );
  });

  overTls('a directory that speaks it on the port of LDAPS is told from one that is away', async () => {
    const directory = await startDirectory({ security: 'starttls', at: { starttls: 'garbage' } });
    expect((await refusalOf(open(directory).signIn('alice', PASSWORD))).code).toBe('LDAP_TLS');
  });

  overTls('whatever answers instead of a directory, nothing is believed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 64 }), async (bytes) => {
        const directory = await startDirectory({ security: 'starttls', at: { starttls: Buffer.from(bytes) } });
        const attempt = open(directory, { security: 'starttls', timeoutMs: 200 }).signIn('alice', PASSWORD);
        expect((await refusalOf(attempt)).code).toMatch(/^LDAP_/);
        expect(Buffer.concat(directory.inTheClear).toString('latin1')).not.toContain(PASSWORD);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a certificate', () => {
  overTls('of an authority that nobody named is refused', async () => {
    for (const security of ['ldaps', 'starttls'] as const) {
      const directory = await startDirectory({ security });
      const refusal = await refusalOf(
        open(directory, { security, caPem: other?.certificatePem }).signIn('alice', PASSWORD),
      );
      expect([refusal.code, refusal.text]).toEqual(['LDAP_TLS', expect.stringContaining('`rootCA`')]);
    }
  });

  overTls('for another name is refused', async () => {
    const directory = await startDirectory({ shows: other });
    const refusal = await refusalOf(open(directory, { caPem: other?.certificatePem }).signIn('alice', PASSWORD));
    expect([refusal.code, refusal.text]).toEqual(['LDAP_TLS', expect.stringContaining('`host`')]);
  });
});

describe('what people type', () => {
  test('is one value in a filter, whatever signs are in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (typed) => {
        const writer = new BerWriter();
        (await filterFor(undefined, 'uid', typed)).write(writer);
        expect(Buffer.from(writer.buffer)).toEqual(ber(0xa3, text('uid'), text(typed)));
      }),
    );
  });

  test('stays beside the filter of the settings', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('*', '(', ')', '\\', '|', '&', '=', '\0', 'a') }),
        async (typed) => {
          const writer = new BerWriter();
          (await filterFor('(objectClass=person)', 'uid', typed)).write(writer);
          const both = [ber(0xa3, text('objectClass'), text('person')), ber(0xa3, text('uid'), text(typed))];
          expect(Buffer.from(writer.buffer)).toEqual(ber(0xa0, ...both));
        },
      ),
    );
  });
});

/** Tag, length, and what it holds. @see X.690 */
function ber(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size =
    length < 0x80 ? [length] : [0x84, length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255];
  const short =
    length >= 0x80 && length < 0x100
      ? [0x81, length]
      : length >= 0x100 && length < 0x10000
        ? [0x82, length >> 8, length & 255]
        : size;
  return Buffer.concat([Buffer.from([tag, ...short]), body]);
}

function text(value: string): Buffer {
  return ber(0x04, Buffer.from(value));
}

function message(id: number, operation: Buffer): Buffer {
  return ber(0x30, Buffer.from([0x02, 0x01, id]), operation);
}

/** LDAPResult: code, matched name, message. */
function RESULT(code: number): Buffer {
  return Buffer.concat([Buffer.from([0x0a, 0x01, code]), text(''), text('')]);
}

/** SearchResultEntry with one attribute. */
function entry(dn: string, attribute: string, value: string): Buffer {
  return ber(0x64, text(dn), ber(0x30, ber(0x30, text(attribute), ber(0x31, text(value)))));
}

/** Small messages, as the client sends them. */
function* requestsIn(bytes: Buffer): Generator<{ id: number; operation: number }> {
  for (let at = 0; at + 2 < bytes.length; ) {
    const first = bytes[at + 1] ?? 0;
    const count = first < 0x80 ? 0 : first & 0x7f;
    const length = count === 0 ? first : bytes.readUIntBE(at + 2, count);
    const body = at + 2 + count;
    const idLength = bytes[body + 1] ?? 0;
    yield { id: bytes[body + 1 + idLength] ?? 0, operation: bytes[body + 2 + idLength] ?? 0 };
    at = body + length;
  }
}

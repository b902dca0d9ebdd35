import { connect, createServer, type Server, type Socket } from 'node:net';
import { startDirectory, type TestDirectory } from '@sekisho/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FrontDoor, startFrontDoor } from './testing/front-door.ts';

// Sign-in with users of a real directory through the HTTP door, also while the directory goes away.

const ENTRIES = `
dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit

dn: cn=alice,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
sn: Alice
uid: alice
userPassword: correct horse battery

dn: cn=admin,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
sn: Admin
uid: admin
userPassword: correct horse battery

dn: cn=shop-team,ou=people,dc=example,dc=com
objectClass: groupOfNames
member: cn=alice,ou=people,dc=example,dc=com
`;

let door: FrontDoor;
let directory: TestDirectory | undefined;
let wire: Wire;
beforeAll(async () => {
  door = await startFrontDoor();
  directory = await startDirectory(ENTRIES);
  if (directory === undefined) return;
  wire = await startWire(directory.securePort);
  await door.configure({
    cm: {
      'accounts.local': 'login',
      'ldap.config': [
        'name: Company directory',
        `host: localhost:${wire.port}`,
        `rootCAData: ${Buffer.from(directory.caPem).toString('base64')}`,
        `bindDN: ${directory.adminDn}`,
        'bindPW: $ldap.bindPW',
        'userSearch: {baseDN: "ou=people,dc=example,dc=com", username: uid}',
        'groupSearch: {baseDN: "ou=people,dc=example,dc=com"}',
        'timeoutSeconds: 5',
      ].join('\n'),
    },
    secret: { 'ldap.bindPW': directory.adminPassword },
    rbac: { 'policy.csv': 'p, role:deploy, applications, sync, shop/*, allow\ng, shop-team, role:deploy' },
  });
  const body = { newPassword: 'the local password' };
  await door.ask('/api/v1/accounts/local/password', { bearer: door.adminToken, body });
});
afterAll(async () => {
  await wire?.close();
  await directory?.close();
  await door?.close();
});

const withDirectory = (name: string, run: () => Promise<void>) =>
  test(name, async ({ skip }) => {
    if (directory === undefined) return skip();
    await run();
  });

const signIn = (username: string, password = 'correct horse battery', provider?: string) =>
  door.ask('/api/v1/session', { body: { username, password, ...(provider === undefined ? {} : { provider }) } });

withDirectory('a user of the directory has the roles of the groups there', async () => {
  expect((await door.ask('/api/v1/session/providers')).json).toContainEqual({
    type: 'ldap',
    name: 'Company directory',
  });
  const { json } = await signIn('alice');
  expect(json).toMatchObject({ user: 'alice', method: 'ldap', groups: ['shop-team'] });
  expect([json.can['applications/sync'], json.can['applications/delete']]).toEqual([true, false]);
  expect((await signIn('alice', 'wrong')).json).toMatchObject({ code: 'SIGN_IN_FAILED', status: 401 });
});

withDirectory('a user who is called like a local account is not that account', async () => {
  expect((await signIn('admin')).json).toMatchObject({ code: 'SIGN_IN_FAILED' });
  const { json } = await signIn('admin', undefined, 'Company directory');
  expect(json).toMatchObject({ user: 'ldap:admin' });
  expect(json.can['applications/get']).toBe(false);
});

withDirectory('a directory that goes away in the middle of a sign-in is told, and costs nobody a try', async () => {
  for (const [bytes, how, code, status] of [
    [100, 'cut', 'LDAP_UNREACHABLE', 502],
    [100, 'stall', 'LDAP_TIMED_OUT', 504],
  ] as const) {
    wire.interrupt(bytes, how);
    const reply = await signIn('alice');
    expect([reply.status, reply.json.code]).toEqual([status, code]);
    expect(reply.text).toMatch(/Nobody was signed in|is not spoken to|directory/);
    expect(reply.text).not.toContain('correct horse');
    expect(reply.cookies).toEqual([]);
  }
  wire.interrupt(0, 'cut');
  for (let i = 0; i < 7; i++) expect((await signIn('alice')).status).toBe(502);
  // Local accounts go on without it.
  expect((await signIn('local', 'the local password')).status).toBe(200);
  wire.interrupt(Number.POSITIVE_INFINITY, 'cut');
  expect((await signIn('alice')).status).toBe(200);
});

interface Wire {
  readonly port: number;
  /** After this many bytes of an answer the connection ends, or nothing more comes. */
  interrupt(bytes: number, how: 'cut' | 'stall'): void;
  close(): Promise<void>;
}

/** The way to the directory, which can break. */
async function startWire(port: number): Promise<Wire> {
  let limit = Number.POSITIVE_INFINITY;
  let mode: 'cut' | 'stall' = 'cut';
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port });
    let answered = 0;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (bytes) => far.write(bytes));
    far.on('data', (bytes) => {
      answered += bytes.length;
      if (answered <= limit) near.write(bytes);
      else if (mode === 'cut') near.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    interrupt(bytes, how) {
      limit = bytes;
      mode = how;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

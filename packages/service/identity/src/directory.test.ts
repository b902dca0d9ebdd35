import { startDirectory, type TestDirectory } from '@sekisho/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLdapDirectory, type LdapOptions } from './ldap.ts';
import type { LdapEndpoint } from './ldap-connection.ts';

// Sign-in at a real directory that refuses simple binds without TLS and searches by nobody.

const PEOPLE = 'ou=people,dc=example,dc=com';
const GROUPS = 'ou=groups,dc=example,dc=com';
/** Letters that mean something in filters and names. */
const TRICKY = String.raw`o'hara*)(uid=\2a,"x"`;

function person(uid: string, more: Readonly<Record<string, string>> = {}, unit = PEOPLE): string {
  const name = `cn=${uid.replace(/[^a-z]/g, '')}`;
  const fields = {
    sn: uid,
    uid,
    mail: `${uid.replace(/[^a-z]/g, '')}@example.com`,
    userPassword: `${uid}'s password`,
    ...more,
  };
  const lines = Object.entries(fields).map(([key, value]) => `${key}:: ${Buffer.from(value).toString('base64')}`);
  return [`dn: ${name},${unit}`, 'objectClass: inetOrgPerson', ...lines].join('\n');
}

function group(name: string, ...members: string[]): string {
  return [`dn: cn=${name},${GROUPS}`, 'objectClass: groupOfNames', ...members.map((dn) => `member: ${dn}`)].join('\n');
}

const ENTRIES = [
  `dn: ${PEOPLE}\nobjectClass: organizationalUnit`,
  `dn: ${GROUPS}\nobjectClass: organizationalUnit`,
  `dn: ou=more,${PEOPLE}\nobjectClass: organizationalUnit`,
  `dn: ou=most,${PEOPLE}\nobjectClass: organizationalUnit`,
  person('alice'),
  person('bob'),
  person('bob', {}, `ou=more,${PEOPLE}`),
  ...[PEOPLE, `ou=more,${PEOPLE}`, `ou=most,${PEOPLE}`].map((unit) => person('carol', {}, unit)),
  person(TRICKY),
  person('loner'),
  [`dn: cn=nopassword,${PEOPLE}`, 'objectClass: inetOrgPerson', 'sn: x', 'uid: nopassword'].join('\n'),
  group('staff', `cn=alice,${PEOPLE}`, `cn=ohara uid a x,${PEOPLE}`.replaceAll(' ', '')),
  group('company', `cn=staff,${GROUPS}`),
  // A circle: whoever is in one is in the other.
  group('left', `cn=company,${GROUPS}`, `cn=right,${GROUPS}`),
  group('right', `cn=left,${GROUPS}`),
  [`dn: cn=posix,${GROUPS}`, 'objectClass: posixGroup', 'gidNumber: 1', 'memberUid: alice', 'memberUid: loner'].join(
    '\n',
  ),
].join('\n\n');

let directory: TestDirectory | undefined;
beforeAll(async () => {
  directory = await startDirectory(ENTRIES);
});
afterAll(() => directory?.close());

const GROUP_SEARCH = {
  baseDn: GROUPS,
  nameAttribute: 'cn',
  userMatchers: [{ userAttribute: 'DN', groupAttribute: 'member' }],
};

type Change = Omit<Partial<LdapOptions>, 'endpoint' | 'userSearch'> & {
  endpoint?: Partial<LdapEndpoint>;
  userSearch?: Partial<LdapOptions['userSearch']>;
};

function openDirectory({ endpoint, userSearch, ...more }: Change = {}) {
  if (directory === undefined) throw new Error('there is no directory');
  const { securePort, caPem, adminDn, adminPassword } = directory;
  return createLdapDirectory({
    endpoint: { host: '127.0.0.1', port: securePort, security: 'ldaps', caPem, ...endpoint },
    bindDn: adminDn,
    bindPassword: adminPassword,
    userSearch: { baseDn: PEOPLE, filter: '(objectClass=inetOrgPerson)', username: 'uid', ...userSearch },
    groupSearch: GROUP_SEARCH,
    timeoutMs: 20_000,
    ...more,
  });
}

const onDirectory = (name: string, run: () => Promise<void>) =>
  test(name, async ({ skip }) => {
    if (directory === undefined) return skip();
    await run();
  });

describe('a real directory', () => {
  onDirectory('signs in over LDAPS, with groups', async () => {
    expect(await openDirectory().signIn('alice', "alice's password")).toEqual({
      subject: 'alice',
      name: 'alice',
      groups: ['staff'],
    });
  });

  onDirectory('signs in over StartTLS', async () => {
    const endpoint = { port: directory?.plainPort ?? 0, security: 'starttls' } as const;
    expect(await openDirectory({ endpoint }).signIn('alice', "alice's password")).toMatchObject({ name: 'alice' });
  });

  onDirectory('knows a user by the name that it has, however it was typed', async () => {
    expect((await openDirectory().signIn('ALICE', "alice's password"))?.name).toBe('alice');
    const userSearch = { username: 'mail', nameAttribute: 'uid' };
    expect((await openDirectory({ userSearch }).signIn('alice@example.com', "alice's password"))?.name).toBe('alice');
  });

  onDirectory('has groups of groups, also in a circle, when asked for', async () => {
    const found = await openDirectory({ groupSearch: { ...GROUP_SEARCH, nested: true } }).signIn(
      'alice',
      "alice's password",
    );
    expect(new Set(found?.groups)).toEqual(new Set(['staff', 'company', 'left', 'right']));
  });

  onDirectory('has groups by the user’s own name', async () => {
    const userMatchers = [{ userAttribute: 'uid', groupAttribute: 'memberUid' }];
    const search = { ...GROUP_SEARCH, filter: '(objectClass=posixGroup)', userMatchers };
    expect((await openDirectory({ groupSearch: search }).signIn('loner', "loner's password"))?.groups).toEqual([
      'posix',
    ]);
  });

  onDirectory('finds a user whose name is full of signs, and nobody else by it', async () => {
    expect(await openDirectory().signIn(TRICKY, `${TRICKY}'s password`)).toMatchObject({ name: TRICKY });
    expect(await openDirectory().signIn(TRICKY, "alice's password")).toBeUndefined();
  });

  onDirectory('signs nobody in by a wrong password, an empty one, or as nobody', async () => {
    const open = openDirectory();
    for (const [name, password] of [
      ['alice', 'wrong'],
      ['alice', "bob's password"],
      ['alice', ''],
      ['', "alice's password"],
      ['nobody', 'x'],
      ['nopassword', 'x'],
      ['*', "alice's password"],
      ['alice)(uid=*', "alice's password"],
      ['a'.repeat(10_000), 'x'],
    ] as const) {
      expect([name.slice(0, 20), await open.signIn(name, password)]).toEqual([name.slice(0, 20), undefined]);
    }
  });

  onDirectory('signs in who the filter lets in alone', async () => {
    const userSearch = { filter: '(&(objectClass=inetOrgPerson)(!(uid=alice)))' };
    expect(await openDirectory({ userSearch }).signIn('alice', "alice's password")).toBeUndefined();
    expect(await openDirectory({ userSearch }).signIn('loner', "loner's password")).toBeDefined();
  });

  onDirectory('takes no name that it has twice or three times', async () => {
    for (const name of ['bob', 'carol']) {
      await expect(openDirectory().signIn(name, `${name}'s password`)).rejects.toMatchObject({
        code: 'LDAP_AMBIGUOUS',
        hint: expect.stringContaining('userSearch.filter'),
      });
    }
  });

  onDirectory('whatever is typed, only the right name and password sign in', async () => {
    const open = openDirectory();
    const signs = fc.string({
      unit: fc.constantFrom('*', '(', ')', '\\', '|', '&', '=', '\0', 'a', 'l', ',', '2', ' '),
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(signs, fc.string({ unit: 'grapheme', minLength: 1 })), async (name) => {
        expect(await open.signIn(name, "alice's password")).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  onDirectory('that refuses our own search says what to check, without the password', async () => {
    for (const change of [{ bindPassword: 'wrong secret' }, { userSearch: { baseDn: 'dc=elsewhere' } }]) {
      const attempt = openDirectory(change).signIn('alice', "alice's password");
      await expect(attempt).rejects.toMatchObject({ code: 'LDAP_REFUSED', hint: expect.stringContaining('bindDN') });
      await attempt.catch((error) => expect(`${error.message} ${error.hint}`).not.toMatch(/wrong secret|alice's/));
    }
    const anonymous: LdapOptions = {
      endpoint: {
        host: '127.0.0.1',
        port: directory?.securePort ?? 0,
        security: 'ldaps',
        caPem: directory?.caPem ?? '',
      },
      userSearch: { baseDn: PEOPLE, username: 'uid' },
    };
    await expect(createLdapDirectory(anonymous).signIn('alice', 'x')).rejects.toMatchObject({ code: 'LDAP_REFUSED' });
  });

  onDirectory('whose certificate is of an unknown authority is not spoken to', async () => {
    const unknown = createLdapDirectory({
      endpoint: { host: '127.0.0.1', port: directory?.securePort ?? 0, security: 'ldaps' },
      userSearch: { baseDn: PEOPLE, username: 'uid' },
    });
    await expect(unknown.signIn('alice', 'x')).rejects.toMatchObject({
      code: 'LDAP_TLS',
      hint: expect.stringContaining('rootCA'),
    });
  });
});

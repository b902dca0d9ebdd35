import { isSekishoError, messageOf, SekishoError } from '@sekisho/base';
import type { Client, Entry, Filter } from 'ldapts';
import type { ExternalIdentity } from './identity.ts';
import { type LdapEndpoint, nameOf, openLdapConnection } from './ldap-connection.ts';

/** How users and groups are found; the fields are those of Dex's LDAP connector. */
export interface LdapOptions {
  readonly endpoint: LdapEndpoint;
  /** Who looks for users and groups; anonymous when absent. */
  readonly bindDn?: string;
  readonly bindPassword?: string;
  readonly userSearch: {
    readonly baseDn: string;
    /** What users are, `(objectClass=person)` say. */
    readonly filter?: string;
    /** Attribute that holds what people type: `uid`, `sAMAccountName`, `mail`. */
    readonly username: string;
    /** Attribute that names the user; default the same. */
    readonly nameAttribute?: string;
  };
  readonly groupSearch?: {
    readonly baseDn: string;
    readonly filter?: string;
    /** Which attribute of a group holds which attribute of its members; `DN` is the entry's name. */
    readonly userMatchers: readonly { readonly userAttribute: string; readonly groupAttribute: string }[];
    readonly nameAttribute: string;
    /** Whether groups of groups count. Default false. */
    readonly nested?: boolean;
  };
  /** For the whole sign-in. Default 10,000. */
  readonly timeoutMs?: number;
}

export interface LdapDirectory {
  /**
   * Finds the user, proves the password by a bind, and finds the groups.
   *
   * @returns undefined when there is no such user or the password is another
   * @throws SekishoError LDAP_UNREACHABLE | LDAP_TIMED_OUT (both retryable) | LDAP_TLS | LDAP_NO_STARTTLS | LDAP_REFUSED (the
   *   directory refuses our own search) | LDAP_AMBIGUOUS (two users of this name)
   */
  signIn(username: string, password: string, options?: { signal?: AbortSignal }): Promise<ExternalIdentity | undefined>;
}

const MAX_GROUPS = 1_000;
const MAX_NESTING = 10;
const MAX_NAME_LENGTH = 256;

export function createLdapDirectory(options: LdapOptions): LdapDirectory {
  return {
    async signIn(username, password, { signal } = {}) {
      // An empty password is not wrong to a directory: it is a bind as nobody, which succeeds.
      if (username === '' || password === '' || username.length > MAX_NAME_LENGTH) return undefined;
      const timer = AbortSignal.timeout(options.timeoutMs ?? 10_000);
      const limit = signal === undefined ? timer : AbortSignal.any([signal, timer]);
      try {
        return await signIn(options, username, password, limit);
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        throw timer.aborted ? timedOut(options) : toLdapError(error, options);
      }
    },
  };
}

async function signIn(
  options: LdapOptions,
  username: string,
  password: string,
  signal: AbortSignal,
): Promise<ExternalIdentity | undefined> {
  const search = await open(options, signal);
  try {
    if (options.bindDn !== undefined) await search.bind(options.bindDn, options.bindPassword ?? '');
    const user = await findUser(search, options, username);
    if (!(await provesPassword(options, user?.dn, password, signal)) || user === undefined) return undefined;
    const groups = await findGroups(search, options, user);
    const nameAttribute = options.userSearch.nameAttribute ?? options.userSearch.username;
    const name = valuesOf(user, nameAttribute)[0] ?? username;
    return { subject: name, name, groups };
  } finally {
    await search.unbind().catch(() => {});
  }
}

/** One connection, made here: the client can't open another one by itself, which would not be encrypted. */
async function open({ endpoint }: LdapOptions, signal: AbortSignal): Promise<Client> {
  const { Client } = await import('ldapts');
  const socket = await openLdapConnection(endpoint, signal);
  let used = false;
  return new Client({
    url: 'ldap://directory',
    strictDN: false,
    createConnection: (() => {
      if (used || socket.destroyed) throw new Error('the connection was closed');
      used = true;
      return socket;
    }) as never,
  });
}

async function findUser(client: Client, options: LdapOptions, username: string): Promise<Entry | undefined> {
  const { baseDn, filter, username: attribute, nameAttribute } = options.userSearch;
  const matched = options.groupSearch?.userMatchers.map(({ userAttribute }) => userAttribute) ?? [];
  const { SizeLimitExceededError } = await import('ldapts');
  const ambiguous = () =>
    new SekishoError('LDAP_AMBIGUOUS', `The directory ${nameOf(options.endpoint)} has several users of this name.`, {
      hint: 'Narrow `userSearch.filter` or `baseDN` of ldap.config in argocd-cm.',
      details: { status: 401 },
    });
  try {
    const { searchEntries } = await client.search(baseDn, {
      scope: 'sub',
      filter: await filterFor(filter, attribute, username),
      attributes: [attribute, ...(nameAttribute === undefined ? [] : [nameAttribute]), ...matched].filter(
        (name) => name !== DN,
      ),
      sizeLimit: 2,
    });
    if (searchEntries.length > 1) throw ambiguous();
    return searchEntries[0];
  } catch (error) {
    throw error instanceof SizeLimitExceededError ? ambiguous() : error;
  }
}

/** On a connection of its own, which is nobody's afterwards. A user that doesn't exist is asked about all the same. */
async function provesPassword(
  options: LdapOptions,
  dn: string | undefined,
  password: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { InappropriateAuthError, InvalidCredentialsError, NoSuchObjectError, InvalidDNSyntaxError } = await import(
    'ldapts'
  );
  const client = await open(options, signal);
  try {
    await client.bind(dn ?? `cn=nobody,${options.userSearch.baseDn}`, password);
    return dn !== undefined;
  } catch (error) {
    const refused = [InvalidCredentialsError, InappropriateAuthError, NoSuchObjectError, InvalidDNSyntaxError];
    if (refused.some((kind) => error instanceof kind) || dn === undefined) return false;
    throw error;
  } finally {
    await client.unbind().catch(() => {});
  }
}

async function findGroups(client: Client, options: LdapOptions, user: Entry): Promise<string[]> {
  const search = options.groupSearch;
  if (search === undefined) return [];
  const found = new Map<string, string>();
  let members = [user];
  for (let level = 0; members.length > 0 && level < (search.nested === true ? MAX_NESTING : 1); level++) {
    const groups: Entry[] = [];
    for (const member of members) {
      for (const group of await groupsOf(client, search, member, level)) {
        if (found.has(group.dn) || found.size >= MAX_GROUPS) continue;
        found.set(group.dn, valuesOf(group, search.nameAttribute)[0] ?? '');
        groups.push(group);
      }
    }
    members = groups;
  }
  return [...new Set(found.values())].filter((name) => name !== '');
}

async function groupsOf(
  client: Client,
  search: NonNullable<LdapOptions['groupSearch']>,
  member: Entry,
  level: number,
): Promise<Entry[]> {
  const groups: Entry[] = [];
  // Groups are members by their name alone: their attributes mean something else than a user's.
  const matchers = level === 0 ? search.userMatchers : search.userMatchers.filter((m) => m.userAttribute === DN);
  for (const { userAttribute, groupAttribute } of matchers) {
    for (const value of valuesOf(member, userAttribute)) {
      const { searchEntries } = await client.search(search.baseDn, {
        scope: 'sub',
        filter: await filterFor(search.filter, groupAttribute, value),
        attributes: search.nameAttribute === DN ? ['1.1'] : [search.nameAttribute],
        sizeLimit: MAX_GROUPS,
      });
      groups.push(...searchEntries);
    }
  }
  return groups;
}

const DN = 'DN';

/** Values travel as bytes of their own, never as a part of a filter's text: nothing in them can be syntax. */
export async function filterFor(filter: string | undefined, attribute: string, value: string): Promise<Filter> {
  const { AndFilter, EqualityFilter, FilterParser } = await import('ldapts');
  const equals = new EqualityFilter({ attribute, value: Buffer.from(value) });
  if (filter === undefined || filter === '') return equals;
  return new AndFilter({ filters: [FilterParser.parseString(filter), equals] });
}

function valuesOf(entry: Entry, attribute: string): string[] {
  if (attribute === DN) return [entry.dn];
  const name = Object.keys(entry).find((key) => key.toLowerCase() === attribute.toLowerCase());
  const value = name === undefined ? [] : entry[name];
  return (Array.isArray(value) ? value : [value]).flatMap((one) => {
    const text = Buffer.isBuffer(one) ? one.toString('utf8') : (one ?? '');
    return typeof text === 'string' && text !== '' ? [text] : [];
  });
}

function timedOut({ endpoint }: LdapOptions): SekishoError {
  return new SekishoError('LDAP_TIMED_OUT', `The directory ${nameOf(endpoint)} did not answer in time.`, {
    retryable: true,
    hint: 'Nobody was signed in. Try again, or sign in with a local account.',
    details: { status: 504 },
  });
}

function toLdapError(error: unknown, { endpoint }: LdapOptions): SekishoError {
  if (isSekishoError(error)) return error;
  const { code } = error as { code?: unknown };
  if (typeof code === 'number') {
    return new SekishoError(
      'LDAP_REFUSED',
      `The directory ${nameOf(endpoint)} refuses to be searched: ${messageOf(error)}.`,
      {
        cause: error,
        hint: 'Check `bindDN`, `bindPW`, the base DNs and filters of ldap.config in argocd-cm.',
        details: { status: 502 },
      },
    );
  }
  return new SekishoError('LDAP_UNREACHABLE', `The directory ${nameOf(endpoint)} went away: ${messageOf(error)}.`, {
    cause: error,
    retryable: true,
    hint: 'Nobody was signed in. Try again, or sign in with a local account.',
    details: { status: 502 },
  });
}

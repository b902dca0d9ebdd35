import { type Clock, isSekishoError, type Logger, messageOf } from '@sekisho/base';
import {
  createLdapDirectory,
  createOidcProvider,
  type ExternalIdentity,
  hashPassword,
  isOutdated,
  type LdapDirectory,
  type OidcProvider,
  verifyPassword,
} from '@sekisho/identity';
import type { Credentials } from '@sekisho/store';
import type { SignedIn } from './sessions.ts';
import type { SettingsBook } from './settings-book.ts';

/** Proves who somebody is. Who signs in slowly or wrongly is the caller's to limit. */
export interface SignIn {
  /**
   * A local account first, the directory otherwise; `provider` asks the directory of that name alone. An account that
   * doesn't exist costs as much as one that does.
   *
   * @returns undefined when name or password are wrong
   * @throws SekishoError those of the directory
   */
  withPassword(
    username: string,
    password: string,
    options?: { readonly provider?: string; readonly signal?: AbortSignal },
  ): Promise<SignedIn | undefined>;
  /** Whether it is the password of a local account. */
  isPasswordOf(account: string, password: string): Promise<boolean>;
  /** @throws SekishoError PASSWORD_UNFIT */
  setPassword(account: string, password: string): Promise<void>;
  hasPassword(account: string): Promise<boolean>;
  /** Undefined when argocd-cm has no (good) oidc.config. */
  oidc(): { readonly name: string; readonly provider: OidcProvider } | undefined;
  ldapName(): string | undefined;
  /** Who an identity of a provider is here. */
  fromProvider(identity: ExternalIdentity, method: 'oidc' | 'ldap'): SignedIn;
}

/** Names of roles; a provider that uses them as names of users or groups gives nobody a role by it. */
const RESERVED = /^(?:role|proj):/;

export function createSignIn(options: {
  credentials: Credentials;
  settings: SettingsBook;
  clock: Clock;
  logger: Logger;
}): SignIn {
  const { credentials, settings, clock, logger } = options;
  // Made anew only when their settings changed: a provider keeps what it found out.
  const oidcFor = keepWhileSame(() => settings.signIn.oidc, createOidcProvider);
  const directoryFor = keepWhileSame(() => settings.signIn.ldap, createLdapDirectory);
  let hasTold = false;

  async function storedPassword(account: string): Promise<string | undefined> {
    const kept = await credentials.password(account);
    if (kept !== undefined) return kept.stored;
    const key = account === 'admin' ? 'admin.password' : `accounts.${account}.password`;
    const declared = settings.secret(key);
    if (declared?.startsWith('$2') === true && !hasTold) {
      hasTold = true;
      logger.warn({ account, key }, 'bcrypt passwords of argocd-secret are not read: set the password once more');
    }
    return declared;
  }

  function loginAccount(name: string) {
    const account = settings.signIn.accounts.get(name);
    return account?.enabled === true && account.capabilities.includes('login') ? account : undefined;
  }

  async function isPasswordOf(name: string, password: string): Promise<boolean> {
    const account = loginAccount(name);
    // Looked up and computed for everybody alike.
    const stored = await storedPassword(name);
    const isRight = await verifyPassword(password, account === undefined ? undefined : stored);
    if (isRight && stored !== undefined && isOutdated(stored)) await renew(name, password);
    return isRight;
  }

  async function renew(account: string, password: string): Promise<void> {
    try {
      await credentials.setPassword(account, await hashPassword(password), new Date(clock.now()).toISOString());
    } catch (error) {
      logger.warn({ account, error: messageOf(error) }, 'a password could not be stored anew');
    }
  }

  function fromProvider(identity: ExternalIdentity, method: 'oidc' | 'ldap'): SignedIn {
    const { accounts } = settings.signIn;
    const isTaken = (name: string) => accounts.has(name) || RESERVED.test(name);
    const { name, subject } = identity;
    // Policies speak of local accounts by their names: nobody else gets one of them.
    const user = isTaken(name) || name === '' ? `${method}:${name || subject}` : name;
    const groups = [subject, ...identity.groups].filter((group) => group !== user && !isTaken(group));
    return { user, groups: [...new Set(groups)], method };
  }

  return {
    isPasswordOf,
    fromProvider,
    async withPassword(username, password, { provider, signal } = {}) {
      const local = provider === undefined && settings.signIn.accounts.has(username);
      const isRight = await isPasswordOf(provider === undefined ? username : '', password);
      if (local) return isRight ? { user: username, groups: [], method: 'password' } : undefined;
      const directory = directoryFor();
      if (directory === undefined || (provider !== undefined && provider !== settings.signIn.ldap?.name))
        return undefined;
      const identity = await directory.signIn(username, password, signal === undefined ? {} : { signal });
      return identity === undefined ? undefined : fromProvider(identity, 'ldap');
    },
    async setPassword(account, password) {
      await credentials.setPassword(account, await hashPassword(password), new Date(clock.now()).toISOString());
    },
    hasPassword: async (account) => (await storedPassword(account)) !== undefined,
    oidc() {
      const provider = oidcFor();
      const name = settings.signIn.oidc?.name;
      return provider === undefined || name === undefined ? undefined : { name, provider };
    },
    ldapName: () => settings.signIn.ldap?.name,
  };
}

function keepWhileSame<O, T extends OidcProvider | LdapDirectory>(
  read: () => O | undefined,
  create: (options: O) => T,
): () => T | undefined {
  let made: { readonly from: string; readonly thing: T } | undefined;
  return () => {
    const options = read();
    if (options === undefined) return undefined;
    const from = JSON.stringify(options);
    if (made?.from !== from) made = { from, thing: create(options) };
    return made.thing;
  };
}

/** Faults of a directory or provider, which are no fault of who signs in. */
export function isProviderFault(error: unknown): boolean {
  return isSekishoError(error) && /^(?:LDAP|OIDC)_/.test(error.code) && error.code !== 'OIDC_REFUSED';
}

import { type Diagnostic, type Origin, parseYamlDocuments, type YamlDocument } from '@sekisho/base';
import type { LdapOptions, OidcOptions } from '@sekisho/identity';
import { parseDurationMs } from '@sekisho/sync';
import { z } from 'zod';

/** What an account may be used for. */
export type Capability = 'login' | 'apiKey';

/** A local account, as argocd-cm declares it. */
export interface LocalAccount {
  readonly name: string;
  readonly enabled: boolean;
  readonly capabilities: readonly Capability[];
}

/** How people sign in, and for how long. From argocd-cm. */
export interface SignInSettings {
  /** Address that people reach this server by, when it is not the one that it listens on. */
  readonly url?: string;
  readonly accounts: ReadonlyMap<string, LocalAccount>;
  readonly oidc?: OidcOptions;
  readonly ldap?: LdapOptions & { readonly name: string };
  /** How long a session lasts at most. */
  readonly sessionMs: number;
  /** How long a session lasts that nobody uses. */
  readonly idleMs: number;
}

export const ADMIN_ACCOUNT = 'admin';

const DAY_MS = 24 * 60 * 60_000;
const DEFAULT_SESSION_MS = DAY_MS;
const DEFAULT_IDLE_MS = 60 * 60_000;
const CAPABILITIES: Readonly<Record<string, Capability>> = { login: 'login', apiKey: 'apiKey' };

/**
 * @param data of argocd-cm
 * @param resolve a text in which `$key` and `$secret:key` are replaced; undefined when there is no such secret
 * @returns diagnostics ACCESS_CONFIG_INVALID; what they are about is left out
 */
export async function readSignInSettings(
  data: Readonly<Record<string, string>>,
  resolve: (text: string) => Promise<string | undefined>,
): Promise<{ settings: SignInSettings; diagnostics: readonly Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const scopes = readScopes(data['scopes']);
  const oidc = await readDocument(data, 'oidc.config', oidcConfig, resolve, diagnostics);
  const ldap = await readDocument(data, 'ldap.config', ldapConfig, resolve, diagnostics);
  const url = data['url']?.trim();
  const settings: SignInSettings = {
    ...(url === undefined || !URL.canParse(url) ? {} : { url }),
    accounts: readAccounts(data, diagnostics),
    ...(oidc === undefined ? {} : { oidc: toOidcOptions(oidc, scopes) }),
    ...(ldap === undefined ? {} : { ldap: toLdapOptions(ldap) }),
    sessionMs: readDuration(data, 'users.session.duration', DEFAULT_SESSION_MS, diagnostics),
    idleMs: readDuration(data, 'users.session.idle', DEFAULT_IDLE_MS, diagnostics),
  };
  return { settings, diagnostics };
}

/** `[groups, email]` of argocd-rbac-cm: the claims whose values policies may name. */
export function readScopes(text: string | undefined): readonly string[] {
  const value = text === undefined ? undefined : parseYamlDocuments(text, { file: 'scopes' }).documents[0]?.value;
  const names = Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
  return names.length === 0 ? ['groups'] : names;
}

function readAccounts(data: Readonly<Record<string, string>>, diagnostics: Diagnostic[]): Map<string, LocalAccount> {
  const isEnabled = (key: string) => data[key]?.trim() !== 'false';
  const accounts = new Map<string, LocalAccount>();
  const admin: Capability[] = ['login', 'apiKey'];
  accounts.set(ADMIN_ACCOUNT, { name: ADMIN_ACCOUNT, enabled: isEnabled('admin.enabled'), capabilities: admin });
  for (const [key, text] of Object.entries(data)) {
    const name = /^accounts\.([^.]+)$/.exec(key)?.[1];
    if (name === undefined || name === ADMIN_ACCOUNT) continue;
    const words = text.split(',').map((word) => word.trim());
    const unknown = words.filter((word) => word !== '' && CAPABILITIES[word] === undefined);
    if (!/^[a-zA-Z0-9][-\w@]{0,62}$/.test(name)) {
      diagnostics.push(invalid(key, `"${name}" is no name of an account.`, 'Use letters, digits, "-", "_" and "@".'));
      continue;
    }
    if (unknown.length > 0) {
      diagnostics.push(invalid(key, `An account can't have "${unknown.join(', ')}".`, 'There are login and apiKey.'));
    }
    const capabilities = words.flatMap((word) => CAPABILITIES[word] ?? []);
    accounts.set(name, { name, enabled: isEnabled(`accounts.${name}.enabled`), capabilities });
  }
  return accounts;
}

/** Go's durations: `24h`, `1h30m`, `90s`. */
function readDuration(
  data: Readonly<Record<string, string>>,
  key: string,
  byDefault: number,
  diagnostics: Diagnostic[],
): number {
  const text = data[key]?.trim();
  if (text === undefined || text === '') return byDefault;
  // A duration of Go has units: a bare number is none.
  const ms = /^\d+$/.test(text) ? undefined : parseDurationMs(text);
  if (ms !== undefined && ms >= 60_000 && ms <= 365 * DAY_MS) return ms;
  diagnostics.push(invalid(key, `"${text}" is no length of a session; the default stays.`, 'Write 24h or 1h30m.'));
  return byDefault;
}

async function readDocument<T extends z.ZodType>(
  data: Readonly<Record<string, string>>,
  key: string,
  schema: T,
  resolve: (text: string) => Promise<string | undefined>,
  diagnostics: Diagnostic[],
): Promise<z.infer<T> | undefined> {
  const text = data[key];
  if (text === undefined || text.trim() === '') return undefined;
  const { documents, diagnostics: faults } = parseYamlDocuments(text, { file: fileOf(key), maxBytes: 1024 * 1024 });
  diagnostics.push(...faults);
  const [document] = documents;
  if (document === undefined) return undefined;
  const missing: string[] = [];
  const value = await resolveTexts(document.value, resolve, missing);
  for (const reference of missing) {
    diagnostics.push(invalid(key, `There is no secret ${reference}.`, 'Put it into the Secret argocd-secret.'));
  }
  const parsed = schema.safeParse(value);
  if (missing.length > 0 || faults.some(({ severity }) => severity === 'error')) return undefined;
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) {
    diagnostics.push({
      ...invalid(key, `${path.join('.') || key}: ${message}`),
      origin: originOf(document, path, key),
    });
  }
  return undefined;
}

/** Texts that are nothing but a reference become what they refer to. */
async function resolveTexts(
  value: unknown,
  resolve: (text: string) => Promise<string | undefined>,
  missing: string[],
): Promise<unknown> {
  if (typeof value === 'string') {
    if (!value.startsWith('$')) return value;
    const found = await resolve(value);
    if (found === undefined) missing.push(value);
    return found ?? '';
  }
  if (Array.isArray(value)) return Promise.all(value.map((item) => resolveTexts(item, resolve, missing)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await resolveTexts(item, resolve, missing)]);
  return Object.fromEntries(await Promise.all(entries));
}

function originOf(document: YamlDocument, path: readonly PropertyKey[], key: string): Origin {
  const steps = path.filter((step) => typeof step !== 'symbol');
  for (let length = steps.length; length > 0; length--) {
    const position = document.positionOf(steps.slice(0, length));
    if (position !== undefined) return { file: fileOf(key), line: position.line, column: position.column };
  }
  return { file: fileOf(key) };
}

function invalid(key: string, message: string, hint?: string): Diagnostic {
  return {
    code: 'ACCESS_CONFIG_INVALID',
    severity: 'error',
    message,
    origin: { file: fileOf(key) },
    ...(hint === undefined ? {} : { hint }),
  };
}

function fileOf(key: string): string {
  return `argocd-cm/${key}`;
}

const text = z.string().min(1);

/** Argo CD's; what it has more is passed over. */
const oidcConfig = z.object({
  name: text.default('SSO'),
  issuer: z.url({ protocol: /^https?$/ }),
  clientID: text,
  clientSecret: text.optional(),
  requestedScopes: z.array(text).optional(),
  rootCA: text.optional(),
});

function toOidcOptions(config: z.infer<typeof oidcConfig>, groupClaims: readonly string[]): OidcOptions {
  const { name, issuer, clientID, clientSecret, requestedScopes, rootCA } = config;
  return {
    name,
    issuer,
    clientId: clientID,
    groupClaims,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(requestedScopes === undefined ? {} : { scopes: requestedScopes }),
    ...(rootCA === undefined ? {} : { caPem: rootCA }),
  };
}

const NO_TLS = 'Passwords would be sent in the clear, which is refused. Use LDAPS (port 636) or `startTLS: true`.';
const NO_CHECK = 'A certificate that is not checked protects nothing. Give the authority as `rootCA`.';

/** The fields of Dex's LDAP connector. */
const ldapConfig = z.object({
  name: text.default('LDAP'),
  host: text
    .refine((host) => !/^ldap:\/\//i.test(host), NO_TLS)
    .refine((host) => parseHost(host) !== undefined, 'Write NAME or NAME:PORT.'),
  insecureNoSSL: z.literal(false, NO_TLS).optional(),
  insecureSkipVerify: z.literal(false, NO_CHECK).optional(),
  startTLS: z.boolean().default(false),
  rootCA: text.optional(),
  rootCAData: z.base64().optional(),
  bindDN: text.optional(),
  bindPW: text.optional(),
  userSearch: z.object({
    baseDN: text,
    filter: z.string().optional(),
    username: text,
    nameAttr: text.optional(),
  }),
  groupSearch: z
    .object({
      baseDN: text,
      filter: z.string().optional(),
      userMatchers: z
        .array(z.object({ userAttr: text, groupAttr: text }))
        .min(1)
        .default([{ userAttr: 'DN', groupAttr: 'member' }]),
      nameAttr: text.default('cn'),
      nested: z.boolean().default(false),
    })
    .optional(),
  timeoutSeconds: z.number().min(1).max(60).default(10),
});

function parseHost(host: string): { host: string; port?: number } | undefined {
  const bare = host.replace(/^ldaps:\/\//i, '').replace(/\/$/, '');
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:/\s[\]]+))(?::(\d{1,5}))?$/.exec(bare);
  const name = match?.[1] ?? match?.[2];
  if (name === undefined) return undefined;
  return match?.[3] === undefined ? { host: name } : { host: name, port: Number(match[3]) };
}

function toLdapOptions(config: z.infer<typeof ldapConfig>): LdapOptions & { name: string } {
  const { userSearch, groupSearch } = config;
  const { host, port } = parseHost(config.host) ?? { host: config.host };
  const caPem = config.rootCA ?? (config.rootCAData && Buffer.from(config.rootCAData, 'base64').toString('utf8'));
  return {
    name: config.name,
    endpoint: {
      host,
      port: port ?? (config.startTLS ? 389 : 636),
      security: config.startTLS ? 'starttls' : 'ldaps',
      ...(caPem === undefined ? {} : { caPem }),
    },
    ...(config.bindDN === undefined ? {} : { bindDn: config.bindDN }),
    ...(config.bindPW === undefined ? {} : { bindPassword: config.bindPW }),
    userSearch: {
      baseDn: userSearch.baseDN,
      username: userSearch.username,
      ...(userSearch.filter === undefined ? {} : { filter: userSearch.filter }),
      ...(userSearch.nameAttr === undefined ? {} : { nameAttribute: userSearch.nameAttr }),
    },
    ...(groupSearch === undefined
      ? {}
      : {
          groupSearch: {
            baseDn: groupSearch.baseDN,
            nameAttribute: groupSearch.nameAttr,
            nested: groupSearch.nested,
            userMatchers: groupSearch.userMatchers.map(({ userAttr, groupAttr }) => ({
              userAttribute: userAttr,
              groupAttribute: groupAttr,
            })),
            ...(groupSearch.filter === undefined ? {} : { filter: groupSearch.filter }),
          },
        }),
    timeoutMs: config.timeoutSeconds * 1000,
  };
}

import type { Logger } from '@sekisho/base';
import { SekishoError } from '@sekisho/base';
import { type Credentials, openStore } from '@sekisho/store';
import { type FakeClock, fakeClock, tempDir } from '@sekisho/testkit';
import { Registry } from 'prom-client';
import type { NewAuditEntry } from '../../audit/audit.ts';
import { accountRoutes } from '../../http/accounts.ts';
import { startHttpServer } from '../../http/server.ts';
import { sessionRoutes } from '../../http/session.ts';
import { type Access, createAccess } from '../access.ts';
import { type ProjectWithRoles, readPolicies } from '../policies.ts';
import { readSignInSettings } from '../settings.ts';
import type { SettingsBook } from '../settings-book.ts';
import { createSingleSignOn } from '../single-sign-on.ts';

/** The settings that argocd-cm, argocd-rbac-cm, argocd-secret and AppProjects would hold. */
export interface FrontDoorSettings {
  readonly cm?: Readonly<Record<string, string>>;
  readonly rbac?: Readonly<Record<string, string>>;
  readonly secret?: Readonly<Record<string, string>>;
  readonly projects?: readonly ProjectWithRoles[];
}

export interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A token or session, as a bearer. */
  readonly bearer?: string;
  /** A session, as the cookie; `csrf` goes with it. */
  readonly cookie?: string;
  readonly csrf?: string;
  /** Where it comes from, in the words of the proxy before the server. */
  readonly from?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  readonly json: any;
  readonly cookies: readonly string[];
}

/**
 * Sign-in, sessions, accounts and policies behind the real HTTP server and the real store, without a cluster: with a clock
 * that tests move, callers from anywhere, and a store that can go away.
 */
export interface FrontDoor {
  readonly url: string;
  readonly access: Access;
  readonly clock: FakeClock;
  readonly credentials: Credentials;
  readonly audit: readonly NewAuditEntry[];
  /** All that was logged. */
  readonly log: readonly string[];
  readonly adminToken: string;
  ask(path: string, options?: Ask): Promise<Reply>;
  configure(settings: FrontDoorSettings): Promise<void>;
  storeIsAway(away: boolean): void;
  close(): Promise<void>;
}

/** What the tests' proxy is called: everything that a test asks comes through it. */
const PROXY = '127.0.0.1';

export async function startFrontDoor(
  initial: FrontDoorSettings = {},
  options: { readonly clock?: FakeClock } = {},
): Promise<FrontDoor> {
  const clock = options.clock ?? fakeClock(Date.now());
  const folder = await tempDir('sekisho-front-door-');
  const audit: NewAuditEntry[] = [];
  const log: string[] = [];
  const logger = collectingLogger(log);
  const store = await openStore({ dataDir: folder.path, logger });
  let isAway = false;
  const credentials = leavable(store.credentials, () => isAway);
  const settings = await createSettings(initial);
  const adminToken = 'the-token-of-client-json';
  const access = createAccess({
    adminToken,
    credentials,
    settings: settings.book,
    audit: recorder(audit),
    clock,
    logger,
  });
  const http = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    trustedProxies: [PROXY],
    access,
    audit: recorder(audit),
    git: { embedded: undefined as never },
    metrics: new Registry(),
    ready: () => true,
    routes: [
      sessionRoutes({
        access,
        sso: createSingleSignOn({ signIn: access.signIn, clock }),
        audit: recorder(audit),
        ownUrl: () => http.url,
      }),
      accountRoutes({ access, audit: recorder(audit), now: () => clock.now() }),
    ],
    logger,
  });

  return {
    url: http.url,
    access,
    clock,
    credentials: store.credentials,
    audit,
    log,
    adminToken,
    configure: settings.configure,
    storeIsAway(away) {
      isAway = away;
    },
    async ask(path, { method, body, headers = {}, bearer, cookie, csrf, from } = {}) {
      const response = await fetch(new URL(path, http.url), {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
          ...(cookie === undefined ? {} : { cookie: `sekisho_session=${cookie}` }),
          ...(csrf === undefined ? {} : { 'x-sekisho-csrf': csrf }),
          ...(from === undefined ? {} : { 'x-forwarded-for': from }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'manual',
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') === true;
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: isJson ? JSON.parse(text) : undefined,
        cookies: response.headers.getSetCookie(),
      };
    },
    async close() {
      await access.close();
      await http.close();
      await store.close();
      await folder.remove();
    },
  };
}

/** The secret of a session cookie that an answer sets. */
export function sessionCookie(reply: Reply): string {
  const [, secret = ''] =
    /^sekisho_session=([^;]*)/.exec(reply.cookies.find((c) => c.startsWith('sekisho_session=')) ?? '') ?? [];
  return secret;
}

async function createSettings(initial: FrontDoorSettings) {
  let secrets: Readonly<Record<string, string>> = {};
  let policies = readPolicies({}, []);
  let signIn = (await readSignInSettings({}, async () => undefined)).settings;
  let diagnostics: SettingsBook['diagnostics'] = [];
  let current: FrontDoorSettings = {};

  async function configure(change: FrontDoorSettings): Promise<void> {
    current = { ...current, ...change };
    const { cm = {}, rbac = {}, secret = {}, projects = [] } = current;
    secrets = secret;
    const { scopes } = rbac;
    const read = await readSignInSettings(
      { ...cm, ...(scopes === undefined ? {} : { scopes }) },
      async (reference) => secrets[reference.slice(1)],
    );
    policies = readPolicies(rbac, projects);
    signIn = read.settings;
    diagnostics = [...policies.diagnostics, ...read.diagnostics];
  }
  await configure(initial);

  const book: SettingsBook = {
    get policies() {
      return policies;
    },
    get signIn() {
      return signIn;
    },
    get diagnostics() {
      return diagnostics;
    },
    secret: (key) => secrets[key],
    refresh() {},
    async settled() {},
    onChange() {},
    async close() {},
  };
  return { book, configure };
}

function recorder(entries: NewAuditEntry[]) {
  return { record: (entry: NewAuditEntry) => void entries.push(entry) };
}

function leavable(credentials: Credentials, isAway: () => boolean): Credentials {
  return new Proxy(credentials, {
    get(target, name) {
      const ask = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        if (isAway()) {
          throw new SekishoError('STORE_UNAVAILABLE', 'the store does not answer: connect ECONNREFUSED 10.9.8.7:5432');
        }
        return ask(...args);
      };
    },
  });
}

function collectingLogger(lines: string[]): Logger {
  const write = (...parts: unknown[]) => void lines.push(JSON.stringify(parts));
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  return logger;
}

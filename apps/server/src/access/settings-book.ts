import { type Diagnostic, formatDiagnostic, type Logger, messageOf } from '@sekisho/base';
import { createInformer, type Informer, type KubeClient, type ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { CONFIG_MAPS, SECRETS } from '../applications/kinds.ts';
import { type Policies, type ProjectWithRoles, readPolicies } from './policies.ts';
import { readSignInSettings, type SignInSettings } from './settings.ts';

/** How people sign in and what they may do, as the cluster says now. */
export interface SettingsBook {
  readonly policies: Policies;
  readonly signIn: SignInSettings;
  /** Of argocd-secret: `admin.password`, `accounts.NAME.password`. */
  secret(key: string): string | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Reads everything again, when AppProjects changed. */
  refresh(): void;
  /** Resolves when all that was asked for has been read. */
  settled(): Promise<void>;
  onChange(listener: () => void): void;
  close(): Promise<void>;
}

const CONFIG = 'argocd-cm';
const RBAC = 'argocd-rbac-cm';
const SECRET = 'argocd-secret';
/** Argo CD reads references to other Secrets only when they say that they are for it. */
const PART_OF = 'app.kubernetes.io/part-of';

/** Follows argocd-cm, argocd-rbac-cm and argocd-secret; ready once all are known. */
export async function openSettingsBook(options: {
  client: KubeClient;
  controlNamespace: string;
  projects: () => readonly ProjectWithRoles[];
  logger: Logger;
}): Promise<SettingsBook> {
  const { client, controlNamespace: namespace, projects, logger } = options;
  const follow = (type: ResourceType, name: string): Informer =>
    createInformer({ client, type, namespace, fieldSelector: `metadata.name=${name}`, logger });
  const informers = {
    config: follow(CONFIG_MAPS, CONFIG),
    rbac: follow(CONFIG_MAPS, RBAC),
    secret: follow(SECRETS, SECRET),
  };
  const listeners = new Set<() => void>();
  let policies = readPolicies({}, []);
  let signIn = (await readSignInSettings({}, async () => undefined)).settings;
  let diagnostics: readonly Diagnostic[] = [];
  let reading: Promise<void> | undefined;
  let isStale = false;

  const dataOf = (object: KubeObject | undefined) => (object?.['data'] ?? {}) as Record<string, string>;
  const secretOf = (object: KubeObject | undefined, key: string): string | undefined => {
    const value = dataOf(object)[key];
    return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8').trim();
  };
  const secret = (key: string) => secretOf(informers.secret.get(SECRET, namespace), key);

  async function resolve(reference: string): Promise<string | undefined> {
    const [name = '', key] = reference.slice(1).split(':', 2);
    if (key === undefined) return secret(name);
    const object = await client.getIfExists(SECRETS, name, namespace);
    return object?.metadata.labels?.[PART_OF] === 'argocd' ? secretOf(object, key) : undefined;
  }

  async function read(): Promise<void> {
    const rbac = dataOf(informers.rbac.get(RBAC, namespace));
    const config = dataOf(informers.config.get(CONFIG, namespace));
    const scopes = rbac['scopes'];
    policies = readPolicies(rbac, projects());
    const parsed = await readSignInSettings({ ...config, ...(scopes === undefined ? {} : { scopes }) }, resolve);
    signIn = parsed.settings;
    tell([...policies.diagnostics, ...parsed.diagnostics]);
    for (const listener of listeners) listener();
  }

  /** New faults are logged once; those that stay are not repeated. */
  function tell(now: readonly Diagnostic[]): void {
    const known = new Set(diagnostics.map(formatDiagnostic));
    diagnostics = now;
    for (const diagnostic of now) {
      const text = formatDiagnostic(diagnostic);
      if (!known.has(text)) logger.warn({ code: diagnostic.code, fault: text }, 'who may do what has a fault');
    }
  }

  function refresh(): void {
    isStale = true;
    reading ??= (async () => {
      // What changes in the same moment is read once.
      await Promise.resolve();
      while (isStale) {
        isStale = false;
        await read().catch((error) => logger.error({ error: messageOf(error) }, 'settings of access cannot be read'));
      }
      reading = undefined;
    })();
  }

  const all = Object.values(informers);
  for (const informer of all) {
    informer.on(refresh);
    informer.start();
  }
  await Promise.all(all.map((informer) => informer.synced()));
  refresh();
  await reading;

  return {
    get policies() {
      return policies;
    },
    get signIn() {
      return signIn;
    },
    get diagnostics() {
      return diagnostics;
    },
    secret,
    refresh,
    async settled() {
      await reading;
    },
    onChange(listener) {
      listeners.add(listener);
    },
    async close() {
      await Promise.all(all.map((informer) => informer.close()));
      await reading;
    },
  };
}

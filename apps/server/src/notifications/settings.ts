import { formatDiagnostic, type Logger } from '@sekisho/base';
import { createInformer, type KubeClient, type ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { type NotificationConfig, readNotificationConfig } from '@sekisho/notification';
import { APP_PROJECTS, CONFIG_MAPS, SECRETS } from '../applications/kinds.ts';

const CONFIG = 'argocd-notifications-cm';
const SECRET = 'argocd-notifications-secret';
const ANNOTATIONS = 'notifications.argoproj.io/';

/** What the settings of notifications are, or which project says something else. */
export type SettingsChange = { readonly project: string } | 'settings';

/** Who is told of what, and how: as the cluster says now. */
export interface NotificationSettings {
  readonly config: NotificationConfig;
  /** Some template or condition asks who made a commit. */
  readonly asksForCommits: boolean;
  /** Some condition asks what time it is: it may come true although nothing changed. */
  readonly asksForTime: boolean;
  project(name: string): KubeObject | undefined;
  onChange(listener: (change: SettingsChange) => void): void;
  close(): Promise<void>;
}

/** Follows Argo CD's ConfigMap and Secret of notifications, and the annotations of AppProjects; ready once all are known. */
export async function openNotificationSettings(options: {
  client: KubeClient;
  controlNamespace: string;
  logger: Logger;
}): Promise<NotificationSettings> {
  const { client, controlNamespace: namespace, logger } = options;
  const follow = (type: ResourceType, name?: string) =>
    createInformer({
      client,
      type,
      namespace,
      ...(name === undefined ? {} : { fieldSelector: `metadata.name=${name}` }),
      logger,
    });
  const configMap = follow(CONFIG_MAPS, CONFIG);
  const secret = follow(SECRETS, SECRET);
  const projects = follow(APP_PROJECTS);
  const listeners = new Set<(change: SettingsChange) => void>();
  let told = new Set<string>();
  let current = read();
  let reading = false;

  function read() {
    const data = texts(configMap.get(CONFIG, namespace));
    const encoded = texts(secret.get(SECRET, namespace));
    const secrets = Object.fromEntries(
      Object.entries(encoded).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8').trim()]),
    );
    const config = readNotificationConfig({ data, secrets });
    const conditions = [...config.triggers.values()].flatMap((trigger) => trigger.conditions);
    return {
      config,
      asksForCommits: Object.values(data).some((text) => text.includes('GetCommitMetadata')),
      asksForTime: conditions.some(({ text }) => /\btime\s*\.\s*Now\b/.test(text)),
    };
  }

  /** New faults are logged once; those that stay are not repeated. */
  function tell(): void {
    const faults = current.config.diagnostics.map(formatDiagnostic);
    for (const fault of faults)
      if (!told.has(fault)) logger.warn({ fault }, 'the settings of notifications have a fault');
    told = new Set(faults);
  }

  function refresh(): void {
    if (reading) return;
    reading = true;
    // What changes in the same moment is read once.
    setImmediate(() => {
      reading = false;
      current = read();
      tell();
      for (const listener of listeners) listener('settings');
    });
  }

  configMap.on(refresh);
  secret.on(refresh);
  projects.on(({ type, object, previous }) => {
    if (previous !== undefined && type !== 'DELETED' && subscriptions(previous) === subscriptions(object)) return;
    for (const listener of listeners) listener({ project: object.metadata.name ?? '' });
  });
  const all = [configMap, secret, projects];
  for (const informer of all) informer.start();
  await Promise.all(all.map((informer) => informer.synced()));
  current = read();
  tell();
  return {
    get config() {
      return current.config;
    },
    get asksForCommits() {
      return current.asksForCommits;
    },
    get asksForTime() {
      return current.asksForTime;
    },
    project: (name) => projects.get(name, namespace),
    onChange(listener) {
      listeners.add(listener);
    },
    async close() {
      listeners.clear();
      await Promise.all(all.map((informer) => informer.close()));
    },
  };
}

function texts(object: KubeObject | undefined): Record<string, string> {
  const data = (object?.['data'] ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function subscriptions({ metadata }: KubeObject): string {
  return JSON.stringify(Object.entries(metadata.annotations ?? {}).filter(([name]) => name.startsWith(ANNOTATIONS)));
}

import { join } from 'node:path';
import { defined, type Logger } from '@sekisho/base';
import { createClient, createHttpTransport, type KubeClient, loadKubeconfig, type ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { defaultConfig, type Server, type ServerConfig, startServer } from '@sekisho/server';
import { type ProgramResult, repositoryRoot, runProgram, tempDir } from '@sekisho/testkit';
import { eventually } from './eventually.ts';
import { copyMadeDatabase } from './made-database.ts';
import { cloneRepository, type PushedRepository } from './pushed-repository.ts';
import { APPLICATIONS } from './resource-types.ts';

/** The parts of an Application that tests look at. */
export interface ApplicationView extends KubeObject {
  readonly operation?: unknown;
  readonly status?: {
    readonly sync: { readonly status: string; readonly revision?: string };
    readonly health: { readonly status: string; readonly message?: string };
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
    readonly resources?: readonly ResourceView[];
    readonly history?: readonly { readonly revision: string }[];
    readonly operationState?: OperationView;
  };
}

export interface ResourceView {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly status?: string;
  readonly requiresPruning?: boolean;
  readonly health?: { readonly status: string };
}

export interface OperationView {
  readonly phase: string;
  readonly message: string;
  readonly startedAt: string;
  readonly retryCount?: number;
  readonly operation?: { readonly initiatedBy?: { readonly automated?: boolean; readonly username?: string } };
  readonly syncResult?: {
    readonly revision: string;
    readonly resources?: readonly (ResourceView & { readonly message: string; readonly hookPhase?: string })[];
  };
}

/** What tests say of an Application; the rest is filled in. */
export interface ApplicationWish {
  readonly project?: string;
  readonly repoURL: string;
  readonly path?: string;
  readonly targetRevision?: string;
  readonly directory?: Record<string, unknown>;
  readonly helm?: Record<string, unknown>;
  readonly namespace?: string;
  readonly destination?: Record<string, unknown>;
  readonly syncPolicy?: Record<string, unknown>;
  readonly finalizers?: readonly string[];
  readonly annotations?: Record<string, string>;
}

export const AUTOMATED = { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=true'] };
export const CASCADE = 'resources-finalizer.argocd.argoproj.io';

/** A whole server in this process, as its users reach it: HTTPS, git pushes and the built command line. */
export interface Sekisho {
  readonly server: Server;
  readonly dataDir: string;
  readonly kube: KubeClient;
  /** Makes an embedded repository and clones it. */
  repository(name: string, files?: Readonly<Record<string, string | null>>): Promise<PushedRepository>;
  createApplication(name: string, wish: ApplicationWish): Promise<void>;
  application(name: string): Promise<ApplicationView>;
  patchApplication(name: string, body: unknown): Promise<void>;
  /** Waits until the application is so; the error tells how it is instead. */
  until(name: string, expected: (application: ApplicationView) => boolean): Promise<ApplicationView>;
  /** Synced and Healthy (at this commit). */
  untilGood(name: string, revision?: string): Promise<ApplicationView>;
  /** Waits for an error condition with all of these in its message. */
  untilRefused(name: string, ...parts: readonly (string | RegExp)[]): Promise<ApplicationView>;
  /** Runs the built command line against this server. */
  cli(args: string | readonly string[], options?: Parameters<typeof runProgram>[2]): Promise<ProgramResult>;
  /** Everything that was logged or printed so far. */
  captured(): string;
  close(): Promise<void>;
}

/** @param config  what differs from the defaults; without a dataDir it is a folder that goes with the server */
export async function startSekisho(config: Partial<ServerConfig> = {}): Promise<Sekisho> {
  const folder = await tempDir('sekisho-e2e-');
  const dataDir = config.dataDir ?? join(folder.path, 'data');
  const captured: string[] = [];
  const closers: (() => Promise<unknown>)[] = [() => folder.remove()];
  if (config.storeUrl === undefined) await copyMadeDatabase(dataDir);
  const server = await startServer(
    { ...defaultConfig, dataDir, port: 0, kubePort: 0, demo: false, waveDelayMs: 0, ...config },
    { logger: recordingLogger(captured) },
  );
  closers.unshift(() => server.close());
  const transport = createHttpTransport(await loadKubeconfig({ path: server.kubeconfigPath }));
  closers.unshift(() => transport.close());
  const kube = createClient(transport, { fieldManager: 'e2e', userAgent: 'e2e' });

  async function application(name: string): Promise<ApplicationView> {
    return (await kube.get(APPLICATIONS, name, 'argocd')) as ApplicationView;
  }

  async function until(name: string, expected: (application: ApplicationView) => boolean): Promise<ApplicationView> {
    let last: ApplicationView | undefined;
    return eventually(
      async () => {
        last = await application(name);
        return expected(last) ? last : undefined;
      },
      () => `application ${name} is\n${JSON.stringify(last, null, 1)}`,
    );
  }

  return {
    server,
    dataDir,
    kube,
    application,
    until,
    async repository(name, files) {
      const response = await fetch(new URL('/api/v1/repositories', server.url), {
        method: 'POST',
        headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ url: `embedded:${name}` }),
      });
      if (!response.ok) throw new Error(`repository ${name}: ${response.status} ${await response.text()}`);
      const address = new URL(`/git/${name}.git`, server.url);
      address.username = 'e2e';
      address.password = server.token;
      const clone = await cloneRepository(address.href, `embedded:${name}`);
      closers.unshift(() => clone.remove());
      if (files !== undefined) await clone.push(files);
      return clone;
    },
    async createApplication(name, wish) {
      await kube.create(APPLICATIONS, applicationObject(name, wish));
    },
    async patchApplication(name, body) {
      await kube.patch(APPLICATIONS, name, 'argocd', { kind: 'merge', body });
    },
    untilGood: (name, revision) =>
      until(
        name,
        ({ operation, status }) =>
          status?.sync.status === 'Synced' &&
          status.health.status === 'Healthy' &&
          operation === undefined &&
          status.operationState?.phase !== 'Running' &&
          (revision === undefined || status.sync.revision === revision),
      ),
    untilRefused: (name, ...parts) =>
      until(name, ({ status }) =>
        (status?.conditions ?? []).some(
          ({ type, message }) =>
            type.endsWith('Error') &&
            parts.every((part) => (typeof part === 'string' ? message.includes(part) : part.test(message))),
        ),
      ),
    async cli(args, options = {}) {
      const words = typeof args === 'string' ? args.split(' ') : args;
      const result = await runProgram(process.execPath, [CLI, ...words], {
        ...options,
        env: { ...CLI_ENVIRONMENT, SEKISHO_DATA: dataDir, ...options.env },
      });
      captured.push(result.stdout, result.stderr);
      return result;
    },
    captured: () => captured.join('\n'),
    async close() {
      for (const close of closers) await close();
    },
  };
}

export const CLI = join(repositoryRoot(), 'apps/cli/bin/sekisho.js');
/** Nothing of this machine's settings is used. */
export const CLI_ENVIRONMENT = {
  SEKISHO_SERVER: '',
  SEKISHO_TOKEN: '',
  SEKISHO_CONFIG: '/dev/null/none',
  SEKISHO_KUBECONFIG: '',
};

export function applicationObject(name: string, wish: ApplicationWish): KubeObject {
  const { repoURL, path = '.', targetRevision = 'main', directory, helm, namespace = name } = wish;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace: 'argocd',
      ...(wish.finalizers === undefined ? {} : { finalizers: [...wish.finalizers] }),
      ...(wish.annotations === undefined ? {} : { annotations: wish.annotations }),
    },
    spec: {
      project: wish.project ?? 'default',
      source: { repoURL, path, targetRevision, ...defined({ directory, helm }) },
      destination: { ...(wish.destination ?? { server: 'https://kubernetes.default.svc' }), namespace },
      syncPolicy: wish.syncPolicy ?? AUTOMATED,
    },
  };
}

/** Waits until the object is so, or gone when `expected` is undefined. */
export async function untilObject(
  kube: KubeClient,
  type: ResourceType,
  [name, namespace]: readonly [string, string?],
  expected: ((object: KubeObject) => boolean) | undefined,
): Promise<KubeObject | undefined> {
  let last: KubeObject | undefined;
  const found = await eventually(
    async () => {
      last = await kube.getIfExists(type, name, namespace);
      if (expected === undefined) return last === undefined ? { last } : undefined;
      return last !== undefined && expected(last) ? { last } : undefined;
    },
    () =>
      `${type.kind} ${namespace}/${name} is ${JSON.stringify(last, (key, value) => (key === 'managedFields' ? undefined : value), 1)}`,
  );
  return found.last;
}

/** A field of an object by dotted path. */
export function at(object: KubeObject | undefined, path: string): unknown {
  let value: unknown = object;
  for (const key of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key];
  return value;
}

/** Keeps every line, fields and causes too: secrets are searched for in it. */
function recordingLogger(lines: string[]): Logger {
  const record = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    const causes: string[] = [];
    for (const value of Object.values(fields)) {
      for (let error = value; error instanceof Error; error = error.cause) causes.push(`${error.stack}`);
    }
    lines.push(`${level} ${message} ${JSON.stringify(fields)} ${causes.join('\n')}`);
  };
  const logger: Logger = {
    debug: record('debug'),
    info: record('info'),
    warn: record('warn'),
    error: record('error'),
    child: () => logger,
  };
  return logger;
}

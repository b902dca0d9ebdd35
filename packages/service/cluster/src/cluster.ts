import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, defined, type Logger, SekishoError, systemClock } from '@sekisho/base';
import type { ApiTransport } from '@sekisho/kube';
import { createAdmission } from './admission/admission.ts';
import type { AdmissionPlugin } from './admission/plugin.ts';
import { createReviews } from './admission/review.ts';
import { SERVER_IDENTITY } from './api/call.ts';
import { inProcessTransport } from './api/in-process.ts';
import { createRegistry } from './api/registry.ts';
import type { ServerContext } from './api/server-context.ts';
import { createContinuations } from './api/verbs/continuation.ts';
import { kubeconfigText } from './auth/kubeconfig.ts';
import { openTokens } from './auth/tokens.ts';
import { bootstrap } from './bootstrap.ts';
import { startCrdController } from './crd/controller.ts';
import { type HttpsListener, listenHttps } from './http/server.ts';
import { openStorage } from './storage/storage.ts';
import { openCertificates } from './tls/certificates.ts';
import type { ServiceReference } from './webhook/configuration.ts';
import { createWebhooks } from './webhook/webhooks.ts';

export interface ClusterOptions {
  /** Folder of everything that lasts: objects, certificates, tokens. */
  readonly dataDir: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Watch events kept per resource. Default 10,000. */
  readonly maxHistory?: number;
  /** Make the folder when it is missing. Default true. */
  readonly createDataDir?: boolean;
  /** Has a word about writes from the first one on; see also {@link Cluster.setAdmission}. */
  readonly admission?: AdmissionPlugin;
  /**
   * Where a service that webhooks are behind is reached: a base URL, like `https://127.0.0.1:8443`. The certificate is
   * still for `NAME.NAMESPACE.svc`. Without it, only Services of type ExternalName are found.
   */
  readonly serviceUrl?: (service: ServiceReference) => string | undefined;
}

/** An embedded Kubernetes API server. */
export interface Cluster {
  /** The API for code in this process: parsed objects, shared and read-only. */
  transport(identity?: { user: string; groups: readonly string[]; fieldManager?: string }): ApiTransport;
  /** Serves the API over HTTPS; may be called for several addresses. Port 0 takes a free one. */
  listen(address: { host: string; port: number }): Promise<{ url: string }>;
  readonly caPem: string;
  /** A new bearer token, durable when the promise resolves; only its hash is stored. */
  issueToken(user: string, groups: string[]): Promise<string>;
  readonly adminToken: string;
  /** Text of a kubeconfig with the CA in it. Default token: the administrator's. */
  kubeconfig(options: { name: string; url: string; token?: string; namespace?: string }): string;
  /** The plugin that has a word about writes from now on; undefined for none. What is being asked goes on. */
  setAdmission(plugin: AdmissionPlugin | undefined): void;
  /** Newest revision that readers see. */
  readonly revision: number;
  /** Ends watches and connections, writes what is on its way, closes the storage. */
  close(): Promise<void>;
}

/**
 * Opens the cluster in `dataDir`.
 * @throws SekishoError CLUSTER_LOCKED (another process has it) | CLUSTER_STORAGE (unreadable) | CLUSTER_MISSING (no folder and createDataDir is false)
 */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const { dataDir, logger, clock = systemClock } = options;
  if (options.createDataDir === false && !existsSync(dataDir)) {
    throw new SekishoError('CLUSTER_MISSING', `there is no cluster in ${dataDir}`);
  }
  const storage = await openStorage(join(dataDir, 'storage'), {
    logger,
    ...(options.maxHistory === undefined ? {} : { maxHistory: options.maxHistory }),
  });
  try {
    let certificate = await openCertificates(dataDir, clock);
    const tokens = openTokens(dataDir, storage, clock);
    const registry = createRegistry(storage);
    const webhooks = createWebhooks({ storage, registry, logger, ...defined({ resolveService: options.serviceUrl }) });
    const reviews = createReviews(webhooks);
    const context: ServerContext = {
      storage,
      registry,
      admission: createAdmission(storage),
      reviews,
      continuations: createContinuations(clock),
      clock,
      logger,
      issueToken: (user, groups, expiresAt) => tokens.issue({ user, groups }, expiresAt),
      authenticate: tokens.authenticate,
    };
    const internal = inProcessTransport(context, SERVER_IDENTITY);
    const crds = await startCrdController(context, internal);
    await bootstrap(internal);
    reviews.setPlugin(options.admission);
    const listeners: HttpsListener[] = [];
    return {
      transport: (identity = SERVER_IDENTITY) => inProcessTransport(context, identity),
      listen: async (address) => {
        const loopback = ['localhost', '127.0.0.1', '::1', '0.0.0.0', '::'].includes(address.host);
        if (!loopback) certificate = await openCertificates(dataDir, clock, [address.host]);
        const listener = await listenHttps(context, certificate, address);
        listeners.push(listener);
        return { url: listener.url };
      },
      caPem: certificate.caPem,
      issueToken: (user, groups) => tokens.issue({ user, groups }),
      adminToken: tokens.adminToken,
      kubeconfig: ({ name, url, token, namespace }) =>
        kubeconfigText({
          name,
          url,
          caPem: certificate.caPem,
          token: token ?? tokens.adminToken,
          ...(namespace === undefined ? {} : { namespace }),
        }),
      setAdmission: reviews.setPlugin,
      get revision() {
        return storage.revision;
      },
      close: async () => {
        reviews.close();
        await Promise.all(listeners.map((listener) => listener.close()));
        await crds.close();
        await storage.close();
      },
    };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

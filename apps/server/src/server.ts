import { join } from 'node:path';
import type { Logger } from '@sekisho/base';
import type { ServerConfig } from './config.ts';
import { DEMO_REPOSITORY, makeDemo } from './demo/first-run.ts';
import type { KnownRoute } from './http/openapi.ts';
import { openControl } from './wiring/control.ts';
import { openDoor } from './wiring/door.ts';
import { startFoundation } from './wiring/foundation.ts';
import { writePrivate } from './wiring/private-file.ts';
import type { Stage } from './wiring/stage.ts';

export interface Server {
  /** Sekisho's own API and git. */
  readonly url: string;
  readonly token: string;
  /** A token for one sign-in at the console within a day. */
  readonly startToken: string;
  /** Every route of the API, with who may call it. */
  readonly routes: readonly KnownRoute[];
  /** The embedded Kubernetes API. */
  readonly kubeUrl: string;
  readonly kubeconfigPath: string;
  /** Address to clone the example repository from, with its token; absent without the example. */
  readonly cloneUrl?: string;
  /** Fulfilled when every application is Synced and Healthy; rejected when the signal aborts. */
  settled(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Tells what is being started; for progress on a terminal. */
export type StartProgress = (step: string) => void;

/**
 * Starts everything in this process: cluster, controllers, git, store, reconciler, HTTP. What was started is stopped
 * again when a later step fails.
 *
 * @throws SekishoError DATA_FOLDER_IN_USE | FOLDER_UNUSABLE | PORT_IN_USE | PORT_UNUSABLE | GIT_TOO_OLD | …
 */
export async function startServer(
  config: ServerConfig,
  { logger, progress = () => {} }: { logger: Logger; progress?: StartProgress },
): Promise<Server> {
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  try {
    return { ...(await start({ config, logger, progress, onClose: (one) => closers.push(one) })), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(stage: Stage): Promise<Omit<Server, 'close'>> {
  const { dataDir, demo, controlNamespace } = stage.config;
  const foundation = await startFoundation(stage);
  const { cluster, client, git, kubeUrl, kubeconfigPath } = foundation;
  let url: string | undefined;
  let ready = false;
  const control = await openControl(stage, foundation, () => {
    if (url === undefined) throw new Error('the own address is not known before the door is open');
    return url;
  });
  const { applications, applicationSets } = control;
  const { access, http } = await openDoor(stage, foundation, control, () => ready);
  url = http.url;
  // Closed before the door: a running sync ends at a clean point while requests are still answered.
  stage.onClose(() => applications.close());
  stage.onClose(() => applicationSets.close());

  await foundation.controllers.ready();
  const hasDemo = demo && (await makeDemo({ git, client, controlNamespace }));
  applications.start();
  applicationSets.start();
  await writePrivate(
    join(dataDir, 'client.json'),
    JSON.stringify(clientConfig(http.url, cluster.adminToken, kubeconfigPath)),
  );
  ready = true;

  return {
    url,
    token: cluster.adminToken,
    startToken: access.createStartToken(),
    routes: http.routes,
    kubeUrl,
    kubeconfigPath,
    ...(hasDemo ? { cloneUrl: cloneUrl(http.url, cluster.adminToken, DEMO_REPOSITORY) } : {}),
    settled: (signal) => applications.settled(signal),
  };
}

/** What the command line needs to find this server: only the owner of the data folder may read it. */
function clientConfig(server: string, token: string, kubeconfig: string) {
  return { server, token, kubeconfig };
}

function cloneUrl(url: string, token: string, repository: string): string {
  const address = new URL(`/git/${repository}.git`, url);
  address.username = 'sekisho';
  address.password = token;
  return address.href;
}

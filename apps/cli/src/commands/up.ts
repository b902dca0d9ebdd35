import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { messageOf } from '@sekisho/base';
import { defaultConfig, type ServerConfig, startServer } from '@sekisho/server';
import { ExitCode } from '../exit-code.ts';
import { createConsoleLogger } from '../logger.ts';
import { createProgress } from '../output/progress.ts';

export interface UpFlags {
  readonly data: string;
  readonly host: string;
  readonly port: string;
  readonly kubePort: string;
  readonly store?: string;
  readonly kubeconfig?: string;
  readonly trustedProxy?: readonly string[];
  readonly allowLocalGit?: boolean;
  readonly demo: boolean;
  readonly waveDelay: string;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

/**
 * How far the heap may grow over what is alive before it is collected, percent. V8's own choice on a machine with much memory
 * is up to 300: with 1,000 applications that is 120 MiB more, and a collection stops the process for about 13 ms.
 */
const HEAP_GROWTH_FLAG = '--heap-growing-percent=25';

/** How long the first look at the applications may take before the welcome is printed anyway. */
const SETTLE_MS = 60_000;

/** `sekisho up`: starts everything and stays until it is told to stop. */
export async function up(flags: UpFlags, signal: AbortSignal): Promise<ExitCode> {
  const started = Date.now();
  setFlagsFromString(HEAP_GROWTH_FLAG);
  const progress = createProgress({ quiet: flags.quiet === true });
  const config: ServerConfig = {
    ...defaultConfig,
    dataDir: resolve(flags.data),
    host: flags.host,
    port: Number(flags.port),
    kubePort: Number(flags.kubePort),
    allowLocalGit: flags.allowLocalGit === true,
    demo: flags.demo,
    waveDelayMs: Number(flags.waveDelay),
    ...(flags.trustedProxy === undefined ? {} : { trustedProxies: flags.trustedProxy }),
    ...(flags.store === undefined ? {} : { storeUrl: flags.store }),
    ...(flags.kubeconfig === undefined ? {} : { kubeconfig: resolve(flags.kubeconfig) }),
  };
  const logger = createConsoleLogger(flags.verbose === true ? 'info' : 'warn');
  const server = await startServer(config, { logger, progress: (step) => progress.show(`starting ${step}`) });
  try {
    progress.done(`ready after ${seconds(started)} s`);
    process.stdout.write(`${welcome(server, config)}\n`);
    const ready = Date.now();
    try {
      await server.settled(AbortSignal.any([signal, AbortSignal.timeout(SETTLE_MS)]));
      progress.done(`all applications Synced and Healthy ${seconds(ready)} s after ready`);
    } catch (error) {
      if (!signal.aborted)
        progress.done(`not everything is Synced and Healthy yet: ${messageOf(error)}. See: npx sekisho app list`);
    }
    await aborted(signal);
    progress.show('stopping');
  } finally {
    await server.close();
  }
  progress.done('stopped; the next start goes on from here');
  return ExitCode.ok;
}

function welcome(server: Awaited<ReturnType<typeof startServer>>, config: ServerConfig): string {
  const lines = [
    `Sekisho is ready.`,
    '',
    `  Kubernetes API   ${server.kubeUrl}`,
    `  Sekisho API      ${server.url}`,
    `  Data             ${config.dataDir}`,
    '',
    'Open the console (the token in the address is good for one sign-in):',
    `  ${server.url}/#token=${server.startToken}`,
    '',
    'Look at the cluster with kubectl:',
    `  export KUBECONFIG=${server.kubeconfigPath}`,
    '  kubectl get applications,deployments,pods -A',
  ];
  if (server.cloneUrl !== undefined) {
    lines.push(
      '',
      'Change something in git, and see it arrive:',
      `  git clone ${server.cloneUrl} config`,
      `  cd config && sed -i 's/replicas: 2/replicas: 3/' web/web.yaml && git commit -am 'Three web servers' && git push`,
      '  kubectl -n web get deployment web -w',
      '',
      'Break something by hand, and see it healed:',
      '  kubectl -n web scale deployment web --replicas=9',
      '  kubectl -n web delete service web',
      '',
      'Ask what runs:',
      '  npx sekisho status',
      '  npx sekisho app list',
      '  npx sekisho app tree web',
    );
  }
  lines.push('', 'Ctrl-C stops it.');
  return lines.join('\n');
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(1);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    // Something must keep the process alive while only unreferenced timers are left.
    const alive = setInterval(() => {}, 2 ** 30);
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(alive);
        done();
      },
      { once: true },
    );
  });
}

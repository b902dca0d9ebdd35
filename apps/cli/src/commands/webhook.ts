import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { messageOf, SekishoError } from '@sekisho/base';
import {
  type ConnectionConfig,
  createClient,
  createHttpTransport,
  isInCluster,
  loadInCluster,
  loadKubeconfig,
} from '@sekisho/client';
import { type AdmissionWebhookOptions, startAdmissionWebhook } from '@sekisho/server';
import { durationMs } from '../duration.ts';
import { ExitCode } from '../exit-code.ts';
import { createConsoleLogger } from '../logger.ts';
import { createProgress } from '../output/progress.ts';

export interface WebhookFlags {
  readonly kubeconfig?: string;
  readonly kubeContext?: string;
  readonly namespace?: string;
  readonly host: string;
  readonly port: string;
  readonly configuration: string;
  readonly service: string;
  readonly hostname?: readonly string[];
  readonly secret: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsMin: '1.2' | '1.3';
  readonly clientCa?: string;
  readonly clientName?: readonly string[];
  readonly exemptNamespace?: readonly string[];
  readonly nativePolicies?: boolean;
  readonly makeKinds: boolean;
  readonly threads: string;
  readonly maxBytes: string;
  readonly maxConcurrent: string;
  readonly requestTimeout: string;
  readonly drain: string;
  readonly data?: string;
  readonly allowLocalGit?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

const DEFAULT_NAMESPACE = 'sekisho';

/** `sekisho webhook`: serves until it is told to stop. */
export async function webhook(flags: WebhookFlags, signal: AbortSignal): Promise<ExitCode> {
  checkFlags(flags);
  const progress = createProgress({ quiet: flags.quiet === true });
  const logger = createConsoleLogger(flags.verbose === true ? 'debug' : 'info');
  const connection = await connectionOf(flags);
  const transport = createHttpTransport(connection);
  const folder = flags.data === undefined ? await mkdtemp(join(tmpdir(), 'sekisho-webhook-')) : undefined;
  try {
    progress.show(`reading the policies of ${connection.name}`);
    const running = await startAdmissionWebhook({
      ...(await optionsOf(flags, connection)),
      client: createClient(transport, { fieldManager: 'sekisho-webhook', userAgent: 'sekisho-webhook' }),
      dataDir: folder ?? resolve(flags.data ?? ''),
      logger,
      signal,
    });
    try {
      progress.done(`listening on ${running.url}`);
      await running.ready(signal).then(
        () => progress.done('ready: policies are asked'),
        (error) => {
          if (!signal.aborted) throw error;
        },
      );
      await aborted(signal);
      progress.show('stopping');
    } finally {
      await running.close(durationMs(flags.drain) ?? 0);
    }
    progress.done('stopped');
    return ExitCode.ok;
  } finally {
    await transport.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

function checkFlags({ tlsCert, tlsKey, clientCa, clientName = [] }: WebhookFlags): void {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new SekishoError('USAGE', '--tls-cert and --tls-key belong together');
  }
  if (clientCa === undefined && clientName.length > 0) {
    throw new SekishoError('USAGE', '--client-name needs --client-ca: without an authority names prove nothing');
  }
}

type FlagOptions = Omit<AdmissionWebhookOptions, 'client' | 'dataDir' | 'logger' | 'signal'>;

async function optionsOf(flags: WebhookFlags, connection: ConnectionConfig): Promise<FlagOptions> {
  const { clientCa, clientName = [], exemptNamespace = [] } = flags;
  const controlNamespace =
    flags.namespace ?? (connection.name === 'in-cluster' ? connection.namespace : undefined) ?? DEFAULT_NAMESPACE;
  return {
    controlNamespace,
    exemptNamespaces: ['kube-system', ...exemptNamespace],
    host: flags.host,
    port: Number(flags.port),
    certificate: certificateOf(flags, controlNamespace),
    configuration: flags.configuration,
    ...(clientCa === undefined ? {} : { clients: { ca: await readText(clientCa), names: clientName } }),
    minTlsVersion: flags.tlsMin === '1.2' ? 'TLSv1.2' : 'TLSv1.3',
    threads: Number(flags.threads),
    maxBytes: Number(flags.maxBytes),
    maxConcurrent: Number(flags.maxConcurrent),
    timeoutMs: durationMs(flags.requestTimeout) ?? 8_000,
    nativePolicies: flags.nativePolicies === true,
    makeKinds: flags.makeKinds,
    allowLocalGit: flags.allowLocalGit === true,
  };
}

function certificateOf(flags: WebhookFlags, namespace: string): FlagOptions['certificate'] {
  const { tlsCert, tlsKey, secret, service, hostname = [] } = flags;
  if (tlsCert !== undefined && tlsKey !== undefined) return { kind: 'files', certificate: tlsCert, key: tlsKey };
  const name = `${service}.${namespace}`;
  return { kind: 'secret', name: secret, hosts: [`${name}.svc`, name, `${name}.svc.cluster.local`, ...hostname] };
}

async function connectionOf({ kubeconfig, kubeContext: context }: WebhookFlags): Promise<ConnectionConfig> {
  if (kubeconfig === undefined && context === undefined && isInCluster(process.env)) return loadInCluster(process.env);
  return loadKubeconfig({ context, path: kubeconfig });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new SekishoError('USAGE', `${path} can not be read: ${messageOf(error)}`);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}

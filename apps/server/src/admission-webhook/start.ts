import {
  type CertificateSource,
  type ClientCheck,
  IGNORE_LABELS,
  keepCaBundles,
  openFileCertificates,
  openSecretCertificates,
  startAdmissionServer,
} from '@sekisho/admission-webhook';
import { isSekishoError, type Logger, SekishoError, systemClock } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import { createExternalData } from '@sekisho/external-data';
import type { KubeObject } from '@sekisho/kube';
import { createPolicyWorker, type PolicyWorker } from '@sekisho/policy-worker';
import { IN_CLUSTER } from '../applications/destinations.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from '../applications/kinds.ts';
import { gatekeeperDefinitions } from '../policies/definitions/gatekeeper.ts';
import { policyDefinitions } from '../policies/definitions/sekisho.ts';
import { createGateWorker, type GateWorker } from '../policies/gate-worker.ts';
import { type OpenPolicyBook, openPolicyBook } from '../policies/open-policy-book.ts';
import { providersIn } from '../policies/providers.ts';
import { openPolicyFiles } from './policy-files.ts';
import { createReviewRecords } from './review-records.ts';

export interface AdmissionWebhookOptions {
  /** Of the cluster whose policies count, and whose requests are judged. */
  readonly client: KubeClient;
  /** What is in it is not judged, Waivers in it count everywhere, and the certificates lie in it. */
  readonly controlNamespace: string;
  /** Not judged either, and allowed to take themselves out of the webhook's reach. */
  readonly exemptNamespaces: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly certificate:
    | { readonly kind: 'secret'; readonly name: string; readonly hosts: readonly string[] }
    | { readonly kind: 'files'; readonly certificate: string; readonly key: string };
  /** Webhook configurations of this name get the authority of the certificate. */
  readonly configuration: string;
  readonly clients?: ClientCheck;
  readonly minTlsVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly threads: number;
  readonly maxBytes?: number;
  readonly maxConcurrent?: number;
  readonly timeoutMs?: number;
  /** Also asks admission policies that the cluster asks itself. */
  readonly nativePolicies: boolean;
  /** Makes the kinds of policies that the cluster does not have. */
  readonly makeKinds: boolean;
  /** Holds what was fetched for PolicySources. */
  readonly dataDir: string;
  readonly allowLocalGit: boolean;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface AdmissionWebhook {
  readonly url: string;
  /** Resolves when policies and what they look at are known. Rejects with the signal's reason. */
  ready(signal: AbortSignal): Promise<void>;
  /** What is not known yet. */
  missing(): readonly string[];
  /** @param drainMs how long requests are still answered after it says that it is not ready */
  close(drainMs: number): Promise<void>;
}

/**
 * The policies of a cluster, asked by its API server: watched there, compiled in threads, served over HTTPS.
 *
 * @throws SekishoError ADMISSION_LISTEN | ADMISSION_CERTIFICATE, what the client throws, and the signal's reason
 */
export async function startAdmissionWebhook(options: AdmissionWebhookOptions): Promise<AdmissionWebhook> {
  const { client, controlNamespace, exemptNamespaces, logger, signal } = options;
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  try {
    await makeNamespace(client, controlNamespace, signal);
    if (options.makeKinds) await makeMissingKinds(client, signal);
    const certificates = await openCertificates(options);
    closers.push(() => certificates.close());
    const externalData = createExternalData({ providers: () => providersIn(book), clock: systemClock, logger });
    closers.push(() => externalData.close());
    const worker = createPolicyWorker({
      externalData: (request) => externalData.ask(request),
      threads: options.threads,
      controlNamespace,
      exemptNamespaces,
      clock: systemClock,
      logger,
    });
    closers.push(() => worker.close());
    const files = openPolicyFiles({ ...options, logger });
    closers.push(() => files.close());
    const book = openPolicyBook({
      client,
      worker: asGateWorker(worker),
      auditWorker: unasked(),
      files,
      ...(options.nativePolicies ? {} : { follows: ({ builtIn }) => !builtIn }),
      clock: systemClock,
      logger,
    });
    closers.push(() => book.close());
    const records = createReviewRecords({ client, logger });
    closers.push(() => records.close());
    const missing = missingParts(book, certificates);
    const server = await startAdmissionServer({
      ...options,
      worker,
      cluster: IN_CLUSTER,
      certificates,
      missing,
      prepare: book.knowNamespace,
      mayIgnore: (namespace) => namespace === controlNamespace || exemptNamespaces.includes(namespace),
      onReview: records.note,
    });
    return {
      url: server.url,
      missing,
      ready: book.ready,
      async close(drainMs) {
        await server.close(drainMs);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Once everything was there, what is known counts, also while the cluster does not answer. */
function missingParts(book: OpenPolicyBook, certificates: CertificateSource): () => readonly string[] {
  let isLoaded = false;
  book.ready(new AbortController().signal).then(
    () => {
      isLoaded = true;
    },
    () => {},
  );
  return () => {
    const certificate = certificates.fault();
    return [
      ...(isLoaded
        ? []
        : ['policies are not loaded', ...book.behind().map(({ kind, reason }) => `${kind}: ${reason}`)]),
      ...(certificate === undefined ? [] : [certificate]),
    ];
  };
}

/** It is asked by way of AdmissionReviews, whatever concerns policies. */
function asGateWorker(worker: PolicyWorker): GateWorker {
  return Object.assign(worker, { mutates: () => true });
}

/** Nobody audits here. */
function unasked(): GateWorker {
  return createGateWorker({
    mode: 'lazy',
    hasImplicit: () => false,
    isUnavailable: () => false,
    open: () => Promise.reject(new SekishoError('POLICY_WORKER_CLOSED', 'A webhook does not audit.')),
  });
}

/** Out of the webhook's own reach: else nothing could be put right in it while the webhook is away. */
async function makeNamespace(client: KubeClient, name: string, signal: AbortSignal): Promise<void> {
  if ((await client.getIfExists(NAMESPACES, name, undefined, { signal })) !== undefined) return;
  const labels = Object.fromEntries(IGNORE_LABELS.slice(0, 1).map((label) => [label, '']));
  try {
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }, { signal });
  } catch (error) {
    if (!isSekishoError(error, 'KUBE_ALREADY_EXISTS')) throw error;
  }
}

/** Kinds that are there, Gatekeeper's own for example, stay as they are. */
async function makeMissingKinds(client: KubeClient, signal: AbortSignal): Promise<void> {
  await Promise.all(
    [...gatekeeperDefinitions, ...policyDefinitions].map(async (definition: KubeObject) => {
      const { name = '' } = definition.metadata;
      const known = await client.getIfExists(CUSTOM_RESOURCE_DEFINITIONS, name, undefined, { signal });
      if (known === undefined) await client.apply(CUSTOM_RESOURCE_DEFINITIONS, definition, { signal });
    }),
  );
}

async function openCertificates(options: AdmissionWebhookOptions): Promise<CertificateSource> {
  const { client, controlNamespace: namespace, certificate, configuration, logger, signal } = options;
  if (certificate.kind === 'files') return openFileCertificates({ ...certificate, logger });
  const { name, hosts } = certificate;
  const certificates = openSecretCertificates({ client, namespace, name, hosts, logger });
  const bundles = keepCaBundles({ client, name: configuration, certificates, logger });
  const close = async (): Promise<void> => {
    await Promise.all([bundles.close(), certificates.close()]);
  };
  try {
    await firstOf(certificates, signal);
  } catch (error) {
    await close();
    throw error;
  }
  return { ...certificates, close };
}

/** Waits for the first certificate: not without end, since something is wrong with the cluster or the rights in it. */
function firstOf(certificates: CertificateSource, signal: AbortSignal): Promise<void> {
  if (certificates.current() !== undefined) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      settle();
    };
    const abort = (): void => end(() => reject(signal.reason));
    const timer = setTimeout(() => {
      const why = certificates.fault() ?? 'it took too long';
      end(() => reject(new SekishoError('ADMISSION_CERTIFICATE', `there is no serving certificate: ${why}`)));
    }, FIRST_CERTIFICATE_MS);
    signal.addEventListener('abort', abort, { once: true });
    certificates.onChange(() => {
      if (certificates.current() !== undefined) end(resolve);
    });
  });
}

const FIRST_CERTIFICATE_MS = 60_000;

import { type Clock, isSekishoError, type Logger, messageOf, systemClock } from '@sekisho/base';
import { createAuthority, inspectCertificate, issueCertificate, splitPem } from '@sekisho/certificates';
import { createInformer, createWorkQueue, type KubeClient, type ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { type CertificateState, LIFETIMES, type Lifetimes, planRotation, SKEW_MS } from './rotation.ts';
import type { CertificateSource } from './source.ts';

export interface SecretCertificatesOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Of the Secret. It is made when it is missing. */
  readonly name: string;
  /** Names and addresses by which API servers reach the webhook. */
  readonly hosts: readonly string[];
  readonly lifetimes?: Partial<Lifetimes>;
  readonly clock?: Clock;
  readonly logger: Logger;
}

export interface SecretCertificates extends CertificateSource {
  /** Authorities that clients must trust, PEM. Undefined while there are none. */
  caBundle(): string | undefined;
}

const SECRETS: ResourceType = { group: '', version: 'v1', resource: 'secrets', kind: 'Secret', namespaced: true };
/** A timer of Node lasts 24 days at most; nothing is lost by looking more often. */
const LOOK_EVERY_MS = 6 * 3_600_000;

/**
 * Certificates in a Secret of the cluster, so that all replicas have the same: made on first use and rotated by whichever
 * replica comes first. A new authority is published some time before anything is issued by it, and those before it stay
 * in the bundle while they are valid: no handshake fails by a rotation.
 */
export function openSecretCertificates(options: SecretCertificatesOptions): SecretCertificates {
  const { client, namespace, name, hosts, clock = systemClock, logger } = options;
  const lifetimes = { ...LIFETIMES, ...options.lifetimes };
  const listeners = new Set<() => void>();
  const fieldSelector = `metadata.name=${name}`;
  const informer = createInformer({ client, type: SECRETS, namespace, fieldSelector, logger });
  let state: CertificateState | undefined;
  /** Of the serving certificate: asked for with each request. */
  let end = 0;
  let lastFault: string | undefined = 'the Secret is not read yet';

  const queue = createWorkQueue({
    name: 'certificates',
    concurrency: 1,
    clock,
    logger,
    backoff: { minMs: 200, maxMs: 30_000 },
    async reconcile(_key, signal) {
      try {
        if (state !== undefined && informer.get(name, namespace) === undefined) {
          // Somebody deleted it: what everybody trusts is put back.
          await store(state, signal);
          return { afterMs: 0 };
        }
        const step = planRotation(state, { now: clock.now(), hosts, lifetimes });
        if (step.kind === 'wait') {
          lastFault = undefined;
          return { afterMs: Math.min(LOOK_EVERY_MS, Math.max(0, step.at - clock.now())) };
        }
        const next = await taken(step.kind, state);
        await store(next, signal);
        logger.info({ step: step.kind, secret: `${namespace}/${name}` }, 'certificates were made');
        return { afterMs: 0 };
      } catch (error) {
        // Another replica was first: the watch brings what it made.
        if (isSekishoError(error, 'KUBE_CONFLICT') || isSekishoError(error, 'KUBE_ALREADY_EXISTS'))
          return { afterMs: 1_000 };
        lastFault = `certificates could not be made: ${messageOf(error)}`;
        throw error;
      }
    },
  });

  async function taken(kind: 'begin' | 'add authority' | 'issue', before: CertificateState | undefined) {
    const now = clock.now();
    const authority =
      kind === 'issue' && before !== undefined
        ? { certificatePem: before.authorities[0] ?? '', keyPem: before.authorityKey }
        : await createAuthority({
            commonName: 'sekisho-webhook-ca',
            notBefore: now - SKEW_MS,
            notAfter: now + lifetimes.authorityMs,
          });
    const authorities = [authority.certificatePem, ...(before?.authorities ?? [])].filter(
      (pem, i, all) => all.indexOf(pem) === i && (inspectCertificate(pem)?.notAfter ?? 0) > now,
    );
    if (kind === 'add authority' && before !== undefined) {
      return { authorities, authorityKey: authority.keyPem, serving: before.serving };
    }
    const serving = await issueCertificate(authority, {
      commonName: 'sekisho-webhook',
      hosts: [...new Set([...hosts, ...(kind === 'issue' ? hostsOfOthers(before) : [])])],
      notBefore: now - SKEW_MS,
      notAfter: now + lifetimes.servingMs,
    });
    return { authorities, authorityKey: authority.keyPem, serving };
  }

  /** Replicas that are told other names would take turns in issuing for theirs: until it ends a certificate keeps its names. */
  function hostsOfOthers(before: CertificateState | undefined): readonly string[] {
    const facts = inspectCertificate(before?.serving.certificatePem ?? '');
    return facts !== undefined && facts.notAfter - lifetimes.servingMs / 3 > clock.now() ? facts.hosts : [];
  }

  async function store(next: CertificateState, signal: AbortSignal): Promise<void> {
    const known = informer.get(name, namespace);
    const metadata = { name, namespace, labels: { 'app.kubernetes.io/managed-by': 'sekisho' } };
    const secret: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: dataOf(next) };
    if (known === undefined) adopt(await client.create(SECRETS, secret, { signal }));
    else
      adopt(
        await client.update(SECRETS, { ...known, data: { ...recordOf(known['data']), ...dataOf(next) } }, { signal }),
      );
  }

  function adopt(secret: KubeObject): void {
    const next = stateOf(secret);
    const isOther = JSON.stringify(next) !== JSON.stringify(state);
    if (next === undefined || !isOther) return;
    state = next;
    end = inspectCertificate(next.serving.certificatePem)?.notAfter ?? 0;
    for (const listener of listeners) listener();
  }

  informer.on(({ type, object }) => {
    if (type !== 'DELETED') adopt(object);
    queue.add('certificates');
  });
  informer.start();
  informer.synced().then(
    () => queue.add('certificates'),
    () => {},
  );

  return {
    current: () => (isServable(state) ? state?.serving : undefined),
    caBundle: () => state?.authorities.join(''),
    fault() {
      if (state === undefined) return informer.lastError === undefined ? lastFault : messageOf(informer.lastError);
      return end > clock.now() ? undefined : `the serving certificate has ended: ${lastFault ?? 'it is made anew'}`;
    },
    onChange: (listener) => void listeners.add(listener),
    async close() {
      await Promise.all([informer.close(), queue.close()]);
    },
  };
}

function isServable(state: CertificateState | undefined): boolean {
  if (state === undefined) return false;
  const { certificatePem, keyPem } = state.serving;
  return inspectCertificate(certificatePem)?.belongsTo(keyPem) === true;
}

function dataOf({ authorities, authorityKey, serving }: CertificateState): Record<string, string> {
  return {
    'ca.crt': base64(authorities.join('')),
    'ca.key': base64(authorityKey),
    'tls.crt': base64(serving.certificatePem),
    'tls.key': base64(serving.keyPem),
  };
}

/** Undefined when something is missing; whether it is any good is for {@link planRotation} to say. */
function stateOf(secret: KubeObject): CertificateState | undefined {
  const data = recordOf(secret['data']);
  const [bundle, authorityKey, certificatePem, keyPem] = ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'].map((key) =>
    typeof data[key] === 'string' ? Buffer.from(data[key], 'base64').toString('utf8') : undefined,
  );
  if (bundle === undefined || authorityKey === undefined) return undefined;
  const authorities = splitPem(bundle);
  if (authorities.length === 0 || certificatePem === undefined || keyPem === undefined) return undefined;
  return { authorities, authorityKey, serving: { certificatePem, keyPem } };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

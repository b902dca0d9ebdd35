import { type AdmissionServer, startAdmissionServer } from '@sekisho/admission-webhook';
import { silentLogger } from '@sekisho/base';
import { createAuthority, issueCertificate } from '@sekisho/certificates';
import type { KubeObject } from '@sekisho/kube';
import type { PolicyWorker } from '@sekisho/policy-worker';
import { range } from '../figures.ts';
import { samplePod } from './library-policies.ts';

export type BenchCertificates = Awaited<ReturnType<typeof createBenchCertificates>>;

/** Of 127.0.0.1, for an hour. */
export async function createBenchCertificates() {
  const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
  const authority = await createAuthority({ ...validity, commonName: 'bench' });
  const serving = await issueCertificate(authority, { ...validity, commonName: 'bench', hosts: ['127.0.0.1'] });
  return { authority: authority.certificatePem, serving };
}

/** The webhook server over HTTPS, for the cluster with the empty name. */
export function startBenchWebhook(
  worker: Pick<PolicyWorker, 'admit' | 'info'>,
  { serving }: BenchCertificates,
): Promise<AdmissionServer> {
  return startAdmissionServer({
    worker,
    cluster: '',
    certificates: {
      current: () => serving,
      fault: () => undefined,
      onChange: () => undefined,
      close: async () => undefined,
    },
    host: '127.0.0.1',
    port: 0,
    missing: () => [],
    logger: silentLogger,
  });
}

/** Namespaces of {@link samplePod}. */
export function benchNamespaces(): KubeObject[] {
  return range(20).map((number) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: `team-${number}`, labels: { team: `${number}` } },
  }));
}

/** What an API server asks when a Pod is created. */
export function podReview(number: number) {
  const object = samplePod(number);
  const { name, namespace } = object.metadata;
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: `0000-${number}`,
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      name,
      namespace,
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        groups: ['system:authenticated'],
      },
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  };
}

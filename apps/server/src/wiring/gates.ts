import { join } from 'node:path';
import { systemClock } from '@sekisho/base';
import type { ExternalDataClient } from '@sekisho/external-data';
import type { PolicySetInfo } from '@sekisho/policy-worker';
import type { Registry } from 'prom-client';
import type { RepositoryCredentials } from '../applications/repository-credentials.ts';
import type { Sources } from '../applications/sources.ts';
import type { Audit } from '../audit/audit.ts';
import { createDestinationSurroundings } from '../gate/destination-surroundings.ts';
import { observeGate } from '../gate/metrics.ts';
import { createPolicyGate, type PolicyGate } from '../gate/policy-gate.ts';
import { createAdmissionEvidence } from '../policies/admission/evidence.ts';
import { createGateWorker, EMPTY_INFO, type GateWorker } from '../policies/gate-worker.ts';
import { observePolicies } from '../policies/metrics.ts';
import { type OpenPolicyBook, openPolicyBook } from '../policies/open-policy-book.ts';
import { fetchFiles } from '../policies/policy-sources/fetch-files.ts';
import { createKeptFiles } from '../policies/policy-sources/kept-files.ts';
import { providersIn } from '../policies/providers.ts';
import type { Foundation } from './foundation.ts';
import type { Stage } from './stage.ts';

/** The policies, and those who ask them. Returns at once; admission to the embedded cluster waits for the first load. */
export function openGates(
  { config, logger, onClose }: Stage,
  { client, admissionGate, metrics }: Pick<Foundation, 'client' | 'admissionGate' | 'metrics'>,
  parts: { readonly sources: Sources; readonly credentials: RepositoryCredentials; readonly audit: Audit },
) {
  const { controlNamespace, allowLocalGit: allowLoopback } = config;
  const { sources, credentials, audit } = parts;
  const log = logger.child({ part: 'policies' });
  /** Providers of external data are asked for all threads by one client, which keeps their answers. */
  let externalData: Promise<ExternalDataClient> | undefined;
  const asking = () => {
    externalData ??= import('@sekisho/external-data').then(({ createExternalData }) =>
      createExternalData({ providers: () => providersIn(book), clock: systemClock, logger: log }),
    );
    return externalData;
  };
  onClose(async () => (await externalData)?.close());
  const workerOf = (mode: 'eager' | 'lazy', infoOf?: () => PolicySetInfo): GateWorker => {
    const worker = createGateWorker({
      mode,
      open: async () => {
        const [{ createPolicyWorker }, externalData] = await Promise.all([import('@sekisho/policy-worker'), asking()]);
        return createPolicyWorker({
          controlNamespace,
          externalData: (request) => externalData.ask(request),
          clock: systemClock,
          logger: log,
        });
      },
      ...(infoOf === undefined ? {} : { infoOf }),
      hasImplicit: () => book.asksPodSecurity,
      isUnavailable: (policyId) => book.isUnavailable(policyId),
    });
    onClose(() => worker.close());
    return worker;
  };
  const worker = workerOf('eager');
  const auditWorker = workerOf('lazy', () => worker.info ?? EMPTY_INFO);
  const book: OpenPolicyBook = openPolicyBook({
    client,
    worker,
    auditWorker,
    files: {
      fetch: (place, known, signal) => fetchFiles(place, known, { sources, credentials, allowLoopback }, signal),
      kept: createKeptFiles(join(config.dataDir, 'cache', 'policies'), log),
      onRepositoryChange: sources.onChange,
    },
    clock: systemClock,
    logger: log,
  });
  onClose(() => book.close());
  admissionGate.attach(
    { worker, ready: book.ready, catchUp: book.catchUp, knowNamespace: book.knowNamespace },
    createAdmissionEvidence({ audit, clock: systemClock }),
    observePolicies(metrics.registry, book),
  );
  return { policies: book };
}

/** Policies before a sync. */
export function openPolicyGate(
  { config, logger, onClose }: Stage,
  { policies, metrics }: { readonly policies: OpenPolicyBook; readonly metrics: Registry },
): PolicyGate {
  const log = logger.child({ part: 'gate' });
  const surroundings = createDestinationSurroundings({ book: policies, clock: systemClock, logger: log });
  onClose(() => surroundings.close());
  const gate: PolicyGate = createPolicyGate({
    book: policies,
    surroundings,
    metrics: observeGate(metrics, () => gate.lasts()),
    controlNamespace: config.controlNamespace,
    clock: systemClock,
    logger: log,
  });
  onClose(() => gate.close());
  return gate;
}

import type { Logger } from '@sekisho/base';
import { createEventRecorder, type KubeClient } from '@sekisho/client';
import { formatApiVersion, type KubeObject } from '@sekisho/kube';
import type { AdmittedReview } from '@sekisho/policy-worker';
import { objectNamespace } from '../policies/admission/object-namespace.ts';

/** What admission found is written down: refusals in the log, a broken glass in the log and on the object. */
export interface ReviewRecords {
  note(review: AdmittedReview): void;
  close(): Promise<void>;
}

const MAX_VERDICTS = 20;

export function createReviewRecords({ client, logger }: { client: KubeClient; logger: Logger }): ReviewRecords {
  const events = createEventRecorder({ client, component: 'sekisho-webhook', logger });
  return {
    note({ allowed, request, evidence }) {
      const { verdicts = [], breakGlass } = evidence ?? {};
      if (request === undefined || request.dryRun === true || (allowed && breakGlass === undefined)) return;
      const { kind, name = '', operation, userInfo } = request;
      const namespace = objectNamespace(request);
      const object: KubeObject = {
        apiVersion: formatApiVersion(kind.group, kind.version),
        kind: kind.kind,
        metadata: { name, ...(namespace === '' ? {} : { namespace }) },
      };
      const user = String(userInfo?.['username'] ?? '');
      const denies = verdicts.filter(({ decision }) => decision === 'deny');
      const fields = {
        user,
        operation,
        object: { apiVersion: object.apiVersion, kind: kind.kind, namespace, name },
        policies: denies.slice(0, MAX_VERDICTS).map(({ policyId, message }) => ({ policy: policyId, message })),
        ...(denies.length > MAX_VERDICTS ? { left: denies.length - MAX_VERDICTS } : {}),
      };
      if (breakGlass === undefined) {
        logger.info(fields, 'admission was denied');
        return;
      }
      logger.warn({ ...fields, reason: breakGlass }, 'admission by break-glass');
      // An object whose name the API server will make has none yet.
      if (name === '') return;
      const policies = denies.map(({ policyId }) => policyId).join(', ');
      events.event(object, 'Warning', 'BreakGlass', `${user} passed ${policies || 'mutation'}: ${breakGlass}`);
    },
    close: () => events.close(),
  };
}

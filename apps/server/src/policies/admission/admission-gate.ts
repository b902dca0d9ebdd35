import { type Clock, isSekishoError, type Logger, messageOf } from '@sekisho/base';
import type { AdmissionAnswer, AdmissionPlugin, AdmissionQuestion, AdmissionRequest } from '@sekisho/cluster';
import type { KubeObject } from '@sekisho/kube';
import type { AdmissionDecision } from '@sekisho/policy';
import { IN_CLUSTER } from '../../applications/destinations.ts';
import type { GateWorker } from '../gate-worker.ts';
import type { PolicyBook } from '../policy-book.ts';
import type { AdmissionEvidenceLog } from './evidence.ts';
import { isBookkeeping, isNeverAsked, isOwnPlace } from './exemptions.ts';

/** What the gate asks. */
export interface AdmissionBook extends Pick<PolicyBook, 'ready' | 'catchUp'> {
  readonly worker: Pick<GateWorker, 'concerns' | 'mutates' | 'decide'>;
  knowNamespace(name: string, signal: AbortSignal): Promise<void>;
}

/** The policies' word about writes to the embedded cluster, from its first write on. */
export interface AdmissionGate extends AdmissionPlugin {
  /** From now on there is somebody to ask; writes before wait for it. */
  attach(book: AdmissionBook, evidence: AdmissionEvidenceLog, observe?: AdmissionObserver): void;
}

/** Told of each request that policies were asked about; `error`: they gave no answer, which lets nothing in. */
export type AdmissionObserver = (
  path: 'mutate' | 'validate',
  outcome: 'allow' | 'deny' | 'break-glass' | 'error',
  ms: number,
) => void;

/** How long a write waits for policies that are being loaded, and for their answer. */
const WAIT_MS = 30_000;
const PASSED: AdmissionAnswer = { allowed: true, warnings: [] };

interface Attached {
  readonly book: AdmissionBook;
  readonly evidence: AdmissionEvidenceLog;
  readonly observe: AdmissionObserver;
}

/** Whatever goes wrong denies: policies that can't be asked let nothing in but what no policy is asked about. */
export function createAdmissionGate(options: {
  readonly controlNamespace: string;
  readonly clock: Clock;
  readonly logger: Logger;
}): AdmissionGate {
  const { controlNamespace, clock, logger } = options;
  let attached: Attached | undefined;
  let isReady = false;
  let attach: (attached: Attached) => void = () => {};
  const attaching = new Promise<Attached>((resolve) => {
    attach = resolve;
  });

  /** Those who can be asked, once they know all policies. */
  async function asked(signal: AbortSignal): Promise<Attached> {
    if (attached !== undefined && isReady) return attached;
    const limit = new AbortController();
    const cancel = clock.after(WAIT_MS, () => limit.abort(unanswered('they are still being loaded')));
    const until = AbortSignal.any([signal, limit.signal]);
    try {
      const found = await abortable(attaching, until);
      await found.book.ready(until);
      return found;
    } catch (error) {
      throw unanswered(messageOf(error));
    } finally {
      cancel();
    }
  }

  async function decide(
    { book }: Attached,
    request: AdmissionRequest,
    step: 'mutate' | 'validate',
    signal: AbortSignal,
  ): Promise<AdmissionDecision> {
    const { namespace = '' } = request;
    if (namespace !== '') await book.knowNamespace(namespace, signal);
    const ask = () => book.worker.decide(request, { step, cluster: IN_CLUSTER, signal });
    try {
      return await ask();
    } catch (error) {
      if (!isSekishoError(error) || !error.retryable) throw unanswered(messageOf(error));
      logger.warn({ code: error.code }, 'policies are asked again');
    }
    return ask().catch((error) => {
      throw unanswered(messageOf(error));
    });
  }

  /** Decides, and tells whoever keeps count. */
  async function answer(
    found: Attached,
    request: AdmissionRequest,
    step: 'mutate' | 'validate',
    signal: AbortSignal,
  ): Promise<AdmissionDecision> {
    const since = performance.now();
    let outcome: Parameters<AdmissionObserver>[1] = 'error';
    try {
      const decision = await decideByNewest(found, request, step, signal);
      outcome = !decision.allowed ? 'deny' : decision.evidence?.breakGlass === undefined ? 'allow' : 'break-glass';
      found.evidence.note(request, decision);
      return decision;
    } finally {
      found.observe(step, outcome, performance.now() - since);
    }
  }

  /** A refusal counts when it holds by what was written until now: a Waiver may be a moment old. */
  async function decideByNewest(
    found: Attached,
    request: AdmissionRequest,
    step: 'mutate' | 'validate',
    signal: AbortSignal,
  ): Promise<AdmissionDecision> {
    const decision = await decide(found, request, step, signal);
    if (decision.allowed || !(await isNewer(found, signal))) return decision;
    return decide(found, request, step, signal);
  }

  async function isNewer({ book }: Attached, signal: AbortSignal): Promise<boolean> {
    try {
      return await book.catchUp(signal);
    } catch (error) {
      logger.warn(
        { error: messageOf(error) },
        'the newest policies could not be read: a write is denied by those before',
      );
      return false;
    }
  }

  const questionOf = ({ kind: { group, kind }, operation }: AdmissionRequest) =>
    ({ gate: 'admission', group, kind, operation }) as const;

  return {
    attach(book, evidence, observe = () => {}) {
      attached = { book, evidence, observe };
      attach(attached);
      book.ready(new AbortController().signal).then(
        () => {
          isReady = true;
        },
        () => {},
      );
    },
    concerns({ group, kind, operation, subresource, mutating }: AdmissionQuestion) {
      if (isNeverAsked(group, kind, subresource)) return false;
      if (attached === undefined || !isReady) return true;
      const question = { gate: 'admission', group, kind, operation } as const;
      const { worker } = attached.book;
      return mutating ? worker.mutates(question) : worker.concerns(question);
    },
    async mutate(request, signal) {
      const object = request.object as KubeObject;
      if (isOwnPlace(request, controlNamespace) || isBookkeeping(request)) return { object };
      const found = await asked(signal);
      if (!found.book.worker.mutates(questionOf(request))) return { object };
      const decision = await answer(found, request, 'mutate', signal);
      if (!decision.allowed) throw refusal(decision);
      return { object: decision.object ?? object };
    },
    async validate(request, signal) {
      if (isOwnPlace(request, controlNamespace) || isBookkeeping(request)) return PASSED;
      const found = await asked(signal);
      if (!found.book.worker.concerns(questionOf(request))) return PASSED;
      const decision = await answer(found, request, 'validate', signal);
      const { allowed, code, reason, warnings } = decision;
      if (allowed) return { allowed, warnings };
      return {
        allowed,
        message: messageFor(decision),
        warnings,
        ...(code === undefined ? {} : { code }),
        ...(reason === undefined ? {} : { reason }),
      };
    },
  };
}

/** As the API server says it of its own plugins and of webhooks. */
function messageFor({ message = 'a policy gave no reason' }: AdmissionDecision): string {
  return `admission "policies.sekisho.dev" denied the request: ${message}`;
}

/** The API server answers with its code and reason. */
function refusal(decision: AdmissionDecision): Error {
  const { code = 422, reason = 'Invalid' } = decision;
  return Object.assign(new Error(messageFor(decision)), { code, reason });
}

function unanswered(why: string): Error {
  const message = `admission "policies.sekisho.dev" could not ask the policies: ${why}`;
  return Object.assign(new Error(message), { code: 500, reason: 'InternalError' });
}

/** What was going on goes on; only the wait ends. */
function abortable<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

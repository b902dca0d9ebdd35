import type { IncomingMessage, ServerResponse } from 'node:http';
import { isSekishoError, type Logger, messageOf, SekishoError } from '@sekisho/base';
import { inspectCertificate } from '@sekisho/certificates';
import type { AdmittedReview, PolicyWorker } from '@sekisho/policy-worker';
import type { CertificateSource } from '../certificates/source.ts';
import { createMetrics, type Outcome } from '../metrics.ts';
import { type Answer, denial, fault, send } from './answers.ts';
import { type ClientCheck, checkClient } from './client-check.ts';
import { Deadlines } from './deadlines.ts';
import { guardLabels } from './label-guard.ts';
import { namespaceHint } from './namespace-hint.ts';
import { readBody } from './read-body.ts';
import { timeLimit } from './time-limit.ts';

export type ReviewPath = '/v1/admit' | '/v1/mutate';

export interface FrontOptions {
  readonly worker: Pick<PolicyWorker, 'admit' | 'info'>;
  /** Whose surroundings count, as the worker knows them. */
  readonly cluster: string;
  readonly certificates: CertificateSource;
  /** Default: whoever reaches the port may ask. Probes and metrics need no certificate. */
  readonly clients?: ClientCheck;
  /** Longest AdmissionReview. Default 8 MiB: it may hold an object and the one before it. */
  readonly maxBytes?: number;
  /** AdmissionReviews that are read or judged at a time (of the longest eight); more are sent back with 503. Default 200. */
  readonly maxConcurrent?: number;
  /** For one request; shorter when the API server waits less long. Default 8,000. */
  readonly timeoutMs?: number;
  /** What is still missing before requests can be judged; empty when nothing is. */
  readonly missing: () => readonly string[];
  /** Called before a request is judged, with the namespace it is probably about: it may be a moment old. */
  readonly prepare?: (namespace: string, signal: AbortSignal) => Promise<void>;
  /** Namespaces that may take themselves out of the webhook's reach. Default: none. */
  readonly mayIgnore?: (namespace: string) => boolean;
  /** Told each answer that policies had a word about. */
  readonly onReview?: (review: AdmittedReview, path: ReviewPath) => void;
  readonly logger: Logger;
}

export const DEFAULT_TIMEOUT_MS = 8_000;
const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;
const DEFAULT_MAX_CONCURRENT = 200;
/** So many of the longest AdmissionReviews may be in memory; of shorter ones more. */
const LARGEST_AT_A_TIME = 8;
const STEPS = { '/v1/admit': 'validate', '/v1/mutate': 'mutate' } as const;

/** One for all requests: a trace for each would cost more than most answers. */
const TIME_UP = new SekishoError('ADMISSION_TIMEOUT', 'the time for an admission request is up');

/** One request after the other, whatever it is about. */
export class Front {
  readonly #options: FrontOptions;
  readonly #maxBytes: number;
  readonly #maxConcurrent: number;
  readonly #timeoutMs: number;
  readonly #metrics: ReturnType<typeof createMetrics>;
  readonly #deadlines = new Deadlines(TIME_UP);
  #inFlight = 0;
  /** Of the requests in flight. */
  #bytes = 0;
  #isLeaving = false;

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#maxConcurrent = options.maxConcurrent ?? DEFAULT_MAX_CONCURRENT;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#metrics = createMetrics({
      certificateEnd: () => inspectCertificate(options.certificates.current()?.certificatePem ?? '')?.notAfter,
      policies: () => options.worker.info?.policies.length ?? 0,
      inFlight: () => this.#inFlight,
      isReady: () => this.#missing().length === 0,
    });
  }

  leave(): void {
    this.#isLeaving = true;
  }

  take(request: IncomingMessage, response: ServerResponse): void {
    // Who keeps the connection would ask a server that is gone.
    if (this.#isLeaving) response.setHeader('connection', 'close');
    this.#answer(request).then(
      (answer) => send(request, response, answer),
      (error: unknown) => {
        this.#options.logger.error({ error: messageOf(error) }, 'an admission request could not be answered');
        send(request, response, fault(500, 'the request could not be answered'));
      },
    );
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    switch (path) {
      case '/healthz':
        return fault(200, 'ok');
      case '/readyz': {
        const missing = this.#missing();
        return missing.length === 0 ? fault(200, 'ok') : fault(503, missing.join('\n'));
      }
      case '/metrics':
        return fault(200, await this.#metrics.text(), { 'content-type': this.#metrics.contentType });
      case '/v1/admit':
      case '/v1/mutate':
      case '/v1/admitlabel':
        return this.#observed(request, path, query);
      default:
        return fault(404, 'nothing is here: /v1/admit, /v1/mutate, /v1/admitlabel, /healthz, /readyz and /metrics are');
    }
  }

  #missing(): readonly string[] {
    return this.#isLeaving ? ['it is about to end'] : this.#options.missing();
  }

  async #observed(request: IncomingMessage, path: ReviewPath | '/v1/admitlabel', query: string): Promise<Answer> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return refusal;
    const started = performance.now();
    let outcome: Outcome = 'error';
    const size = this.#sizeOf(request);
    this.#inFlight++;
    this.#bytes += size;
    try {
      const reviewed = await this.#review(request, path, timeLimit(query, this.#timeoutMs));
      outcome = reviewed.outcome;
      return reviewed.answer;
    } finally {
      this.#inFlight--;
      this.#bytes -= size;
      this.#metrics.observe(path, outcome, (performance.now() - started) / 1000);
    }
  }

  /** As the request says; the most that it may have when it does not. */
  #sizeOf({ headers }: IncomingMessage): number {
    const announced = Number(headers['content-length'] ?? Number.NaN);
    return Number.isFinite(announced) ? Math.min(announced, this.#maxBytes) : this.#maxBytes;
  }

  /** Why a request is not even read. */
  #refusal(request: IncomingMessage): Answer | undefined {
    const { clients, missing } = this.#options;
    const client = clients === undefined ? true : checkClient(request, clients);
    if (client !== true) return fault(403, client);
    if (request.method !== 'POST') return fault(405, 'AdmissionReviews are sent by POST', { allow: 'POST' });
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
      return fault(415, 'an AdmissionReview is sent as application/json');
    }
    const gaps = missing();
    if (gaps.length > 0) return fault(503, `not ready: ${gaps.join('; ')}`, { 'retry-after': '1' });
    if (
      this.#inFlight >= this.#maxConcurrent ||
      this.#bytes + this.#sizeOf(request) > this.#maxBytes * LARGEST_AT_A_TIME
    ) {
      return fault(503, `${this.#inFlight} requests are being answered already`, { 'retry-after': '1' });
    }
    return undefined;
  }

  async #review(
    request: IncomingMessage,
    path: ReviewPath | '/v1/admitlabel',
    limitMs: number,
  ): Promise<{ answer: Answer; outcome: Outcome }> {
    const started = performance.now();
    const body = await readBody(request, this.#maxBytes);
    if (body === 'too large') {
      return { answer: fault(413, `an AdmissionReview has at most ${this.#maxBytes} bytes here`), outcome: 'error' };
    }
    if (body === 'broken off') return { answer: fault(400, 'the request broke off'), outcome: 'error' };
    if (path === '/v1/admitlabel') {
      const { allowed, ...answer } = guardLabels(body, this.#options.mayIgnore ?? (() => false));
      return { answer, outcome: answer.status !== 200 ? 'error' : allowed ? 'allow' : 'deny' };
    }
    // The API server waits since it began to send.
    return this.#judged(body, path, Math.max(1, limitMs - (performance.now() - started)));
  }

  async #judged(body: Uint8Array, path: ReviewPath, limitMs: number): Promise<{ answer: Answer; outcome: Outcome }> {
    const signal = this.#deadlines.after(limitMs);
    try {
      await this.#prepare(body, signal);
      const review = await this.#admit(body, path, signal);
      if (review.evidence !== undefined) this.#tell(review, path);
      const outcome =
        review.status !== 200
          ? 'error'
          : review.evidence?.breakGlass !== undefined
            ? 'break-glass'
            : review.allowed
              ? 'allow'
              : 'deny';
      return { answer: review, outcome };
    } catch (error) {
      if (error === TIME_UP) {
        const message = `policies gave no answer within ${Math.round(limitMs)} ms`;
        return { answer: denial(body, 504, 'Timeout', message), outcome: 'error' };
      }
      this.#options.logger.error({ path, error: messageOf(error) }, 'policies could not be asked');
      const isBusy = isSekishoError(error, 'POLICY_WORKER_BUSY');
      const message = `policies could not be asked: ${messageOf(error)}`;
      return {
        answer: denial(body, isBusy ? 429 : 500, isBusy ? 'TooManyRequests' : 'InternalError', message),
        outcome: 'error',
      };
    }
  }

  async #prepare(body: Uint8Array, signal: AbortSignal): Promise<void> {
    const { prepare, logger } = this.#options;
    const namespace = prepare === undefined ? undefined : namespaceHint(body);
    if (prepare === undefined || namespace === undefined) return;
    try {
      await prepare(namespace, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      // Policies that need the Namespace will say so.
      logger.debug({ namespace, error: messageOf(error) }, 'a namespace could not be looked up');
    }
  }

  /** A thread that ended is replaced: what it had is asked once more. */
  async #admit(body: Uint8Array, path: ReviewPath, signal: AbortSignal): Promise<AdmittedReview> {
    const { worker, cluster } = this.#options;
    const place = { step: STEPS[path], cluster, signal };
    try {
      return await worker.admit(body, place);
    } catch (error) {
      if (!isSekishoError(error, 'POLICY_WORKER_FAILED')) throw error;
      return worker.admit(body, place);
    }
  }

  #tell(review: AdmittedReview, path: ReviewPath): void {
    try {
      this.#options.onReview?.(review, path);
    } catch (error) {
      this.#options.logger.error({ error: messageOf(error) }, 'an answer could not be recorded');
    }
  }
}

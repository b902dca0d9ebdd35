import type { ApiRequest, ApiResponse, ApiTransport, KubeObject, WatchEvent } from '@sekisho/kube';

/** One watch that a client holds open. The test sends its events. */
export interface ScriptedWatch {
  readonly request: ApiRequest;
  send(...events: WatchEvent[]): void;
  /** The server ends the watch in order. */
  end(): void;
  /** The connection breaks. */
  fail(error: unknown): void;
  /** Whether the client let go of it. */
  readonly closed: boolean;
}

export interface ScriptedApi extends ApiTransport {
  readonly requests: readonly ApiRequest[];
  readonly watches: readonly ScriptedWatch[];
  /** The next watch that a client opens (or opened and nobody took yet). */
  nextWatch(): Promise<ScriptedWatch>;
}

/**
 * A transport whose answers a test writes: `answer` gets every request that is not a watch; a watch it may refuse by
 * returning a response, else it is opened and handed to the test.
 */
export function scriptedApi(
  answer: (request: ApiRequest) => Promise<ApiResponse | undefined> | ApiResponse | undefined,
): ScriptedApi {
  const requests: ApiRequest[] = [];
  const watches: ScriptedWatch[] = [];
  const untaken: ScriptedWatch[] = [];
  const takers: ((watch: ScriptedWatch) => void)[] = [];
  return {
    requests,
    watches,
    async request(request) {
      requests.push(request);
      const response = await answer(request);
      request.signal?.throwIfAborted();
      if (response !== undefined) return response;
      if (request.query?.['watch'] === undefined) return refusal(404, 'NotFound', `nothing at ${request.path}`);
      const { watch, events } = openWatch(request);
      watches.push(watch);
      const taker = takers.shift();
      if (taker === undefined) untaken.push(watch);
      else taker(watch);
      return { status: 200, headers: {}, events };
    },
    nextWatch() {
      const watch = untaken.shift();
      return watch === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(watch);
    },
  };
}

/** An unsuccessful answer with its Status. */
export function refusal(status: number, reason: string, message: string): ApiResponse {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code: status, reason, message };
  return { status, headers: {}, body };
}

/** A successful answer. */
export function success(body: unknown, status = 200): ApiResponse {
  return { status, headers: {}, body };
}

/** The body of a list. */
export function listOf(items: readonly KubeObject[], resourceVersion: string, next?: string): unknown {
  return { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion, ...(next ? { continue: next } : {}) }, items };
}

type Step = { readonly event: WatchEvent } | { readonly end: true } | { readonly error: unknown };

function openWatch(request: ApiRequest): { watch: ScriptedWatch; events: AsyncIterable<WatchEvent> } {
  const steps: Step[] = [];
  let wake: () => void = () => {};
  let closed = false;
  const push = (step: Step): void => {
    steps.push(step);
    wake();
  };
  request.signal?.addEventListener('abort', () => push({ end: true }), { once: true });
  async function* events(): AsyncGenerator<WatchEvent> {
    try {
      for (;;) {
        const step = steps.shift();
        if (step === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else if ('event' in step) yield step.event;
        else if ('error' in step) throw step.error;
        else return;
      }
    } finally {
      closed = true;
    }
  }
  const watch: ScriptedWatch = {
    request,
    send(...sent) {
      for (const event of sent) push({ event });
    },
    end: () => push({ end: true }),
    fail: (error) => push({ error }),
    get closed() {
      return closed;
    },
  };
  return { watch, events: events() };
}

/** 'live': events arrive. 'stale': they don't, what is shown may be old; the browser tries again by itself. */
export type StreamState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'stale'; readonly since: number };

export interface StreamEvent {
  readonly type: string;
  readonly data: unknown;
}

export interface EventStream {
  readonly state: StreamState;
  onState(listener: () => void): () => void;
  onEvent(listener: (event: StreamEvent) => void): () => void;
  close(): void;
}

const TYPES = ['application', 'application-deleted', 'drift', 'audit', 'notification', 'reset', 'hello', 'signed-out'];
/** A browser gives up for good after some refusals (a proxy's 502): then we open a new one. */
const REOPEN_MS = 3_000;

/** Follows the server's events; the browser resumes after the last one that arrived (Last-Event-ID). */
export function openEventStream(url: string, onRefused: () => void = () => {}): EventStream {
  const stateListeners = new Set<() => void>();
  const eventListeners = new Set<(event: StreamEvent) => void>();
  let state: StreamState = { kind: 'connecting' };
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Of the newest event: a new connection resumes after it, and the server says `reset` when it can't. */
  let lastId = '';

  const setState = (next: StreamState) => {
    state = next;
    for (const listener of stateListeners) listener();
  };
  const tell = (event: StreamEvent) => {
    for (const listener of eventListeners) listener(event);
  };

  function connect(): void {
    const opened = new EventSource(lastId === '' ? url : `${url}?after=${encodeURIComponent(lastId)}`);
    source = opened;
    opened.onopen = () => setState({ kind: 'live' });
    opened.onerror = () => {
      if (state.kind !== 'stale') setState({ kind: 'stale', since: Date.now() });
      if (opened.readyState !== EventSource.CLOSED) return;
      onRefused();
      timer = setTimeout(connect, REOPEN_MS);
    };
    for (const type of TYPES) {
      opened.addEventListener(type, (event) => {
        const { data, lastEventId } = event as MessageEvent<string>;
        if (lastEventId !== '') lastId = lastEventId;
        tell({ type, data: parse(data) });
      });
    }
  }
  connect();

  return {
    get state() {
      return state;
    },
    onState(listener) {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    onEvent(listener) {
      eventListeners.add(listener);
      return () => eventListeners.delete(listener);
    },
    close() {
      clearTimeout(timer);
      source?.close();
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

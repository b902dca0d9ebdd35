/** 'live': events arrive. 'stale': they don't, what is shown may be old; it is tried again without end. */
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

const TYPES = [
  'application',
  'application-deleted',
  'drift',
  'audit',
  'notification',
  'violations',
  'reset',
  'signed-out',
];
/** Say that the connection lives, and nothing else. */
const SIGNS_OF_LIFE = ['hello', 'heartbeat', 'caught-up'];
/** A browser gives up for good after some refusals (a proxy's 502): then we open a new one. */
const REOPEN_MS = 3_000;
/** The server says something every 15 s; a network that went away says nothing, not even that it did. */
const SILENCE_MS = 40_000;

/** Follows the server's events and resumes after the last one that arrived (Last-Event-ID). */
export function openEventStream(url: string, onRefused: () => void = () => {}): EventStream {
  const stateListeners = new Set<() => void>();
  const eventListeners = new Set<(event: StreamEvent) => void>();
  let state: StreamState = { kind: 'connecting' };
  let source: EventSource | undefined;
  let reopen: ReturnType<typeof setTimeout> | undefined;
  let heardAt = Date.now();
  /** Of the newest event: a new connection resumes after it, and the server says `reset` when it can't. */
  let lastId = '';

  const setState = (next: StreamState) => {
    state = next;
    for (const listener of stateListeners) listener();
  };
  const setStale = () => {
    if (state.kind !== 'stale') setState({ kind: 'stale', since: Date.now() });
  };
  const hear = ({ lastEventId }: MessageEvent<string>) => {
    heardAt = Date.now();
    if (lastEventId !== '') lastId = lastEventId;
    if (state.kind !== 'live') setState({ kind: 'live' });
  };

  function connect(): void {
    clearTimeout(reopen);
    source?.close();
    heardAt = Date.now();
    const opened = new EventSource(lastId === '' ? url : `${url}?after=${encodeURIComponent(lastId)}`);
    source = opened;
    opened.onerror = () => {
      setStale();
      if (opened.readyState !== EventSource.CLOSED) return;
      onRefused();
      reopen = setTimeout(connect, REOPEN_MS);
    };
    for (const type of SIGNS_OF_LIFE) opened.addEventListener(type, hear);
    for (const type of TYPES) {
      opened.addEventListener(type, (event) => {
        hear(event);
        const told = { type, data: parse(event.data) };
        for (const listener of eventListeners) listener(told);
      });
    }
  }

  connect();
  const watch = setInterval(() => {
    if (Date.now() - heardAt < SILENCE_MS) return;
    setStale();
    connect();
  }, SILENCE_MS / 4);
  // A server on this machine answers without any network: only a new connection tells.
  window.addEventListener('offline', connect);
  window.addEventListener('online', connect);

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
      clearTimeout(reopen);
      clearInterval(watch);
      window.removeEventListener('offline', connect);
      window.removeEventListener('online', connect);
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

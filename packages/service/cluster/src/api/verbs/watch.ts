import type { KubeObject, WatchEvent } from '@sekisho/kube';
import type { Collection } from '../../storage/collection.ts';
import type { StoredObject } from '../../storage/stored-object.ts';
import type { Call, Result, ServedEvent } from '../call.ts';
import type { ServedResource } from '../served-resource.ts';
import type { ServerContext } from '../server-context.ts';
import { badRequest, expired } from '../status-error.ts';
import { booleanOption, integerOption } from './options.ts';
import { parseRevision } from './read.ts';
import { type Selection, selectionOf } from './selection.ts';

const BOOKMARK_MS = 30_000;
const DEFAULT_TIMEOUT_MS = 30 * 60_000;
/** Events handed over before the event loop gets a turn. */
const BURST = 256;

/**
 * Starts a watch. It ends at its timeout, when the request's signal aborts, or with an ERROR event (410 Expired) when
 * the client reads so slowly that history was dropped under it.
 * @throws StatusError 410 when the start revision is no longer in history
 */
export function watch(context: ServerContext, call: Call, name?: string): Result {
  const { resource, query } = call;
  const text = query['resourceVersion'] ?? '';
  const sendInitial = query['sendInitialEvents'] === undefined ? undefined : booleanOption(call, 'sendInitialEvents');
  const bookmarks = booleanOption(call, 'allowWatchBookmarks');
  if (sendInitial !== undefined && query['resourceVersionMatch'] !== 'NotOlderThan') {
    throw badRequest('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  const revision = text === '' ? 0 : parseRevision(text);
  const initial = sendInitial ?? revision === 0;
  const { history } = resource.collection;
  const start = initial || revision === 0 ? history.end : history.positionAfter(revision);
  if (start === undefined) throw expired(`too old resource version: ${revision} (${history.lostRevision})`);
  const timeoutSeconds = integerOption(call, 'timeoutSeconds');
  const timeoutMs = timeoutSeconds === undefined || timeoutSeconds === 0 ? DEFAULT_TIMEOUT_MS : timeoutSeconds * 1000;
  const events = follow({
    context,
    resource,
    selection: selectionOf(call, name),
    signal: call.request.signal,
    position: start,
    after: initial ? context.storage.revision : revision,
    initial,
    initialBookmark: sendInitial === true && bookmarks,
    bookmarks,
    timeoutMs,
  });
  return { kind: 'watch', events };
}

interface Following {
  readonly context: ServerContext;
  readonly resource: ServedResource;
  readonly selection: Selection;
  readonly signal: AbortSignal | undefined;
  readonly position: number;
  /** Events up to here are already known to the client. */
  readonly after: number;
  readonly initial: boolean;
  readonly initialBookmark: boolean;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
}

/**
 * The state is taken here, not when the first event is asked for, so nothing between the request and the first read is lost.
 */
function follow(options: Following): AsyncIterable<ServedEvent> {
  const { resource, selection, context } = options;
  const { collection } = resource;
  const first = options.initial ? initialObjects(collection, selection) : [];
  const revision = context.storage.revision;
  return { [Symbol.asyncIterator]: () => stream(options, first, revision) };
}

async function* stream(
  options: Following,
  first: readonly StoredObject[],
  firstRevision: number,
): AsyncGenerator<ServedEvent> {
  const { resource, selection, signal, context } = options;
  const { history } = resource.collection;
  const wake = createWake();
  const cleanups = [resource.collection.listen(wake.set)];
  let ended = signal?.aborted === true;
  const end = (): void => {
    ended = true;
    wake.set();
  };
  if (signal !== undefined) {
    signal.addEventListener('abort', end, { once: true });
    cleanups.push(() => signal.removeEventListener('abort', end));
  }
  cleanups.push(context.clock.after(options.timeoutMs, end));
  let bookmarkDue = false;
  const tick = (): void => {
    bookmarkDue = true;
    wake.set();
    cancelTick = context.clock.after(BOOKMARK_MS, tick);
  };
  let cancelTick: () => void = options.bookmarks ? context.clock.after(BOOKMARK_MS, tick) : () => {};
  cleanups.push(() => cancelTick());

  try {
    for (const stored of first) {
      if (ended) return;
      yield served(resource, 'ADDED', stored);
    }
    if (options.initialBookmark) yield bookmark(resource, firstRevision, true);

    let { position } = options;
    let sinceYield = 0;
    while (!ended) {
      while (position < history.end) {
        if (position < history.start) {
          if (history.lostRevision > options.after) {
            yield lagged(history.lostRevision);
            return;
          }
          position = history.start;
        }
        const event = history.at(position);
        position += 1;
        if (event === undefined || event.stored.revision <= options.after) continue;
        const translated = translate(resource, selection, event.type, event.stored, event.previous);
        if (translated === undefined) continue;
        yield translated;
        if (ended) return;
        sinceYield += 1;
        if (sinceYield >= BURST) {
          sinceYield = 0;
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
      }
      if (bookmarkDue) {
        bookmarkDue = false;
        yield bookmark(resource, context.storage.revision, false);
        continue;
      }
      await wake.wait();
    }
  } finally {
    for (const cleanup of cleanups) cleanup();
  }
}

function initialObjects(collection: Collection, selection: Selection): StoredObject[] {
  const only = selection.key === undefined ? undefined : collection.get(selection.key);
  const candidates =
    selection.key === undefined ? collection.range(selection.prefix) : only === undefined ? [] : [only];
  const { matches } = selection;
  return matches === undefined ? candidates : candidates.filter((stored) => matches(stored.object));
}

/** What an event means to somebody who sees only a part: an object may enter or leave the part. */
function translate(
  resource: ServedResource,
  { prefix, key, matches }: Selection,
  type: WatchEvent['type'],
  stored: StoredObject,
  previous: StoredObject | undefined,
): ServedEvent | undefined {
  if (!stored.key.startsWith(prefix) || (key !== undefined && stored.key !== key)) return undefined;
  if (matches === undefined) return served(resource, type, stored);
  const before = previous !== undefined && matches(previous.object);
  if (type === 'DELETED') return before ? served(resource, 'DELETED', stored) : undefined;
  const now = matches(stored.object);
  if (now) return served(resource, before ? 'MODIFIED' : 'ADDED', stored);
  if (!before || previous === undefined) return undefined;
  // It left the selection: the client gets its last matching state, at the revision of the change.
  const object = withRevision(previous.object, stored.revision);
  return { type: 'DELETED', object: () => resource.fromStorage(object), json: undefined };
}

function served(resource: ServedResource, type: WatchEvent['type'], stored: StoredObject): ServedEvent {
  const asStored = resource.apiVersion === resource.storageApiVersion;
  return { type, object: () => resource.fromStorage(stored.object), json: asStored ? () => stored.json : undefined };
}

function bookmark(resource: ServedResource, revision: number, initialEnd: boolean): ServedEvent {
  const object: KubeObject = {
    kind: resource.info.kind,
    apiVersion: resource.apiVersion,
    metadata: {
      resourceVersion: String(revision),
      ...(initialEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    },
  };
  return { type: 'BOOKMARK', object: () => object, json: undefined };
}

function lagged(lost: number): ServedEvent {
  const { status } = expired(`too old resource version: the watch fell behind revision ${lost}`);
  return { type: 'ERROR', object: () => status as unknown as KubeObject, json: undefined };
}

function withRevision(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

/** A flag that one reader waits for. */
function createWake(): { set: () => void; wait: () => Promise<void> } {
  let isSet = false;
  let release: (() => void) | undefined;
  return {
    set: () => {
      isSet = true;
      release?.();
      release = undefined;
    },
    wait: async () => {
      if (!isSet) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      isSet = false;
    },
  };
}

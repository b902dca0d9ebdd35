import type { ServerResponse } from 'node:http';
import { type Clock, type Logger, messageOf, SekishoError } from '@sekisho/base';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { BusEvent, EventBus } from '../events/bus.ts';
import { visibleTo } from './application-list.ts';
import { read } from './applications.ts';
import type { AccessControl, Actor } from './route.ts';
import type { Routes } from './server.ts';

const HEARTBEAT_MS = 15_000;
/** A caller that has read nothing for this long is gone, whatever its socket says. */
const STALL_MS = 30_000;
const MAX_STREAMS = 1000;
const MAX_STREAMS_OF_ONE = 32;

const one = z.string().max(512);
const several = z.union([one.transform((value) => [value]), z.array(one).max(64)]).optional();
const eventsQuery = z.object({
  type: several.meta({ description: 'Only events of these types.' }),
  application: several.meta({ description: 'Only of these applications: `namespace/name`.' }),
  after: z
    .string()
    .max(32)
    .optional()
    .meta({ description: 'Resume after this id, as `Last-Event-ID` does; `oldest` for all that are kept.' }),
});

/** For metrics. */
export interface EventStreamCount {
  inc(): void;
  dec(): void;
}

/**
 * What happens, as server-sent events. Nothing is kept for a caller that reads slowly but its place: when events after
 * that place are no longer there, it is told to read everything anew (`reset`), and one that reads nothing is cut off.
 */
export function eventRoutes(options: {
  bus: EventBus;
  access: AccessControl;
  streams: EventStreamCount;
  controlNamespace: string;
  clock: Clock;
  logger: Logger;
}): Routes {
  const { bus, logger } = options;
  const ofUser = new Map<string, number>();
  let open = 0;
  const api = {
    tag: 'events',
    summary: 'What happens, as server-sent events',
    description:
      'Begins with `hello` and resumes after `Last-Event-ID`; `reset` when that is too old: read everything anew; `caught-up` when what was missed is told; `heartbeat` every 15 s. Types: ' +
      '`application` (an ApplicationRow), `application-deleted`, `drift`, `audit`, `notification`.',
    query: eventsQuery,
    produces: 'text/event-stream',
  };
  return (server) => {
    server.get('/api/v1/events', { config: { permission: 'signed-in', api } }, (request, reply) => {
      const query = read(eventsQuery, request.query);
      const { user } = request.actor;
      const own = ofUser.get(user) ?? 0;
      if (open >= MAX_STREAMS || own >= MAX_STREAMS_OF_ONE) {
        throw new SekishoError('TOO_MANY_STREAMS', 'Too many event streams are open.', {
          hint: 'Close some of the pages or commands that follow events.',
          details: { status: 429 },
        });
      }
      open++;
      options.streams.inc();
      ofUser.set(user, own + 1);
      reply.hijack();
      const headers = reply.getHeaders() as Record<string, string>;
      reply.raw.writeHead(200, {
        ...headers,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      // An EventSource gives back the id that it saw last when it connects again; that is newer than the address.
      const resume = request.headers['last-event-id'] ?? query.after;
      const stream = new EventStream(reply.raw, request, { ...options, ...filterOf(query) });
      stream.start(resume === undefined ? undefined : resume === 'oldest' ? bus.oldestId : Number(resume));
      reply.raw.once('close', () => {
        stream.stop();
        open--;
        options.streams.dec();
        const left = (ofUser.get(user) ?? 1) - 1;
        if (left > 0) ofUser.set(user, left);
        else ofUser.delete(user);
        logger.debug({ user, requestId: request.id }, 'an event stream ended');
      });
      logger.debug({ user, requestId: request.id, resume }, 'an event stream began');
    });
  };
}

interface Filter {
  readonly types: ReadonlySet<string> | undefined;
  readonly applications: ReadonlySet<string> | undefined;
}

function filterOf({ type, application }: z.infer<typeof eventsQuery>): Filter {
  return {
    types: type === undefined ? undefined : new Set(type),
    applications: application === undefined ? undefined : new Set(application),
  };
}

interface StreamOptions extends Filter {
  readonly bus: EventBus;
  readonly access: AccessControl;
  readonly controlNamespace: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One caller's place among the events. */
class EventStream {
  readonly #response: ServerResponse;
  readonly #request: FastifyRequest;
  readonly #options: StreamOptions;
  #actor: Actor;
  #place = 0;
  /** The newest event when the caller came back: what is after it is new. */
  #catchUpTo: number | undefined;
  #isBlocked = false;
  #isScheduled = false;
  #isStopped = false;
  #unsubscribe: () => void = () => {};
  #stopHeartbeat: () => void = () => {};
  #stopStall: () => void = () => {};

  constructor(response: ServerResponse, request: FastifyRequest, options: StreamOptions) {
    this.#response = response;
    this.#request = request;
    this.#options = options;
    this.#actor = request.actor;
  }

  start(after: number | undefined): void {
    const { bus } = this.#options;
    this.#response.on('drain', () => {
      this.#isBlocked = false;
      this.#stopStall();
      this.#pump();
    });
    this.#response.on('error', () => this.stop());
    const isKept = after === undefined || bus.since(after) !== undefined;
    this.#place = isKept && after !== undefined ? after : bus.lastId;
    this.#write(`retry: 2000\nid: ${this.#place}\nevent: hello\ndata: {"id":"${this.#place}"}\n\n`);
    if (!isKept) this.#reset();
    if (after !== undefined) this.#catchUpTo = bus.lastId;
    this.#unsubscribe = bus.subscribe(undefined, () => this.#schedule()).stop;
    this.#beat();
    this.#pump();
  }

  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe();
    this.#stopHeartbeat();
    this.#stopStall();
  }

  /** What is published in one turn is read together. */
  #schedule(): void {
    if (this.#isScheduled || this.#isBlocked) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#isStopped || this.#isBlocked) return;
    const { bus } = this.#options;
    let events = bus.since(this.#place);
    if (events === undefined) {
      this.#reset();
      events = [];
    }
    const newest = new Map<string, number>();
    for (const { supersedes, type, id } of events) {
      if (supersedes !== undefined) newest.set(`${type} ${supersedes}`, id);
    }
    for (const event of events) {
      if (this.#isBlocked) return;
      this.#place = event.id;
      const isOld = event.supersedes !== undefined && newest.get(`${event.type} ${event.supersedes}`) !== event.id;
      if (!isOld && this.#wants(event) && this.#maySee(event)) this.#write(toFrame(event));
    }
    if (this.#catchUpTo === undefined || this.#place < this.#catchUpTo) return;
    this.#catchUpTo = undefined;
    this.#write(`id: ${this.#place}\nevent: caught-up\ndata: {}\n\n`);
  }

  #reset(): void {
    this.#place = this.#options.bus.lastId;
    this.#write(`id: ${this.#place}\nevent: reset\ndata: {}\n\n`);
  }

  #wants({ type, visible, about = visible }: BusEvent): boolean {
    const { types, applications } = this.#options;
    if (types !== undefined && !types.has(type)) return false;
    return applications === undefined || (about !== undefined && applications.has(`${about.namespace}/${about.name}`));
  }

  #maySee({ visible, requires }: BusEvent): boolean {
    const { access } = this.#options;
    if (requires !== undefined && !access.authorize(this.#actor, requires.resource, 'get', requires.object))
      return false;
    return visible === undefined || visibleTo(this.#actor, this.#options)(visible);
  }

  #write(text: string): void {
    if (this.#isStopped || this.#response.write(text) || this.#isBlocked) return;
    this.#isBlocked = true;
    this.#stopStall = this.#options.clock.after(STALL_MS, () => {
      this.#options.logger.info({ user: this.#actor.user }, 'an event stream is cut off: nothing was read from it');
      this.#response.destroy();
    });
  }

  /** Keeps proxies from closing the connection, and closes it when the caller is no longer signed in. */
  #beat(): void {
    this.#stopHeartbeat = this.#options.clock.after(HEARTBEAT_MS, () => {
      // An event and no comment: browsers tell a page nothing of comments, and it would not see that the network is gone.
      if (!this.#isBlocked) this.#write('event: heartbeat\ndata: {}\n\n');
      this.#options.access.authenticate(this.#request).then(
        (actor) => {
          if (this.#isStopped) return;
          if (actor === undefined) {
            this.#response.end('event: signed-out\ndata: {}\n\n');
            return;
          }
          this.#actor = actor;
          this.#beat();
        },
        (error: unknown) => {
          this.#options.logger.debug(
            { error: messageOf(error) },
            'an event stream ends: its caller is not known any more',
          );
          this.#response.end();
        },
      );
    });
  }
}

/** The same text for every caller. */
const frames = new WeakMap<BusEvent, string>();

function toFrame(event: BusEvent): string {
  let frame = frames.get(event);
  if (frame === undefined) {
    // What an EventSource does not know, `at`, it ignores.
    const at = new Date(event.at).toISOString();
    frame = `id: ${event.id}\nevent: ${event.type}\nat: ${at}\ndata: ${JSON.stringify(event.data)}\n\n`;
    frames.set(event, frame);
  }
  return frame;
}

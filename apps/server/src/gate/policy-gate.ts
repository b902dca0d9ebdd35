import { type Clock, isSekishoError, type Logger, mapConcurrent, messageOf } from '@sekisho/base';
import { deepEqual, gvkOf, type Manifest } from '@sekisho/kube';
import {
  type ApplicationRequests,
  applicationRequests,
  type GateVerdict,
  judgeApplication,
} from '@sekisho/policy/asking';
import { placeObject, scopesOfDefinitions } from '@sekisho/sync';
import type { Application } from '../applications/application.ts';
import { scopes } from '../applications/comparison.ts';
import type { Destination } from '../applications/destinations.ts';
import type { PolicyBook, PolicyChange } from '../policies/policy-book.ts';
import { createTurns } from '../turns.ts';
import { countsOf, emptyLook, failedLook, type GateLook, isSameLook, lookOf } from './gate-look.ts';
import type { GateMetrics } from './metrics.ts';

/** Asks policies about everything that an application is rendered to, before anything of it is touched. */
export interface PolicyGate {
  /**
   * What they say, from memory while neither the manifests nor the policies are others. Never throws for what policies do:
   * when they can't be asked, the look has a fault.
   */
  look(
    application: Application,
    destination: Destination,
    manifests: readonly Manifest[],
    signal: AbortSignal,
  ): Promise<GateLook>;
  /** As {@link look}, of manifests that may not be what the application is now: not remembered. */
  preview: PolicyGate['look'];
  /** What was said last of an application. */
  last(key: string): GateLook | undefined;
  lasts(): IterableIterator<GateLook>;
  forget(key: string): void;
  /** Called when there may be something else to say of an application: it should be looked at. */
  onChange(listener: (key: string) => void): void;
  /** Called when a look found another number of denies or warnings than the one before. */
  onLook(listener: (key: string) => void): void;
  close(): void;
}

interface Entry {
  readonly manifests: readonly Manifest[];
  /** Where they go. */
  readonly place: string;
  /** Of the policies that were asked. */
  generation: number;
  look: GateLook;
}

export interface PolicyGateOptions {
  readonly book: Pick<PolicyBook, 'worker' | 'info' | 'onChange' | 'ready' | 'catchUp'>;
  /** Makes what surrounds objects of a cluster known to policies. */
  readonly surroundings?: { follow(destination: Destination, signal: AbortSignal): Promise<void> };
  readonly metrics: GateMetrics;
  readonly controlNamespace: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a look waits for the first load of policies. */
const READY_MS = 10_000;
/** Applications that are asked about at a time when policies change. */
const CONCURRENCY = 4;

export function createPolicyGate(options: PolicyGateOptions): PolicyGate {
  const { book, metrics, clock, logger } = options;
  const entries = new Map<string, Entry>();
  const listeners = new Set<(key: string) => void>();
  const lookListeners = new Set<(key: string) => void>();
  const closing = new AbortController();
  let isReady = false;
  let generation = 0;
  /** What changed since the generation `since`. */
  let pending: { changed: Set<string>; whole: boolean; since: number } | undefined;
  let working = false;
  const stopListening = book.onChange(onPolicies);

  async function judge(
    application: Application,
    destination: Destination,
    manifests: readonly Manifest[],
    signal: AbortSignal,
  ): Promise<GateLook> {
    const cluster = destination.server;
    try {
      await becomeReady(signal);
    } catch (error) {
      signal.throwIfAborted();
      return failedLook(cluster, `Policies are not loaded yet: ${messageOf(error)}`);
    }
    // Most often no policy has a word about any of the kinds: then nobody is asked.
    if (!concerns(manifests)) return emptyLook(cluster);
    const asked = requestsFor(application, destination, manifests, options.controlNamespace);
    return ask(asked, destination, signal);
  }

  function cached({ key, spec }: Application, { server }: Destination, manifests: readonly Manifest[]) {
    const entry = entries.get(key);
    const place = placeOf(spec, server);
    if (entry?.manifests !== manifests || entry.place !== place || entry.generation !== generation) return undefined;
    const { fault, expiresAt } = entry.look;
    const isOver = fault !== undefined || (expiresAt !== undefined && expiresAt <= clock.now());
    return isOver ? undefined : entry.look;
  }

  async function ask(asked: ApplicationRequests, destination: Destination, given: AbortSignal): Promise<GateLook> {
    // Many wait for the same signal: one of their own each.
    const signal = AbortSignal.any([given]);
    const cluster = destination.server;
    const stop = metrics.seconds.startTimer();
    let result = 'failed';
    try {
      let look = await askOnce(asked, destination, signal);
      // Somebody may have just written the waiver.
      if (look.deny > 0 && (await book.catchUp(signal))) look = await askOnce(asked, destination, signal);
      result = look.deny > 0 ? 'deny' : look.warn > 0 ? 'warn' : 'allow';
      return look;
    } catch (error) {
      signal.throwIfAborted();
      logger.warn({ error: messageOf(error) }, 'policies could not be asked about an application');
      const code = isSekishoError(error) ? ` (${error.code})` : '';
      return failedLook(cluster, `Policies could not be asked: ${messageOf(error)}${code}`);
    } finally {
      stop();
      metrics.looks.inc({ result });
    }
  }

  async function askOnce(asked: ApplicationRequests, destination: Destination, signal: AbortSignal) {
    const { worker } = book;
    const cluster = destination.server;
    await options.surroundings?.follow(destination, signal);
    const judged = await judgeApplication(asked, (requests, { documents }) =>
      worker.judgeTogether(requests, { gate: 'sync', cluster, waivers: documents, signal }),
    );
    return lookOf(asked, cluster, judged, book.info().waivers);
  }

  function concerns(manifests: readonly Manifest[]): boolean {
    return manifests.some(({ object }) => {
      const { group, kind } = gvkOf(object);
      return book.worker.concerns({ gate: 'sync', group, kind, operation: 'CREATE' });
    });
  }

  async function becomeReady(signal: AbortSignal): Promise<void> {
    if (isReady) return;
    await book.ready(AbortSignal.any([signal, AbortSignal.timeout(READY_MS)]));
    isReady = true;
  }

  function onPolicies({ changed, waivers }: PolicyChange): void {
    pending ??= { changed: new Set(), whole: false, since: generation };
    generation++;
    for (const id of changed) pending.changed.add(id);
    pending.whole ||= waivers;
    if (working) return;
    working = true;
    void lookAgain().finally(() => {
      working = false;
    });
  }

  /** Only applications of which policies say something else now are told of. */
  async function lookAgain(): Promise<void> {
    const giveWay = createTurns();
    while (pending !== undefined && !closing.signal.aborted) {
      const change = pending;
      pending = undefined;
      const at = generation;
      await mapConcurrent(
        [...entries],
        CONCURRENCY,
        async ([key, entry]) => {
          await giveWay();
          if (entry.generation === at || entries.get(key) !== entry) return;
          await lookAgainAt(key, entry, change, at);
        },
        { signal: closing.signal },
      ).catch((error) => {
        if (!closing.signal.aborted) logger.error({ error: messageOf(error) }, 'applications could not be asked about');
      });
    }
  }

  async function lookAgainAt(
    key: string,
    entry: Entry,
    change: { readonly changed: ReadonlySet<string>; readonly whole: boolean; readonly since: number },
    at: number,
  ): Promise<void> {
    const { look, manifests } = entry;
    if (look.fault === undefined && look.verdicts.length === 0 && !concerns(manifests)) {
      entry.generation = at;
      return;
    }
    const isPartial =
      !change.whole && entry.generation >= change.since && look.fault === undefined && look.asked !== undefined;
    const next = isPartial ? await askSome(look, change.changed) : undefined;
    if (entries.get(key) !== entry) return;
    // A reconciliation asks all of them.
    if (next === undefined || !isSameLook(look, next)) tell(key);
    else entry.generation = at;
  }

  function tell(key: string): void {
    for (const listener of listeners) listener(key);
  }

  /** Only what changed is asked. Undefined when that can't be told. */
  async function askSome(look: GateLook, changed: ReadonlySet<string>): Promise<GateLook | undefined> {
    const { asked, cluster } = look;
    if (asked === undefined) return undefined;
    const kept = look.verdicts.filter(({ policyId }) => !changed.has(policyId));
    const policies = book.info().policies.filter(({ id, gates }) => changed.has(id) && gates.includes('sync'));
    try {
      let verdicts: readonly GateVerdict[] = [];
      if (policies.length > 0) {
        const place = { gate: 'sync', cluster, policies: policies.map(({ id }) => id) } as const;
        const documents = asked.waivers
          .filter(({ waiver }) => look.waivers.some(({ id }) => id === waiver.id))
          .map(({ document }) => document);
        // Whether its waivers still count is a question to all policies.
        if (documents.length > 0) return undefined;
        verdicts = await book.worker.judgeTogether(asked.requests, { ...place, signal: closing.signal });
      }
      return lookOf(asked, cluster, { verdicts: [...kept, ...verdicts], waivers: look.waivers }, book.info().waivers);
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'changed policies could not be asked about an application');
      return undefined;
    }
  }

  return {
    async look(application, destination, manifests, signal) {
      const known = cached(application, destination, manifests);
      if (known !== undefined) return known;
      const { key, spec } = application;
      const at = generation;
      const look = await judge(application, destination, manifests, signal);
      const before = countsOf(entries.get(key)?.look);
      entries.set(key, { manifests, place: placeOf(spec, destination.server), generation: at, look });
      if (!deepEqual(before, countsOf(look))) for (const listener of lookListeners) listener(key);
      // Policies changed meanwhile, and whoever looks again at all applications may be past this one.
      if (at !== generation) tell(key);
      return look;
    },
    preview: async (application, destination, manifests, signal) =>
      cached(application, destination, manifests) ?? judge(application, destination, manifests, signal),
    last: (key) => entries.get(key)?.look,
    *lasts() {
      for (const { look } of entries.values()) yield look;
    },
    forget(key) {
      entries.delete(key);
    },
    onChange(listener) {
      listeners.add(listener);
    },
    onLook(listener) {
      lookListeners.add(listener);
    },
    close() {
      stopListening();
      closing.abort(new Error('the server stops'));
    },
  };
}

function placeOf({ destination, project }: Application['spec'], server: string): string {
  return `${server}\n${destination.namespace}\n${project}`;
}

/** Objects as they would be written. */
function requestsFor(
  application: Application,
  destination: Destination,
  manifests: readonly Manifest[],
  controlNamespace: string,
): ApplicationRequests {
  const declared = scopesOfDefinitions(manifests.map(({ object }) => object));
  const isNamespaced = scopes(destination, manifests);
  const { namespace } = application.spec.destination;
  const placed = manifests.map(({ object, origin }) => {
    const gvk = gvkOf(object);
    const scope = isNamespaced(gvk) ?? declared.get(`${gvk.group}/${gvk.kind}`);
    return { object: placeObject(object, scope, namespace), origin };
  });
  return applicationRequests(placed, { controlNamespace });
}

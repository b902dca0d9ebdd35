import { setMaxListeners } from 'node:events';
import { type Clock, type Logger, messageOf, SekishoError, systemClock } from '@sekisho/base';
import {
  createDiscovery,
  createInformer,
  createLatch,
  type Informer,
  type KubeClient,
  type ResourceType,
} from '@sekisho/client';
import { deepEqual } from '@sekisho/kube';
import type { PolicyDocument } from '@sekisho/policy';
import { caughtUp } from './caught-up.ts';
import { byPriority, DEFINITIONS, isBuiltInGroup, isPolicyKind, servedKind } from './policy-kinds.ts';
import { byKind, essentialsOf, isOfKind, nameOf, sameDocuments, saysTheSame, withoutStatus } from './policy-objects.ts';

export interface PolicyWatchOptions {
  readonly client: KubeClient;
  readonly logger: Logger;
  /**
   * Told all policy objects there are, by kind, namespace and name: once the first state is known, and after changes of
   * more than status. Changes that come together are told once. The objects have neither status nor managedFields.
   */
  readonly onChange: (documents: readonly PolicyDocument[]) => void;
  /** Which of the policy kinds that the cluster serves are followed. Default: all. */
  readonly follows?: (type: ResourceType & { readonly builtIn: boolean }) => boolean;
  /** How long changes are collected, ms. Default 50; when they don't end, ten times as long. */
  readonly debounceMs?: number;
  readonly clock?: Clock;
}

export interface PolicyWatch {
  /** Resolves once the first state was told. Rejects with the signal's reason or POLICY_WATCH_CLOSED. */
  synced(signal?: AbortSignal): Promise<void>;
  /** Kinds whose objects are not known or not current, and why. Empty when all are. */
  behind(): readonly { readonly kind: string; readonly reason: string }[];
  /** What was told last. */
  documents(): readonly PolicyDocument[];
  /** Kinds that are followed now. */
  kinds(): readonly ResourceType[];
  /**
   * Asks the cluster itself, for whoever must not miss what was written a moment ago: when it resolves, everything that
   * was there at the call was told. Waits a second at most for the watch. Throws what the client throws.
   *
   * @param options.kind  default: all kinds
   */
  refresh(options?: { readonly signal?: AbortSignal; readonly kind?: string }): Promise<readonly PolicyDocument[]>;
  close(): Promise<void>;
}

interface Follower {
  readonly type: ResourceType;
  readonly informer: Informer;
}

const DEBOUNCE_MS = 50;
/** After so many times the debounce something is told although more changes come. */
const PATIENCE = 10;
const DISCOVERY_RETRY_MS = 2_000;

/**
 * Follows all policies of a cluster: the built-in kinds, those of CustomResourceDefinitions, and the kinds of
 * constraints as templates bring them. A kind that the cluster stops serving takes its objects along.
 */
export function watchPolicies(options: PolicyWatchOptions): PolicyWatch {
  const { client, logger, onChange, follows = () => true, debounceMs = DEBOUNCE_MS, clock = systemClock } = options;
  const closing = new AbortController();
  // One informer per kind waits for it.
  setMaxListeners(0, closing.signal);
  const firstTold = createLatch();
  const builtInKnown = createLatch();
  let isBuiltInKnown = false;
  /** By group and kind. */
  const followed = new Map<string, Follower>();
  const ending = new Set<Promise<void>>();
  let discoveryFault: string | undefined;
  let told: readonly PolicyDocument[] | undefined;
  let cancelTell: (() => void) | undefined;
  let firstChangeAt: number | undefined;

  const definitions = createInformer({ client, type: DEFINITIONS, logger, clock, select: essentialsOf });
  definitions.on(({ type, object, previous }) => {
    const before = previous === undefined ? undefined : servedKind(previous);
    const now = type === 'DELETED' ? undefined : servedKind(object);
    if (deepEqual(before, now)) return;
    if (before !== undefined) unfollow(before);
    if (now !== undefined) follow(now, false);
    changed();
  });

  function follow(type: ResourceType, builtIn: boolean): void {
    if (!isPolicyKind(type) || followed.has(keyOf(type)) || !follows({ ...type, builtIn })) return;
    const informer = createInformer({ client, type, logger, clock, select: withoutStatus });
    followed.set(keyOf(type), { type, informer });
    informer.on(({ object, previous, type: change }) => {
      if (change === 'MODIFIED' && previous !== undefined && saysTheSame(previous, object)) return;
      if (informer.hasSynced) changed();
    });
    informer.start();
    informer.synced(closing.signal).then(changed, () => {});
  }

  function unfollow(type: ResourceType): void {
    const follower = followed.get(keyOf(type));
    if (follower === undefined) return;
    followed.delete(keyOf(type));
    const end = follower.informer.close().finally(() => ending.delete(end));
    ending.add(end);
  }

  async function findBuiltIn(): Promise<void> {
    try {
      const served = (await createDiscovery(client, { clock }).all()).filter(({ group }) => isBuiltInGroup(group));
      // Old clusters may have the same kinds by definitions: these were followed before.
      await definitions.synced(closing.signal);
      for (const type of served.sort((a, b) => byPriority(a.version, b.version))) follow(type, true);
      isBuiltInKnown = true;
      builtInKnown.open();
      changed();
    } catch (error) {
      if (closing.signal.aborted) return;
      discoveryFault = messageOf(error);
      logger.warn({ error: discoveryFault }, 'the kinds of a cluster could not be read and will be asked for again');
      clock.after(DISCOVERY_RETRY_MS, () => void findBuiltIn());
    }
  }

  function changed(): void {
    if (closing.signal.aborted) return;
    const now = clock.now();
    firstChangeAt ??= now;
    cancelTell?.();
    const patience = Math.max(0, firstChangeAt + PATIENCE * debounceMs - now);
    cancelTell = clock.after(Math.min(debounceMs, patience), tell);
  }

  function tell(): void {
    cancelTell?.();
    cancelTell = undefined;
    firstChangeAt = undefined;
    // A first state with gaps would let things pass; later a kind that is new is told as soon as it is known.
    if (closing.signal.aborted || (told === undefined && behind().some(({ isMissing }) => isMissing))) return;
    const documents = read();
    if (told === undefined || !sameDocuments(told, documents)) {
      told = documents;
      try {
        onChange(documents);
      } catch (error) {
        logger.error({ error: messageOf(error) }, 'whoever follows policies failed');
      }
    }
    firstTold.open();
  }

  function read(): readonly PolicyDocument[] {
    // The document of an object that did not change stays the same one.
    const known = new Map(told?.map((document) => [document.object, document]));
    return [...followed.values()]
      .sort((a, b) => byKind(a.type, b.type))
      .flatMap(({ type, informer }) => {
        // A kind whose version changed is read anew: until then what was known counts.
        if (!informer.hasSynced) return (told ?? []).filter(({ object }) => isOfKind(object, type));
        const objects = informer.list().sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
        return objects.map((object) => known.get(object) ?? { object });
      });
  }

  function behind(): { kind: string; reason: string; isMissing: boolean }[] {
    const faults: { kind: string; reason: string; isMissing: boolean }[] = [];
    const add = (kind: string, isKnown: boolean, fault: string | undefined): void => {
      if (!isKnown || fault !== undefined) faults.push({ kind, reason: fault ?? 'not read yet', isMissing: !isKnown });
    };
    const faultOf = ({ lastError }: Informer) => (lastError === undefined ? undefined : messageOf(lastError));
    add('built-in kinds', isBuiltInKnown, isBuiltInKnown ? undefined : discoveryFault);
    add(DEFINITIONS.kind, definitions.hasSynced, faultOf(definitions));
    for (const { type, informer } of followed.values()) add(type.kind, informer.hasSynced, faultOf(informer));
    return faults;
  }

  definitions.start();
  definitions.synced(closing.signal).then(changed, () => {});
  void findBuiltIn();

  return {
    synced: (signal) => firstTold.wait(signal),
    behind: () => behind().map(({ kind, reason }) => ({ kind, reason })),
    documents: () => told ?? [],
    kinds: () => [...followed.values()].map(({ type }) => type),
    async refresh({ signal, kind } = {}) {
      const catchUp = async (type: ResourceType, informer: Informer): Promise<void> => {
        await informer.synced(signal);
        const list = await client.list(type, signal === undefined ? {} : { signal });
        await caughtUp(informer, list, { clock, ...(signal === undefined ? {} : { signal }) });
      };
      await builtInKnown.wait(signal);
      // What is asked for by its kind is there already: definitions are large.
      if (kind === undefined) await catchUp(DEFINITIONS, definitions);
      const asked = [...followed.values()].filter(({ type }) => kind === undefined || type.kind === kind);
      await Promise.all(asked.map(({ type, informer }) => catchUp(type, informer)));
      tell();
      return told ?? [];
    },
    async close() {
      if (!closing.signal.aborted) {
        const closed = new SekishoError('POLICY_WATCH_CLOSED', 'the policies are followed no more');
        closing.abort(closed);
        firstTold.fail(closed);
        builtInKnown.fail(closed);
      }
      cancelTell?.();
      const informers = [definitions, ...[...followed.values()].map(({ informer }) => informer)];
      await Promise.all([...informers.map((informer) => informer.close()), ...ending]);
    },
  };
}

function keyOf({ group, kind }: ResourceType): string {
  return `${group}/${kind}`;
}

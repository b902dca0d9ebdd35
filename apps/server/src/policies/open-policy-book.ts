import { setMaxListeners } from 'node:events';
import { backoffMs, type Clock, type Logger, messageOf } from '@sekisho/base';
import { createLatch, type KubeClient } from '@sekisho/client';
import { gvkOf, type KubeObject } from '@sekisho/kube';
import type { PolicyDocument, PolicySources as SetSources } from '@sekisho/policy';
import { type PolicyWatch, type PolicyWatchOptions, watchPolicies } from '@sekisho/policy-watch';
import type { PolicySetInfo, PolicyWorker } from '@sekisho/policy-worker';
import { IN_CLUSTER } from '../applications/destinations.ts';
import { createConstraintKinds } from './constraint-kinds.ts';
import { kindOfTemplate } from './definitions/constraint.ts';
import { createDocuments } from './document-key.ts';
import { EMPTY_INFO } from './gate-worker.ts';
import { createGoodBundles } from './good-bundles.ts';
import { createGoodDocuments } from './good-documents.ts';
import type { PolicyBook, PolicyChange } from './policy-book.ts';
import { createPolicyIndex } from './policy-index.ts';
import { createPolicySources, type PolicySourcesOptions } from './policy-sources/policy-sources.ts';
import { createSourceReader } from './policy-sources/read-sources.ts';
import { createPolicyStatuses } from './status/policy-statuses.ts';
import { followSurroundings } from './surroundings.ts';

export interface PolicyBookOptions {
  /** Of the control cluster. */
  readonly client: KubeClient;
  readonly worker: PolicyWorker;
  readonly auditWorker: PolicyWorker;
  readonly files: Pick<PolicySourcesOptions, 'fetch' | 'kept' | 'onRepositoryChange'>;
  /** Which of the kinds of policies count. Default: all. */
  readonly follows?: PolicyWatchOptions['follows'];
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenPolicyBook extends PolicyBook {
  /** Makes a Namespace known to policies that was written a moment ago. */
  knowNamespace(name: string, signal: AbortSignal): Promise<void>;
  /** Whether Namespaces ask for something although no policy is written. */
  readonly asksPodSecurity: boolean;
  /** Whether a policy stands for files that can't be had. */
  isUnavailable(policyId: string): boolean;
  /** Kinds of policies, and of what they look at, that are not known or not current, and why. */
  behind(): ReturnType<PolicyWatch['behind']>;
  close(): Promise<void>;
}

const RETRY = { minMs: 500, factor: 2, maxMs: 30_000 } as const;
/** Timers can't wait longer than about 24 days. */
const LONGEST_MS = 86_400_000;

/** Begins to follow the policies of the control cluster. Returns at once: whoever needs them waits for `ready`. */
export function openPolicyBook(options: PolicyBookOptions): OpenPolicyBook {
  const { client, worker, auditWorker, clock, logger } = options;
  const documentFor = createDocuments();
  const good = createGoodDocuments();
  const goodBundles = createGoodBundles();
  const readSources = createSourceReader();
  const isReady = createLatch();
  const closing = new AbortController();
  // All kinds of policies are asked at once.
  setMaxListeners(0, closing.signal);
  const listeners = new Set<(change: PolicyChange) => void>();
  let documents: readonly PolicyDocument[] = [];
  let info: PolicySetInfo = EMPTY_INFO;
  let index = createPolicyIndex([], []);
  let isKnown = false;
  let isStale = false;
  let isLoaded = false;
  let version = 0;
  let loading: Promise<void> | undefined;
  let failures = 0;
  let cancelRetry: (() => void) | undefined;
  let cancelExpiry: (() => void) | undefined;

  const surroundings = followSurroundings({
    client,
    cluster: IN_CLUSTER,
    worker,
    onPodSecurity: reload,
    clock,
    logger,
  });
  const policySources = createPolicySources({ ...options.files, onChange: sourcesChanged, clock, logger });
  const constraintKinds = createConstraintKinds({ client, logger });
  const statuses = createPolicyStatuses({
    client,
    kinds: () => watch.kinds(),
    sourceOf: policySources.state,
    faultOf: constraintKinds.faultOf,
    clock,
    logger,
  });
  const watch = watchPolicies({
    client,
    clock,
    logger,
    ...(options.follows === undefined ? {} : { follows: options.follows }),
    onChange: (found) => {
      documents = found.map(({ object }) => documentFor(object));
      isKnown = true;
      reload();
    },
  });

  function reload(): void {
    if (!isKnown || closing.signal.aborted) return;
    isStale = true;
    cancelRetry?.();
    loading ??= work().finally(() => {
      loading = undefined;
    });
  }

  function sourcesChanged(): void {
    reload();
  }

  async function work(): Promise<void> {
    while (isStale && !closing.signal.aborted) {
      isStale = false;
      try {
        await load();
        failures = 0;
      } catch (error) {
        if (closing.signal.aborted) return;
        logger.error({ error: messageOf(error) }, 'policies could not be loaded: those before count');
        cancelRetry = clock.after(backoffMs(failures++, RETRY), reload);
      }
    }
  }

  async function load(): Promise<void> {
    const now = documents;
    const { specs, faults } = readSources(now);
    const waits = policySources.follow(specs);
    if (!isLoaded) {
      await surroundings.synced(closing.signal);
      await waits;
    }
    const bundles = policySources.bundles();
    const policies = now.filter(({ object }) => gvkOf(object).kind !== 'PolicySource');
    const found = await loadGood({ documents: policies, bundles });
    const before = info;
    info = { ...found, diagnostics: [...found.diagnostics, ...faults] };
    index = createPolicyIndex(policies, bundles);
    if (!isLoaded) await surroundings.need(info.needs);
    else void surroundings.need(info.needs);
    isLoaded = true;
    version++;
    isReady.open();
    tell(before, info);
    watchExpiry();
    follow(now, info);
  }

  /** What was good before and has a fault now counts as it was. */
  async function loadGood(sources: SetSources): Promise<PolicySetInfo> {
    const first = await give(sources);
    const documents = good.correct(sources.documents, first.diagnostics);
    const bundles = goodBundles.correct(sources.bundles ?? [], first.diagnostics);
    if (documents === undefined && bundles === undefined) return first;
    const second = await give({ documents: documents ?? sources.documents, bundles: bundles ?? sources.bundles ?? [] });
    return { ...second, diagnostics: first.diagnostics };
  }

  async function give(sources: SetSources): Promise<PolicySetInfo> {
    const loaded = await worker.load(sources);
    auditWorker.load(sources).catch((error) => {
      if (!closing.signal.aborted) logger.error({ error: messageOf(error) }, 'the audit could not load policies');
    });
    return loaded;
  }

  function tell(before: PolicySetInfo, now: PolicySetInfo): void {
    const changed = changedPolicies(before, now);
    const waivers = JSON.stringify(before.waivers) !== JSON.stringify(now.waivers);
    if (changed.size > 0 || waivers) announce({ changed, waivers });
  }

  function announce(change: PolicyChange): void {
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        logger.error({ error: messageOf(error) }, 'whoever follows the policies failed');
      }
    }
  }

  function watchExpiry(): void {
    cancelExpiry?.();
    const now = clock.now();
    const next = Math.min(...info.waivers.map(({ expires }) => expires).filter((expires) => expires > now));
    if (!Number.isFinite(next)) return;
    cancelExpiry = clock.after(Math.min(next - now, LONGEST_MS), () => {
      if (clock.now() >= next) {
        announce({ changed: new Set(), waivers: true });
        follow(documents, info);
      }
      watchExpiry();
    });
  }

  let following: Promise<void> = Promise.resolve();

  /** What is written back to the cluster, in its own time. */
  function follow(now: readonly PolicyDocument[], loaded: PolicySetInfo): void {
    following = following.then(async () => {
      if (closing.signal.aborted) return;
      await constraintKinds.ensure(now, loaded.diagnostics);
      statuses.write(now, loaded);
    });
  }

  let catching: Promise<boolean> = Promise.resolve(false);
  let next: Promise<boolean> | undefined;

  async function catchUpOnce(): Promise<boolean> {
    const before = version;
    await watch.refresh({ signal: closing.signal });
    while (loading !== undefined) await loading;
    return version !== before;
  }

  return {
    worker,
    auditWorker,
    info: () => info,
    documentOf: (id) => index.documentOf(id),
    documents: () => documents,
    sourceOf(name) {
      const state = policySources.state(name);
      const fault = goodBundles.neverGood().get(name);
      return state === undefined || fault === undefined ? state : { ...state, fault };
    },
    templateOf(constraint: KubeObject) {
      return documents.find(
        ({ object }) => object.kind === 'ConstraintTemplate' && kindOfTemplate(object) === constraint.kind,
      )?.object;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ready: (signal) => isReady.wait(signal),
    catchUp() {
      // One that runs may have looked before the caller wrote.
      next ??= catching
        .catch(() => false)
        .then(() => {
          next = undefined;
          catching = catchUpOnce();
          return catching;
        });
      return next;
    },
    knowNamespace: surroundings.knowNamespace,
    behind: () => [...watch.behind(), ...surroundings.behind()],
    get asksPodSecurity() {
      return surroundings.asksPodSecurity;
    },
    isUnavailable(policyId) {
      const [kind, name = ''] = policyId.split('/');
      return kind === 'rego' && (policySources.unavailable().has(name) || goodBundles.neverGood().has(name));
    },
    async close() {
      closing.abort(new Error('the server stops'));
      cancelRetry?.();
      cancelExpiry?.();
      isReady.fail(closing.signal.reason);
      await Promise.all([watch.close(), policySources.close(), surroundings.close()]);
      await loading;
      await following;
      await statuses.close();
    },
  };
}

function changedPolicies(before: PolicySetInfo, now: PolicySetInfo): ReadonlySet<string> {
  const hashes = new Map(before.policies.map(({ id, hash }) => [id, hash]));
  const changed = new Set<string>();
  for (const { id, hash } of now.policies) {
    if (hashes.get(id) !== hash) changed.add(id);
    hashes.delete(id);
  }
  for (const id of hashes.keys()) changed.add(id);
  return changed;
}

import { createHash } from 'node:crypto';
import { type Clock, isSekishoError, type Logger, messageOf, sleep } from '@sekisho/base';
import { gvkOf, type KubeObject } from '@sekisho/kube';
import {
  type AuditBatch,
  type AuditChange,
  type AuditedWaiver,
  type AuditViolation,
  createAuditState,
  type ExemptionOptions,
  isExempt,
  type KnownViolation,
} from '@sekisho/policy/asking';
import type { LiveChange } from '../applications/live-cache.ts';
import { createTurns } from '../turns.ts';
import type { AuditedCluster } from './audited-cluster.ts';
import type { AuditedPolicies } from './audited-policies.ts';
import { createBatchSize } from './batch-size.ts';
import { createConcernedKinds } from './concerned-kinds.ts';
import { differenceOf, withoutManagedFields } from './object-difference.ts';
import { createSurroundingsFeed, isCurrent, isNamespace } from './surroundings-feed.ts';

/** Asks policies about what runs, whenever something changed that they may answer differently for. */
export interface Auditor {
  /** Everything in it is asked about; from then on what changes. A cluster of the same name takes its place. */
  addCluster(cluster: AuditedCluster): void;
  removeCluster(cluster: AuditedCluster): void;
  violations(): Iterable<AuditViolation>;
  violationsOf(cluster: string, objectKey: string): readonly AuditViolation[];
  /** Whether policies must be asked about an object yet. */
  isPending(cluster: string, objectKey: string): boolean;
  readonly progress: AuditProgress;
  /** Fulfilled when nothing is left to ask. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface AuditProgress {
  readonly objects: number;
  /** Objects that policies must be asked about yet. */
  readonly pending: number;
  /** All policies were asked about everything at this time; undefined: not yet. Milliseconds since 1970. */
  readonly finishedAt: number | undefined;
}

export interface AuditorOptions {
  readonly policies: AuditedPolicies;
  /** What is known from before a restart. */
  readonly known?: readonly KnownViolation[];
  readonly controlNamespace: string;
  readonly exemptNamespaces?: readonly string[];
  /** Told in order, once for each piece of news. */
  readonly onChange: (change: AuditChange) => void;
  /** Told when nothing is left to ask. */
  readonly onIdle?: (run: { readonly startedAt: number; readonly asked: number }) => void;
  /** Batches that are asked at a time: one is asked while another is made ready. Default 2. */
  readonly parallel?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Changes of status alone are looked at together. */
const STATUS_MS = 10_000;
/** How long what surrounds objects may change before policies that read it are asked again. */
const SURROUNDINGS_MS = 1_000;
/** Between two rounds of asking them: that many times as long as the last one took. */
const SURROUNDINGS_FACTOR = 10;
/** What gave no answer is asked again. */
const UNDECIDED_MS = 300_000;
const RETRY_MS = 1_000;
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Reports about policies are not judged by them. */
const UNAUDITED_GROUPS = new Set(['wgpolicyk8s.io', 'reports.x-k8s.io', 'openreports.io']);

export function createAuditor(options: AuditorOptions): Auditor {
  return new PolicyAuditor(options);
}

class PolicyAuditor implements Auditor {
  readonly #options: AuditorOptions;
  readonly #exemption: ExemptionOptions;
  readonly #giveWay = createTurns();
  readonly #feed;
  readonly #state;
  readonly #clusters = new Map<string, { readonly cluster: AuditedCluster; readonly stop: () => void }>();
  /** Objects are still being read out of these. */
  readonly #listing = new Set<AuditedCluster>();
  readonly #settled = new Set<AuditedCluster>();
  readonly #concerned;
  readonly #batchSize = createBatchSize();
  readonly #closing = new AbortController();
  readonly #stopFollowing: () => void;
  readonly #timers = new Map<string, () => void>();
  readonly #changedStatus = new Map<string, { readonly cluster: string; readonly object: KubeObject }>();
  readonly #changedSurroundings = new Set<string>();
  #waiting: (() => void)[] = [];
  #running: Promise<void> | undefined;
  #preparing = Promise.resolve();
  #isPrepared = false;
  #finishedAt: number | undefined;
  /** The last round of asking policies that read surroundings. */
  #round = { startedAt: 0, ms: 0, isOver: true };

  constructor(options: AuditorOptions) {
    this.#options = options;
    const { policies, controlNamespace, exemptNamespaces, known = [] } = options;
    this.#exemption = { controlNamespace, ...(exemptNamespaces === undefined ? {} : { exemptNamespaces }) };
    this.#feed = createSurroundingsFeed({ worker: policies.worker, giveWay: this.#giveWay });
    this.#concerned = createConcernedKinds(policies.worker);
    this.#state = createAuditState({ idOf, concerns: this.#concerned.concerns, controlNamespace });
    this.#state.restore(known);
    this.#stopFollowing = policies.onChange(() => this.#takePolicies());
    this.#takePolicies();
  }

  get progress(): AuditProgress {
    const { objects, pending } = this.#state;
    return { objects, pending, finishedAt: this.#finishedAt };
  }

  addCluster(cluster: AuditedCluster): void {
    const before = this.#clusters.get(cluster.name);
    before?.stop();
    this.#listing.add(cluster);
    const stop = cluster.onChange((change) => this.#observe(cluster, change));
    this.#clusters.set(cluster.name, { cluster, stop });
    this.#prepare(async () => {
      await this.#feed.addCluster(cluster);
      for (const object of cluster.objects()) {
        // Others may have changed it meanwhile.
        if (isCurrent(cluster, object)) this.#put(cluster.name, object, false);
        await this.#giveWay();
        if (this.#clusters.get(cluster.name)?.cluster !== cluster) break;
      }
      if (before !== undefined) this.#forgetOthers(cluster, before.cluster);
      this.#listing.delete(cluster);
    });
  }

  removeCluster(cluster: AuditedCluster): void {
    const known = this.#clusters.get(cluster.name);
    if (known?.cluster !== cluster) return;
    known.stop();
    this.#clusters.delete(cluster.name);
    this.#listing.delete(cluster);
    this.#settled.delete(cluster);
    this.#feed.dropCluster(cluster);
    this.#tell(this.#state.dropCluster(cluster.name));
  }

  violations(): Iterable<AuditViolation> {
    return this.#state.violations();
  }

  violationsOf(cluster: string, objectKey: string): readonly AuditViolation[] {
    return this.#state.violationsOf(cluster, objectKey);
  }

  isPending(cluster: string, objectKey: string): boolean {
    return this.#state.isPending(cluster, objectKey);
  }

  async idle(): Promise<void> {
    for (;;) {
      await this.#preparing;
      this.#run();
      if (this.#running === undefined) return;
      await this.#running;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#stopFollowing();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    for (const { stop } of this.#clusters.values()) stop();
    for (const wake of this.#waiting.splice(0)) wake();
    await this.#preparing;
    await this.#running;
  }

  /** What takes long before policies can be asked, one after the other. */
  #prepare(work: () => Promise<void>): void {
    this.#preparing = this.#preparing
      .then(async () => {
        if (!this.#closing.signal.aborted) await work();
      })
      .catch((error: unknown) => this.#options.logger.error({ err: error }, 'the audit of policies has a fault'))
      .then(() => this.#run());
  }

  /** What another cluster of this name had. */
  #forgetOthers(cluster: AuditedCluster, before: AuditedCluster): void {
    for (const object of before.objects()) {
      const { namespace = '', name = '' } = object.metadata;
      if (cluster.get(gvkOf(object), name, namespace) !== undefined) continue;
      this.#tell(this.#state.remove(cluster.name, object));
    }
  }

  #takePolicies(): void {
    const info = this.#options.policies.info();
    if (info === undefined) return;
    this.#prepare(async () => {
      await this.#feed.setNeeds(
        info.needs,
        [...this.#clusters.values()].map(({ cluster }) => cluster),
      );
      this.#concerned.forget();
      this.#tell(this.#state.setPolicies(info.policies));
      this.#state.setWaivers(info.waivers.map(auditedWaiver));
      this.#isPrepared = true;
      this.#awaitExpiry();
    });
  }

  #put(cluster: string, object: KubeObject, first: boolean): void {
    if (UNAUDITED_GROUPS.has(gvkOf(object).group) || isExempt({ object }, this.#exemption)) return;
    this.#state.put(cluster, object, { first });
  }

  #observe({ name }: AuditedCluster, change: LiveChange): void {
    const { type, object, previous } = change;
    const difference = type === 'MODIFIED' && previous !== undefined ? differenceOf(object, previous) : 'essence';
    if (difference !== 'nothing' && this.#feed.change(name, change)) this.#noteSurroundings(name);
    const id = `${name} ${gvkOf(object).group}/${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
    if (type === 'DELETED') {
      this.#changedStatus.delete(id);
      this.#tell(this.#state.remove(name, object));
      return;
    }
    if (difference === 'nothing') return;
    if (difference === 'status') {
      this.#changedStatus.set(id, { cluster: name, object });
      this.#later('status', STATUS_MS, () => this.#takeStatuses());
      return;
    }
    this.#changedStatus.delete(id);
    this.#put(name, object, true);
    if (isNamespace(object)) this.#state.namespaceChanged(name, object.metadata.name ?? '');
    this.#run();
  }

  #takeStatuses(): void {
    for (const { cluster, object } of this.#changedStatus.values()) this.#put(cluster, object, false);
    this.#changedStatus.clear();
    this.#run();
  }

  #noteSurroundings(cluster: string): void {
    this.#changedSurroundings.add(cluster);
    const ms = Math.max(SURROUNDINGS_MS, SURROUNDINGS_FACTOR * this.#round.ms);
    this.#later('surroundings', ms, () => {
      if (!this.#round.isOver) return this.#noteSurroundings(cluster);
      this.#round = { startedAt: this.#options.clock.now(), ms: 0, isOver: false };
      for (const name of this.#changedSurroundings) this.#state.surroundingsChanged(name);
      this.#changedSurroundings.clear();
      this.#run();
    });
  }

  #awaitExpiry(): void {
    const now = this.#options.clock.now();
    // One may have ended while something else was on its way.
    this.#state.expire(now);
    const next = this.#state.nextExpiry(now);
    this.#timers.get('expiry')?.();
    this.#timers.delete('expiry');
    if (next === undefined) return;
    this.#later('expiry', Math.min(next - now, MAX_TIMER_MS), () => {
      this.#awaitExpiry();
      this.#run();
    });
  }

  /** Once, however often it is asked for until then. */
  #later(name: string, ms: number, run: () => void): void {
    if (this.#timers.has(name) || this.#closing.signal.aborted) return;
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(name);
      run();
    });
    this.#timers.set(name, cancel);
  }

  #run(): void {
    if (!this.#isPrepared || this.#closing.signal.aborted) return;
    for (const wake of this.#waiting.splice(0)) wake();
    if (this.#running !== undefined || this.#state.pending === 0) {
      if (this.#running === undefined) this.#settle();
      return;
    }
    this.#running = this.#askAll().finally(() => {
      this.#running = undefined;
      if (this.#state.pending > 0) this.#run();
    });
  }

  async #askAll(): Promise<void> {
    const { clock, parallel = 2, onIdle } = this.#options;
    const startedAt = clock.now();
    const run = { asked: 0, inFlight: 0 };
    await Promise.all(Array.from({ length: parallel }, () => this.#askInTurn(run)));
    if (this.#closing.signal.aborted) return;
    this.#settle();
    onIdle?.({ startedAt, asked: run.asked });
  }

  /** One of some that take batches until none is left, nor may come. */
  async #askInTurn(run: { asked: number; inFlight: number }): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await this.#giveWay();
      const batch = this.#state.next(this.#batchSize.current, this.#options.clock.now());
      if (batch === undefined) {
        if (run.inFlight === 0) break;
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        continue;
      }
      run.asked += batch.objects.length;
      run.inFlight++;
      try {
        await this.#ask(batch);
      } finally {
        run.inFlight--;
        for (const wake of this.#waiting.splice(0)) wake();
      }
    }
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #ask(batch: AuditBatch): Promise<void> {
    const { policies, clock, logger } = this.#options;
    const { cluster, objects, policies: ids } = batch;
    const { signal } = this.#closing;
    const began = performance.now();
    try {
      const answers =
        objects.length === 0
          ? []
          : await policies.worker.judgeMany(
              objects.map((object) => ({ object: withoutManagedFields(object) })),
              { gate: 'audit', cluster, signal, ...(ids === undefined ? {} : { policies: ids }) },
            );
      if (objects.length > 0) {
        this.#concerned.noteAnswer();
        this.#batchSize.note(objects.length, performance.now() - began);
      }
      await this.#giveWay();
      const change = this.#state.take(batch, answers, clock.now());
      this.#tell(change);
      this.#noteUndecided(change);
    } catch (error) {
      this.#state.take(batch, undefined, clock.now());
      if (signal.aborted) return;
      const isExpected = isSekishoError(error);
      logger[isExpected ? 'debug' : 'error']({ error: messageOf(error) }, 'policies could not be asked yet');
      await sleep(RETRY_MS, { signal, clock }).catch(() => {});
    }
  }

  #noteUndecided({ began, found, changed }: AuditChange): void {
    const isUndecided = ({ verdict }: AuditViolation) => verdict.undecided === true;
    const isNew = began.some(isUndecided) || found.some(isUndecided) || changed.some(({ after }) => isUndecided(after));
    if (isNew) this.#awaitUndecided();
  }

  #awaitUndecided(): void {
    this.#later('undecided', UNDECIDED_MS, () => {
      const undecided = [...this.violations()].filter(({ verdict }) => verdict.undecided === true);
      if (undecided.length === 0) return;
      this.#state.again(undecided);
      this.#run();
      this.#awaitUndecided();
    });
  }

  /** Everything was asked about: what was known before a restart and did not come up is over. */
  #settle(): void {
    if (!this.#isPrepared) return;
    const now = this.#options.clock.now();
    this.#finishedAt = now;
    if (!this.#round.isOver) this.#round = { ...this.#round, ms: now - this.#round.startedAt, isOver: true };
    for (const { cluster } of this.#clusters.values()) {
      if (this.#listing.has(cluster) || this.#settled.has(cluster)) continue;
      this.#settled.add(cluster);
      this.#tell(this.#state.settle(cluster.name));
    }
  }

  #tell(change: AuditChange): void {
    const { began, changed, ended, over, found } = change;
    if (began.length + changed.length + ended.length + over.length + found.length > 0) this.#options.onChange(change);
  }
}

function idOf(identity: string): string {
  return createHash('sha256').update(identity).digest('hex').slice(0, 24);
}

function auditedWaiver(waiver: {
  readonly id: string;
  readonly namespace: string;
  readonly expires: number;
}): AuditedWaiver {
  const { id, namespace, expires } = waiver;
  return { id, namespace, expires, hash: JSON.stringify(waiver) };
}

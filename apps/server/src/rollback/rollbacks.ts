import { randomUUID } from 'node:crypto';
import { isSekishoError, SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { type Application, parseApplication } from '../applications/application.ts';
import { asRecord } from '../applications/as-record.ts';
import { APPLICATIONS } from '../applications/kinds.ts';
import type { Rendered } from '../applications/merged-sources.ts';
import type { SourceInputs, Sources } from '../applications/sources.ts';
import type { Actor } from '../http/route.ts';
import { createGitWork, type GitResult } from './git-work.ts';
import { revisionsOf } from './healthy-releases.ts';
import type { RollbackContext } from './rollback-context.ts';
import { inputsAt, planRollback, sameInputs, setOf } from './rollback-plan.ts';
import {
  formatHeld,
  HELD_ANNOTATION,
  parseHeld,
  type RevisionSet,
  type RollbackState,
  rollbackOf,
  shortSet,
} from './rollback-state.ts';
import { syncOperation } from './sync-operation.ts';

export interface RollbackWish {
  /** Of a release in the history. */
  readonly id?: number | undefined;
  /** A commit; of several sources their commits joined by `+`. Without id and revision: the last healthy release. */
  readonly revision?: string | undefined;
  readonly reason: string;
  readonly pullRequest?: boolean | undefined;
  /** Delete what the bad release added. Default: what the application's automated policy says. */
  readonly prune?: boolean | undefined;
}

/** Stores a changed Application and gives it as stored. */
export type WriteApplication = (from: KubeObject, to: KubeObject) => Promise<KubeObject>;

/** Takes releases back through git. */
export interface Rollbacks {
  /**
   * Begins a rollback; it goes on in the background, and its state is `status.rollback`.
   * @throws SekishoError ROLLBACK_RUNNING | ROLLBACK_TARGET_UNKNOWN | ROLLBACK_REVISION_GONE | ROLLBACK_SOURCE_CHANGED |
   *   ROLLBACK_NOTHING_TO_DO | ROLLBACK_NOT_A_BRANCH | ROLLBACK_CONFLICT | KUBE_NOT_FOUND | APPLICATION_INVALID | GIT_* | STORE_*
   */
  request(key: string, wish: RollbackWish, actor: Actor, signal: AbortSignal): Promise<RollbackState>;
  /** Lifts holds: all of an application, or one. @throws SekishoError NOT_HELD | KUBE_NOT_FOUND */
  resume(
    key: string,
    wish: { readonly revision?: string | undefined },
    actor: Actor,
    signal: AbortSignal,
  ): Promise<{ lifted: RevisionSet[]; held: RevisionSet[] }>;
  /** Begins one by itself, from inside a reconciliation. */
  begin(application: Application, start: RollbackStart, signal: AbortSignal): Promise<RollbackState>;
  /** Takes the next step of a running rollback that needs no waiting; the application as it is then. */
  step(application: Application, write: WriteApplication): Promise<Application>;
  /** Why auto-sync must leave the application alone now; undefined when it need not. */
  hold(application: Application, rendered: Rendered, signal: AbortSignal): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface RollbackStart {
  readonly to: RevisionSet;
  readonly toRelease?: number;
  readonly reason: string;
  readonly initiatedBy: RollbackState['initiatedBy'];
  readonly pullRequest: boolean;
  readonly prune?: boolean;
  /** Goes into the same write as the state. */
  readonly status?: Readonly<Record<string, unknown>>;
}

const FIRST_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 300_000;
/** While a rollback waits for a remote, automated sync is held up. */
const GIVE_UP_MS = 3_600_000;

export function createRollbacks(context: RollbackContext): Rollbacks {
  const { client, sources, store, events, audit, clock, controlNamespace } = context;
  const gitWork = createGitWork(context);
  const closing = new AbortController();
  /** Work in git by rollback id; what has ended is taken by the next step. */
  const jobs = new Map<string, { result?: GitResult; failures: number; retryAt?: number; running?: Promise<void> }>();

  function parse(object: KubeObject): Application {
    const parsed = parseApplication(object, controlNamespace);
    if ('application' in parsed) return parsed.application;
    throw new SekishoError('APPLICATION_INVALID', parsed.diagnostics.map(({ message }) => message).join('; '));
  }

  async function find(key: string, signal: AbortSignal): Promise<Application> {
    const [namespace = '', name = ''] = key.split('/');
    return parse(await client.get(APPLICATIONS, name, namespace, { signal }));
  }

  async function request(key: string, wish: RollbackWish, actor: Actor, signal: AbortSignal): Promise<RollbackState> {
    const application = await find(key, signal);
    const target = await targetOf(application, wish, signal);
    return begin(
      application,
      {
        ...target,
        reason: wish.reason,
        initiatedBy: { username: actor.user },
        pullRequest: wish.pullRequest === true,
        ...(wish.prune === undefined ? {} : { prune: wish.prune }),
      },
      signal,
      actor,
    );
  }

  /** The release that is wished for, as commits by source. */
  async function targetOf(
    application: Application,
    { id, revision }: RollbackWish,
    signal: AbortSignal,
  ): Promise<{ to: RevisionSet; toRelease?: number }> {
    const { namespace, name } = application;
    if (id !== undefined) {
      const release = await store.releases.get(id);
      if (release === undefined || release.namespace !== namespace || release.app !== name) {
        throw unknownTarget(`${name} has no release ${id}.`);
      }
      if (release.outcome !== 'Succeeded')
        throw unknownTarget(`The release ${id} of ${name} ${release.outcome.toLowerCase()}.`);
      const commits = (Array.isArray(release.sources) ? release.sources : [])
        .map((source) => asRecord(source)['revision'])
        .filter((commit) => typeof commit === 'string' && commit !== '');
      return { to: commits.length > 1 ? commits.join('+') : release.revision, toRelease: id };
    }
    if (revision !== undefined) return { to: revision };
    const deployed = await inputsAt(sources, application, deployedRevisions(application), signal);
    const good = await lastGood(application, deployed, sources, signal);
    if (good === undefined) {
      throw unknownTarget(`${name} has no earlier release in its status that was Succeeded and Healthy.`);
    }
    return { to: good };
  }

  async function begin(
    application: Application,
    start: RollbackStart,
    signal: AbortSignal,
    actor: Actor = CONTROLLER,
  ): Promise<RollbackState> {
    const { object, name, namespace } = application;
    refuseWhileRunning(application);
    const plan = await planRollback(sources, application, start.to, signal);
    // Nobody but a person can vouch for what is on the branch: they sign the merge.
    const pullRequest = start.pullRequest || context.signatures.areRequired(application.spec.project);
    await gitWork.check({ application, plan, pullRequest, signal });
    const deployed = await inputsAt(sources, application, deployedRevisions(application), signal).catch(
      () => plan.tips,
    );
    const from = sameInputs(deployed, plan.good) ? plan.tips : deployed;
    const bad = [setOf(from), ...(sameInputs(from, plan.tips) ? [] : [setOf(plan.tips)])];
    const before = parseHeld(object);
    const to = setOf(plan.good);
    const fromRelease = await releaseOf(application, setOf(from));
    const state: RollbackState = {
      id: randomUUID(),
      phase: 'Running',
      message: 'the revert is made in git',
      startedAt: new Date(clock.now()).toISOString(),
      from: setOf(from),
      to,
      reason: start.reason,
      initiatedBy: start.initiatedBy,
      ...(fromRelease === undefined ? {} : { fromRelease }),
      ...(start.toRelease === undefined ? {} : { toRelease: start.toRelease }),
      prune: start.prune ?? application.spec.syncPolicy.automated?.prune === true,
      pullRequest,
      held: bad.filter((revisions) => !before.includes(revisions)),
    };
    // What is gone back to can't stay held.
    const held = [...before.filter((revisions) => revisions !== to), ...bad];
    const { resourceVersion } = object.metadata;
    try {
      await client.patch(APPLICATIONS, name, namespace, {
        kind: 'merge',
        body: {
          // The version makes two rollbacks at once see each other.
          metadata: { resourceVersion, annotations: { [HELD_ANNOTATION]: formatHeld(held) } },
          status: { rollback: withoutAbsent(state, rollbackOf(object)), ...start.status },
        },
      });
    } catch (error) {
      if (!isSekishoError(error, 'KUBE_CONFLICT')) throw error;
      // Somebody was quicker: with another rollback, or with something that does not matter.
      return begin(await find(application.key, signal), start, signal, actor);
    }
    events.event(
      object,
      'Normal',
      'RollbackStarted',
      `${start.initiatedBy.username} rolls back ${describeWay(state)}: ${state.reason}`,
    );
    record(application, state, actor, 'started');
    return state;
  }

  function record(
    application: Application,
    state: RollbackState,
    actor: Actor,
    outcome: 'started' | 'succeeded' | 'failed',
  ): void {
    const { name, namespace, spec } = application;
    audit.record({
      actor,
      action: 'application.rollback',
      object: { type: 'applications', project: spec.project, namespace, name },
      reason: state.reason,
      outcome,
      operationId: state.id,
      revision: state.to,
      details: {
        from: state.from,
        to: state.to,
        held: state.held,
        message: state.message,
        commits: state.commits ?? [],
      },
    });
  }

  /** The id under which the history has a release; not known when the store is away. */
  async function releaseOf({ namespace, name: app }: Application, revisions: RevisionSet): Promise<number | undefined> {
    const [first] = revisions.split('+');
    const releases = await store.releases.list({ namespace, app, limit: 50 }).catch(() => []);
    return releases.find(({ revision }) => revision === first)?.id;
  }

  async function step(application: Application, write: WriteApplication): Promise<Application> {
    const state = rollbackOf(application.object);
    if (state?.phase !== 'Running') return application;
    const changed =
      state.commits === undefined ? afterGit(application, state) : afterSync(application, state, state.commits);
    if (changed === undefined) return application;
    const { object } = application;
    const stored = await write(object, {
      ...object,
      ...(changed.held === undefined ? {} : { metadata: withHeld(object, changed.held) }),
      ...(changed.operation === undefined ? {} : { operation: changed.operation }),
      status: {
        ...asRecord(object['status']),
        ...(changed.ends === true ? { operationState: { ...operationStateOf(object), phase: 'Terminating' } } : {}),
        rollback: changed.state,
      },
    });
    if (changed.state.phase !== 'Running') conclude(application, changed.state);
    return parse(stored);
  }

  interface Change {
    readonly state: RollbackState;
    readonly held?: readonly RevisionSet[];
    readonly operation?: unknown;
    /** The sync that runs is ended: it may wait for ever for what is taken back. */
    readonly ends?: boolean;
  }

  function afterGit(application: Application, state: RollbackState): Change | undefined {
    const job = jobs.get(state.id) ?? { failures: 0 };
    jobs.set(state.id, job);
    const { result } = job;
    if (result === undefined) {
      if (job.running === undefined && (job.retryAt ?? 0) <= clock.now()) job.running = work(application, state, job);
      return undefined;
    }
    delete job.result;
    if ('commits' in result) {
      jobs.delete(state.id);
      const committed: RollbackState = { ...state, commits: result.commits, syncTo: result.revisions };
      const isNow = isFree(application);
      const message = [result.message, isNow ? 'the sync has begun' : 'the running sync is ended first'];
      const next = { ...committed, message: message.filter((part) => part !== '').join('; ') };
      return isNow
        ? { state: { ...next, syncing: true }, operation: syncOperation(application, committed) }
        : { state: next, ends: isRunning(application) };
    }
    const isGivenUp = clock.now() - Date.parse(state.startedAt) > GIVE_UP_MS;
    if (!result.retryable || isGivenUp) {
      jobs.delete(state.id);
      // Nothing changed: what was held for this rollback alone is free again.
      const held = parseHeld(application.object).filter((revisions) => !state.held.includes(revisions));
      const message = result.retryable ? `given up after an hour: ${result.error}` : result.error;
      return { state: ended(state, 'Failed', message), held };
    }
    const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** job.failures);
    job.failures += 1;
    job.retryAt = clock.now() + pauseMs;
    clock.after(pauseMs, () => context.wake(application.key));
    return { state: { ...state, message: `${result.error}; tried again in ${Math.round(pauseMs / 1000)} s` } };
  }

  async function work(
    application: Application,
    state: RollbackState,
    job: { result?: GitResult; running?: Promise<void> },
  ) {
    const result = await gitWork.run(application, state, closing.signal);
    delete job.running;
    if (closing.signal.aborted) return;
    job.result = result;
    context.wake(application.key);
  }

  function afterSync(
    application: Application,
    state: RollbackState,
    commits: NonNullable<RollbackState['commits']>,
  ): Change | undefined {
    const operationState = operationStateOf(application.object);
    if (state.syncing !== true) {
      if (!isFree(application)) return isRunning(application) ? { state, ends: true } : undefined;
      const operation = syncOperation(application, state);
      return { state: { ...state, message: 'the sync has begun', syncing: true }, operation };
    }
    if (!isFree(application)) return undefined;
    const isOurs = JSON.stringify(operationState['operation'] ?? {}).includes(state.id);
    if (!isOurs) return { state: ended(state, 'Failed', 'its sync was taken back, or another one took its place') };
    const message = String(operationState['message'] ?? '');
    if (operationState['phase'] !== 'Succeeded')
      return { state: ended(state, 'Failed', `the sync failed: ${message}`) };
    const waiting = commits.filter(({ branch }) => branch.startsWith('sekisho/'));
    const toMerge = waiting
      .map(
        ({ pullRequest, branch, note }) =>
          pullRequest ?? `the branch ${branch}${note === undefined ? '' : ` (${note})`}`,
      )
      .join(', ');
    const done = waiting.length === 0 ? 'rolled back' : `rolled back in the cluster; to be merged: ${toMerge}`;
    return { state: ended(state, 'Succeeded', done) };
  }

  function conclude(application: Application, state: RollbackState): void {
    const isGood = state.phase === 'Succeeded';
    const reason = isGood ? 'RollbackSucceeded' : 'RollbackFailed';
    const text = `the rollback ${describeWay(state)} ${isGood ? 'is done' : 'failed'}: ${state.message}`;
    events.event(application.object, isGood ? 'Normal' : 'Warning', reason, text);
    const actor: Actor = { ...CONTROLLER, user: state.initiatedBy.username };
    record(application, state, actor, isGood ? 'succeeded' : 'failed');
  }

  function ended(state: RollbackState, phase: 'Succeeded' | 'Failed', message: string): RollbackState {
    return { ...state, phase, message, finishedAt: new Date(clock.now()).toISOString() };
  }

  async function hold(application: Application, rendered: Rendered, signal: AbortSignal): Promise<string | undefined> {
    const { object, name } = application;
    const state = rollbackOf(object);
    if (state?.phase === 'Running') return `a rollback ${describeWay(state)} is under way`;
    const held = parseHeld(object);
    if (held.length === 0) return undefined;
    const commits = rendered.parts.map(({ revision }) => revision.commit);
    const current = await inputsAt(sources, application, commits, signal);
    for (const revisions of held) {
      if (await isAmong([revisions], current, application, sources, signal)) {
        return `${shortSet(revisions)} is held: auto-sync does not apply it again. Push a fix, or lift the hold: sekisho app resume ${name}`;
      }
    }
    return undefined;
  }

  return {
    request,
    begin,
    step,
    hold,
    async resume(key, { revision }, actor, signal) {
      const application = await find(key, signal);
      const { object, name, namespace } = application;
      const before = parseHeld(object);
      const lifted = before.filter(
        (held) => revision === undefined || held.split('+').some((id) => id.startsWith(revision)),
      );
      if (lifted.length === 0) {
        const message = revision === undefined ? `${name} holds no revision.` : `${name} does not hold ${revision}.`;
        throw new SekishoError('NOT_HELD', message, { details: { status: 409 } });
      }
      const held = before.filter((revisions) => !lifted.includes(revisions));
      await client.patch(APPLICATIONS, name, namespace, {
        kind: 'merge',
        body: { metadata: { annotations: { [HELD_ANNOTATION]: formatHeld(held) } } },
      });
      events.event(
        object,
        'Normal',
        'RevisionResumed',
        `${actor.user} lifted the hold of ${lifted.map(shortSet).join(', ')}`,
      );
      audit.record({
        actor,
        action: 'application.resume',
        object: { type: 'applications', project: application.spec.project, namespace, name },
        outcome: 'succeeded',
        details: { lifted, held },
      });
      return { lifted, held };
    },
    async close() {
      closing.abort(new SekishoError('SHUTTING_DOWN', 'the server shuts down'));
      await Promise.all([...jobs.values()].map(({ running }) => running));
    },
  };
}

const CONTROLLER: Actor = { user: 'auto-rollback', groups: [], method: 'controller' };

/** The newest release in `status.history` that was Healthy, is not held, and is made from other files than `than`. */
export async function lastGood(
  application: Application,
  than: readonly SourceInputs[],
  sources: Sources,
  signal: AbortSignal,
): Promise<RevisionSet | undefined> {
  const { history } = asRecord(application.object['status']);
  const entries = (Array.isArray(history) ? history : []).map(asRecord).reverse();
  for (const entry of entries) {
    const revisions = revisionsOf(entry);
    if (entry['healthyAt'] === undefined || revisions.length !== application.sources.length) continue;
    const inputs = await inputsIfThere(sources, application, revisions, signal);
    // A commit that is gone can't be gone back to.
    if (inputs === undefined || sameInputs(inputs, than)) continue;
    if (!(await isAmong(parseHeld(application.object), inputs, application, sources, signal)))
      return revisions.join('+');
  }
  return undefined;
}

async function isAmong(
  sets: readonly RevisionSet[],
  inputs: readonly SourceInputs[],
  application: Application,
  sources: Sources,
  signal: AbortSignal,
): Promise<boolean> {
  for (const revisions of sets) {
    if (revisions === setOf(inputs)) return true;
    const others = await inputsIfThere(sources, application, revisions.split('+'), signal);
    if (others !== undefined && sameInputs(others, inputs)) return true;
  }
  return false;
}

/** Undefined when one of the commits is not there (any more), or there are too many or too few. */
async function inputsIfThere(
  sources: Sources,
  application: Application,
  revisions: readonly string[],
  signal: AbortSignal,
): Promise<SourceInputs[] | undefined> {
  if (revisions.length !== application.sources.length) return undefined;
  try {
    return await inputsAt(sources, application, revisions, signal);
  } catch (error) {
    if (isSekishoError(error, 'GIT_REVISION_UNKNOWN')) return undefined;
    throw error;
  }
}

/** What was synced last, else what was compared last; none when the application is new. */
export function deployedRevisions({ object, sources }: Application): readonly string[] {
  const status = asRecord(object['status']);
  for (const fields of [asRecord(asRecord(status['operationState'])['syncResult']), asRecord(status['sync'])]) {
    const revisions = revisionsOf(fields);
    if (revisions.length === sources.length) return revisions;
  }
  return [];
}

function refuseWhileRunning({ object, name }: Application): void {
  const state = rollbackOf(object);
  if (state?.phase !== 'Running') return;
  const { initiatedBy, startedAt, message } = state;
  throw new SekishoError(
    'ROLLBACK_RUNNING',
    `A rollback of ${name} ${describeWay(state)} by ${initiatedBy.username} is under way since ${startedAt}: ${message}.`,
    { hint: `See how far it is: sekisho app get ${name}.`, details: { status: 409 } },
  );
}

function unknownTarget(message: string): SekishoError {
  return new SekishoError('ROLLBACK_TARGET_UNKNOWN', message, {
    hint: 'Choose a release that succeeded (sekisho app history), or give --revision.',
    details: { status: 422 },
  });
}

function describeWay({ from, to }: Pick<RollbackState, 'from' | 'to'>): string {
  return `from ${shortSet(from)} to ${shortSet(to)}`;
}

function operationStateOf(object: KubeObject): Readonly<Record<string, unknown>> {
  return asRecord(asRecord(object['status'])['operationState']);
}

function isRunning({ object }: Application): boolean {
  return operationStateOf(object)['phase'] === 'Running';
}

function isFree({ object }: Application): boolean {
  const { phase } = operationStateOf(object);
  return object['operation'] === undefined && phase !== 'Running' && phase !== 'Terminating';
}

function withHeld(object: KubeObject, held: readonly RevisionSet[]): KubeObject['metadata'] {
  const { [HELD_ANNOTATION]: _, ...annotations } = object.metadata.annotations ?? {};
  const value = formatHeld(held);
  return {
    ...object.metadata,
    annotations: { ...annotations, ...(value === null ? {} : { [HELD_ANNOTATION]: value }) },
  };
}

/** A merge patch keeps fields that it does not name: those of the rollback before are taken away. */
function withoutAbsent(state: RollbackState, before: RollbackState | undefined): Record<string, unknown> {
  const gone = Object.keys(before ?? {}).filter((field) => !(field in state));
  return { ...Object.fromEntries(gone.map((field) => [field, null])), ...state };
}

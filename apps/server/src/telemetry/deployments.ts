import type { KubeObject } from '@sekisho/kube';
import { asRecord } from '../applications/as-record.ts';
import { operationIdOf } from '../applications/operation-id.ts';
import type { Step, SyncTimeline } from './timeline.ts';

/** One sync from its commit to a healthy application. Times are ms since 1970. */
export interface Deployment {
  /** `<namespace>/<name>` of the Application. */
  readonly key: string;
  readonly project: string;
  readonly operationId: string;
  readonly revision: string;
  readonly repoURL: string;
  readonly initiatedBy: string;
  /** What made it begin: a push to an embedded repository, a webhook, a fetch that found something; else a request, or drift. */
  readonly trigger: Trigger;
  /** When that was; of a request, when the sync began. */
  readonly pushedAt: number;
  /** When the new commit was here; absent when nothing new made it begin. */
  readonly noticedAt?: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly phase: string;
  readonly message: string;
  /** When it was Healthy; absent when the sync failed, or another one came before. */
  readonly healthyAt?: number;
  /** Render, diff and waves, when they are noted. */
  readonly steps: readonly Step[];
}

type Trigger = 'push' | 'webhook' | 'fetch' | 'request';

export interface Deployments {
  /** An Application as it is now, and as it was. */
  observe(change: { key: string; object: KubeObject | undefined; previous?: KubeObject }): void;
  /** A forge says that a repository has something new. */
  noteWebhook(repoURL: string): void;
  /** A repository has something new, and it is here. */
  noteNews(repoURL: string): void;
}

/** A push that is older did not cause the sync. */
const CAUSE_MS = 60_000;

/** Puts deployments together from what the statuses of Applications say, and tells each when it is over. */
export function followDeployments(options: {
  now: () => number;
  onEnd: (deployment: Deployment) => void;
  timeline?: Pick<SyncTimeline, 'take' | 'forget'> | undefined;
}): Deployments {
  const { now, onEnd, timeline } = options;
  const news = new Map<string, News>();
  const webhooks = new Map<string, number>();
  /** Synced, not Healthy yet. */
  const waiting = new Map<string, Deployment>();

  function end(key: string, healthyAt?: number): void {
    const deployment = waiting.get(key);
    if (deployment === undefined) return;
    waiting.delete(key);
    onEnd(healthyAt === undefined ? deployment : { ...deployment, healthyAt });
  }

  return {
    noteWebhook: (repoURL) => void webhooks.set(repoURL, now()),
    noteNews(repoURL) {
      const noticedAt = now();
      const toldAt = webhooks.get(repoURL);
      webhooks.delete(repoURL);
      if (toldAt !== undefined && noticedAt - toldAt < CAUSE_MS) {
        news.set(repoURL, { trigger: 'webhook', at: toldAt, noticedAt });
      } else {
        const trigger = repoURL.startsWith('embedded:') ? 'push' : 'fetch';
        news.set(repoURL, { trigger, at: noticedAt, noticedAt });
      }
    },
    observe({ key, object, previous }) {
      if (object === undefined) {
        end(key);
        timeline?.forget(key);
        return;
      }
      const state = stateOf(object);
      // What was over before this process began is not told again.
      if (
        previous !== undefined &&
        state.finishedAt !== undefined &&
        stateOf(previous).finishedAt !== state.finishedAt
      ) {
        end(key);
        const deployment = read(key, object, news);
        if (deployment !== undefined) {
          const steps = timeline?.take(key, deployment.operationId) ?? [];
          waiting.set(key, { ...deployment, steps });
          if (deployment.phase !== 'Succeeded') end(key);
        }
      }
      const { sync, health } = asRecord(object['status']) as {
        sync?: { status?: string };
        health?: { status?: string };
      };
      if (sync?.status === 'Synced' && health?.status === 'Healthy') end(key, now());
    },
  };
}

function stateOf(object: KubeObject): Readonly<Record<string, unknown>> {
  return asRecord(asRecord(object['status'])['operationState']);
}

interface News {
  readonly trigger: Trigger;
  readonly at: number;
  readonly noticedAt: number;
}

function read(key: string, object: KubeObject, news: ReadonlyMap<string, News>): Omit<Deployment, 'steps'> | undefined {
  const state = stateOf(object);
  const spec = asRecord(object['spec']);
  const operation = asRecord(state['operation']);
  const result = asRecord(state['syncResult']);
  const [startedAt, finishedAt] = [Date.parse(String(state['startedAt'])), Date.parse(String(state['finishedAt']))];
  if (Number.isNaN(startedAt) || Number.isNaN(finishedAt)) return undefined;
  // Nothing was deployed.
  if (asRecord(operation['sync'])['dryRun'] === true) return undefined;
  const { automated, username } = asRecord(operation['initiatedBy']);
  const [source] = Array.isArray(spec['sources']) ? spec['sources'] : [spec['source']];
  const repoURL = String(asRecord(source)['repoURL'] ?? '');
  const newest = news.get(repoURL);
  const isCause =
    newest !== undefined &&
    automated === true &&
    newest.noticedAt <= startedAt &&
    startedAt - newest.noticedAt < CAUSE_MS;
  return {
    key,
    project: typeof spec['project'] === 'string' ? spec['project'] : 'default',
    operationId: operationIdOf(operation) ?? '',
    revision: String(result['revision'] ?? ''),
    repoURL,
    initiatedBy: automated === true ? 'auto-sync' : String(username ?? 'unknown'),
    ...(isCause
      ? { trigger: newest.trigger, pushedAt: newest.at, noticedAt: newest.noticedAt }
      : { trigger: 'request', pushedAt: startedAt }),
    startedAt,
    finishedAt,
    phase: String(state['phase']),
    message: String(state['message'] ?? ''),
  };
}

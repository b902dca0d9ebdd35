import type { KubeObject } from '@sekisho/kube';
import { asRecord } from '../applications/as-record.ts';
import { operationIdOf } from '../applications/operation-id.ts';

/** One sync from its commit to a healthy application. Times are ms since 1970. */
export interface Deployment {
  /** `<namespace>/<name>` of the Application. */
  readonly key: string;
  readonly project: string;
  readonly operationId: string;
  readonly revision: string;
  readonly repoURL: string;
  readonly initiatedBy: string;
  /** When the repository last had something new, where that made the sync begin; else when it began. */
  readonly pushedAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly phase: string;
  readonly message: string;
  /** When it was Healthy; absent when the sync failed, or another one came before. */
  readonly healthyAt?: number;
}

export interface Deployments {
  /** An Application as it is now, and as it was. */
  observe(change: { key: string; object: KubeObject | undefined; previous?: KubeObject }): void;
  /** A repository has something new. */
  noteNews(repoURL: string): void;
}

/** A push that is older did not cause the sync. */
const CAUSE_MS = 60_000;

/** Puts deployments together from what the statuses of Applications say, and tells each when it is over. */
export function followDeployments(options: {
  now: () => number;
  onEnd: (deployment: Deployment) => void;
}): Deployments {
  const { now, onEnd } = options;
  const news = new Map<string, number>();
  /** Synced, not Healthy yet. */
  const waiting = new Map<string, Deployment>();

  function end(key: string, healthyAt?: number): void {
    const deployment = waiting.get(key);
    if (deployment === undefined) return;
    waiting.delete(key);
    onEnd(healthyAt === undefined ? deployment : { ...deployment, healthyAt });
  }

  return {
    noteNews: (repoURL) => void news.set(repoURL, now()),
    observe({ key, object, previous }) {
      if (object === undefined) return end(key);
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
          waiting.set(key, deployment);
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

function read(key: string, object: KubeObject, news: ReadonlyMap<string, number>): Deployment | undefined {
  const state = stateOf(object);
  const spec = asRecord(object['spec']);
  const operation = asRecord(state['operation']);
  const result = asRecord(state['syncResult']);
  const [startedAt, finishedAt] = [Date.parse(String(state['startedAt'])), Date.parse(String(state['finishedAt']))];
  if (Number.isNaN(startedAt) || Number.isNaN(finishedAt)) return undefined;
  const { automated, username } = asRecord(operation['initiatedBy']);
  const [source] = Array.isArray(spec['sources']) ? spec['sources'] : [spec['source']];
  const repoURL = String(asRecord(source)['repoURL'] ?? '');
  const newsAt = news.get(repoURL) ?? startedAt;
  const caused = automated === true && newsAt <= startedAt && startedAt - newsAt < CAUSE_MS;
  return {
    key,
    project: typeof spec['project'] === 'string' ? spec['project'] : 'default',
    operationId: operationIdOf(operation) ?? '',
    revision: String(result['revision'] ?? ''),
    repoURL,
    initiatedBy: automated === true ? 'auto-sync' : String(username ?? 'unknown'),
    pushedAt: caused ? newsAt : startedAt,
    startedAt,
    finishedAt,
    phase: String(state['phase']),
    message: String(state['message'] ?? ''),
  };
}

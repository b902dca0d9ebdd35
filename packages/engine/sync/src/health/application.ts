import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import { isHook, isSkipped } from '../operation/hook.ts';
import { type Health, type HealthStatus, health, isWorseHealth } from './health.ts';

const IGNORE_HEALTH_ANNOTATION = 'argocd.argoproj.io/ignore-healthcheck';

/** One resource of an application as the aggregation sees it. */
export interface HealthMember {
  readonly desired?: KubeObject;
  readonly live?: KubeObject;
  /** Health of `live`; absent: the kind has none. */
  readonly health?: Health;
  /** The Application itself, managed by itself. */
  readonly self?: boolean;
  /** `argocd.argoproj.io/compare-options: IgnoreExtraneous`. */
  readonly ignored?: boolean;
}

/**
 * The health of an application: the worst of its live resources. Hooks, skipped and ignored objects, and objects with
 * `argocd.argoproj.io/ignore-healthcheck: "true"` do not count; a resource that is not live only makes the application
 * Missing when nothing at all is live (OutOfSync says the rest). The message names the first three that are to blame.
 */
export function applicationHealth(members: Iterable<HealthMember>): Health {
  let worst: HealthStatus = 'Healthy';
  let expected = false;
  let found = false;
  let culprits: string[] = [];
  for (const member of members) {
    const { live, desired } = member;
    if (desired !== undefined && isSkipped(desired)) continue;
    if (live !== undefined && (isHook(live) || member.ignored === true)) continue;
    if (live === undefined && (desired === undefined || isHook(desired))) continue;
    expected = true;
    if (live === undefined) continue;
    found = true;
    if (live.metadata.annotations?.[IGNORE_HEALTH_ANNOTATION] === 'true') continue;
    if (member.self === true || member.health === undefined) continue;
    const { status } = member.health;
    if (isChildApplication(live) && (status === 'Missing' || status === 'Unknown')) continue;
    if (isWorseHealth(worst, status)) {
      worst = status;
      culprits = [];
    }
    if (status === worst && status !== 'Healthy') culprits.push(nameOf(live, member.health));
  }
  if (expected && !found && isWorseHealth(worst, 'Missing')) return health('Missing', 'no resource is in the cluster');
  if (culprits.length === 0) return health(worst);
  const rest = culprits.length - 3;
  const message = `Caused by ${culprits.slice(0, 3).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
  return health(worst, message);
}

function nameOf(live: KubeObject, { message }: Health): string {
  const name = `${live.kind} ${live.metadata.namespace === undefined ? '' : `${live.metadata.namespace}/`}${live.metadata.name ?? ''}`;
  return message === undefined || message === '' ? name : `${name} (${message})`;
}

function isChildApplication(object: KubeObject): boolean {
  return object.kind === 'Application' && parseApiVersion(object.apiVersion).group === 'argoproj.io';
}

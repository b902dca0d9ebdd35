import { formatDiagnostic } from '@sekisho/base';
import {
  type ApplicationCondition,
  defaultPruneLimits,
  isDeletionApproved,
  noPruneLimits,
  PRUNE_LIMIT_ANNOTATION,
  type PruneLimits,
  parsePruneLimits,
  type SyncPlan,
  type SyncProgress,
} from '@sekisho/sync';
import type { Application, Operation } from '../applications/application.ts';
import { isAutomated } from '../applications/operation-policy.ts';

/** On an Application: the deletions of a waiting sync are confirmed, by the time (RFC 3339) or by its operation's id. */
export const CONFIRM_ANNOTATION = 'sekisho.dev/confirm-prune';
/** Argo CD's annotation for the same. */
const APPROVAL_ANNOTATION = 'argocd.argoproj.io/deletion-approved';
const OPERATION_ID = 'sekisho.dev/operation-id';

/**
 * How much a sync of this application may delete without asking: the defaults, over them its project's annotation, over
 * that its own. What the project's annotation names holds in any case.
 *
 * @param projectAnnotation of the AppProject; undefined when it has none
 */
export function pruneLimitsOf(
  application: Pick<Application, 'key' | 'object'> & { spec: { project: string } },
  projectAnnotation: string | undefined,
): { limits: readonly PruneLimits[]; conditions: ApplicationCondition[] } {
  const project = projectAnnotation ?? '';
  const own = application.object.metadata.annotations?.[PRUNE_LIMIT_ANNOTATION] ?? '';
  const projectFile = `project ${application.spec.project}`;
  const base = parsePruneLimits(project, projectFile, defaultPruneLimits);
  const effective = parsePruneLimits(own, `application ${application.key}`, base.limits);
  const floor = parsePruneLimits(project, projectFile, noPruneLimits);
  return {
    limits: [effective.limits, floor.limits],
    conditions: [...base.diagnostics, ...effective.diagnostics].map((diagnostic) => ({
      type: 'PruneLimitWarning',
      message: `${formatDiagnostic(diagnostic)} ${diagnostic.hint ?? ''}`.trimEnd(),
    })),
  };
}

/** Whoever picks the objects of a sync one by one has said what is to be deleted. */
export function asksBeforePruning(operation: Operation): boolean {
  return operation.sync?.resources === undefined || isAutomated(operation);
}

/** The question that a sync waits with; undefined when it does not wait for an answer. */
export function pruneQuestion(
  plan: SyncPlan,
  progress: SyncProgress,
  application: Pick<Application, 'name'>,
): ApplicationCondition | undefined {
  const above = plan.blastRadius?.exceeds;
  if (above === undefined || progress.wave !== undefined || progress.lastWaveFinishedAt !== undefined) return undefined;
  return {
    type: 'PruneLimitWarning',
    message: `The sync waits, because it ${above.message}. Confirm it with "sekisho app confirm ${application.name}", or put back what is missing.`,
  };
}

/** Whether the deletions of an operation that began at `startedAt` (RFC 3339) are confirmed. */
export function isPruneConfirmed(
  application: Pick<Application, 'object'>,
  operation: Operation,
  startedAt: string,
): boolean {
  const { object } = application;
  if (isDeletionApproved(object, startedAt)) return true;
  const confirmed = object.metadata.annotations?.[CONFIRM_ANNOTATION];
  if (confirmed === undefined) return false;
  if (operation.info?.some(({ name, value }) => name === OPERATION_ID && value === confirmed) === true) return true;
  return isDeletionApproved({ metadata: { annotations: { [APPROVAL_ANNOTATION]: confirmed } } }, startedAt);
}

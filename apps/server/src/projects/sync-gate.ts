import type { Application, Operation } from '../applications/application.ts';
import type { ProjectRules } from './project-rules.ts';

/** Why a sync must wait, and when to look again. */
export interface Hold {
  readonly message: string;
  readonly afterMs?: number;
}

/** Timers hold about 24 days; looking once a day costs nothing. */
const LONGEST_MS = 86_400_000;
const SHORTEST_MS = 1_000;

/**
 * Whether a sync window keeps an operation from beginning, or from going on.
 *
 * @param startedAt RFC 3339, of an operation that runs
 * @returns undefined when nothing is in its way; a dry run changes nothing and is never held
 */
export function heldByWindow(
  rules: ProjectRules,
  application: Application,
  operation: Operation,
  options: { now: number; startedAt?: string },
): Hold | undefined {
  if (operation.sync?.dryRun === true) return undefined;
  const manual = operation.initiatedBy?.automated !== true;
  const began = Date.parse(options.startedAt ?? '');
  const decision = rules.windows(application, { manual, ...(Number.isNaN(began) ? {} : { startedAt: began }) });
  if (decision.allowed) return undefined;
  const { reason = '', nextChangeAt } = decision;
  return {
    message: `Sync operation blocked by sync window: ${reason}`,
    ...(nextChangeAt === undefined
      ? {}
      : { afterMs: Math.min(LONGEST_MS, Math.max(SHORTEST_MS, nextChangeAt - options.now)) }),
  };
}

import { formatDiagnostic, SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { type Application, parseApplication } from '../applications/application.ts';
import type { ProjectRules } from './project-rules.ts';

/**
 * An Application as it is to be stored or synced, once it is known to be readable and within the rules of its project.
 *
 * @throws SekishoError APPLICATION_INVALID with everything that is wrong | APPLICATION_FORBIDDEN with every broken rule
 */
export function permittedApplication(object: KubeObject, rules: ProjectRules, controlNamespace: string): Application {
  const parsed = parseApplication(object, controlNamespace);
  if (!('application' in parsed)) {
    throw new SekishoError('APPLICATION_INVALID', parsed.diagnostics.map(formatDiagnostic).join('\n'));
  }
  requirePermitted(parsed.application, rules);
  return parsed.application;
}

/** @throws SekishoError APPLICATION_FORBIDDEN with every broken rule */
export function requirePermitted(application: Application, rules: ProjectRules): void {
  const broken = rules.check(application);
  const [first] = broken;
  if (first === undefined) return;
  throw new SekishoError('APPLICATION_FORBIDDEN', broken.map(({ message }) => message).join('; '), {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    details: { status: 422 },
  });
}

/** @throws SekishoError SYNC_WINDOW_CLOSED with the window, and until when */
export function requireOpenWindow(application: Application, rules: ProjectRules): void {
  const { allowed, reason = '' } = rules.windows(application, { manual: true });
  if (allowed) return;
  const message = `${application.name} may not be synced now: ${reason}.`;
  throw new SekishoError('SYNC_WINDOW_CLOSED', message, {
    hint: `See sekisho proj windows list ${application.spec.project}; manualSync lets manual syncs through.`,
    details: { status: 409 },
  });
}

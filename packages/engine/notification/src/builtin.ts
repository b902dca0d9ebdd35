import type { KubeObject } from '@sekisho/kube';
import type { IncidentStep } from './types.ts';

/** The trigger that tells of the end of a problem. */
export const RECOVERED = 'on-recovered';

/**
 * Triggers and templates that are there without any ConfigMap, under the names of Argo CD's catalog where it has them. A
 * ConfigMap that names one of them replaces it.
 */
export const builtinTriggers: Readonly<Record<string, string>> = {
  'on-health-degraded': `
- when: app.status.health.status == 'Degraded'
  send: [app-health-degraded]`,
  'on-out-of-sync': `
- when: app.status.sync.status == 'OutOfSync' and not (app.status.operationState.phase in ['Running', 'Terminating'])
  send: [app-out-of-sync]`,
  'on-sync-failed': `
- when: app.status.operationState.phase in ['Error', 'Failed']
  oncePer: app.status.operationState.syncResult.revision
  send: [app-sync-failed]`,
  'on-sync-succeeded': `
- when: app.status.operationState.phase == 'Succeeded'
  oncePer: app.status.operationState.syncResult.revision
  send: [app-sync-succeeded]`,
  'on-sync-running': `
- when: app.status.operationState.phase == 'Running'
  send: [app-sync-running]`,
  'on-sync-status-unknown': `
- when: app.status.sync.status == 'Unknown'
  send: [app-sync-status-unknown]`,
  'on-deployed': `
- when: app.status.operationState.phase == 'Succeeded' and app.status.health.status == 'Healthy'
  oncePer: app.status.operationState.syncResult.revision
  send: [app-deployed]`,
  'on-drift': `
- when: any(app.status.conditions, .type == 'DriftWarning')
  send: [app-drift]`,
  'on-drift-alert': `
- when: any(drift, .policy == 'alert')
  send: [app-drift]`,
  'on-denied': `
- when: any(app.status.conditions, .type in ['InvalidSpecError', 'PolicyViolationError'])
  send: [app-denied]`,
  'on-recovered': `
- when: app.status.sync.status == 'Synced' and app.status.health.status == 'Healthy' and none(app.status.conditions, .type in ['DriftWarning', 'InvalidSpecError', 'PolicyViolationError', 'SyncError', 'ComparisonError'])
  send: [app-recovered]`,
};

/** Triggers that tell of a problem, and the one that tells of its end. */
export const incidentSteps: Readonly<Record<string, IncidentStep>> = {
  'on-health-degraded': 'open',
  'on-out-of-sync': 'open',
  'on-sync-failed': 'open',
  'on-sync-status-unknown': 'open',
  'on-drift': 'open',
  'on-drift-alert': 'open',
  'on-denied': 'open',
  'on-recovered': 'close',
};

interface Status {
  readonly sync?: { readonly status?: unknown } | null;
  readonly health?: { readonly status?: unknown } | null;
  readonly operationState?: { readonly phase?: unknown } | null;
  readonly conditions?: unknown;
}

const TROUBLE = ['DriftWarning', 'InvalidSpecError', 'PolicyViolationError', 'SyncError', 'ComparisonError'];

/** Whether the problem that this trigger tells of is over: more than that its condition is false for a moment. */
export function isOver(trigger: string, application: KubeObject): boolean {
  const { sync, health, operationState } = statusOf(application);
  switch (trigger) {
    case 'on-health-degraded':
      return health?.status === 'Healthy' || health?.status === 'Suspended';
    case 'on-out-of-sync':
      return sync?.status === 'Synced';
    case 'on-sync-failed':
      return operationState?.phase === 'Succeeded';
    case 'on-sync-status-unknown':
      return sync?.status === 'Synced' || sync?.status === 'OutOfSync';
    case 'on-drift':
    case 'on-drift-alert':
      return !hasCondition(application, ['DriftWarning']);
    case 'on-denied':
      return !hasCondition(application, ['InvalidSpecError', 'PolicyViolationError']);
    default:
      return true;
  }
}

/** Synced, Healthy, and nothing complains. */
export function isWell(application: KubeObject): boolean {
  const { sync, health } = statusOf(application);
  return sync?.status === 'Synced' && health?.status === 'Healthy' && !hasCondition(application, TROUBLE);
}

function hasCondition(application: KubeObject, types: readonly string[]): boolean {
  const { conditions } = statusOf(application);
  return (
    Array.isArray(conditions) && conditions.some((one) => types.includes((one as { type?: string } | null)?.type ?? ''))
  );
}

function statusOf(application: KubeObject): Status {
  const { status } = application as { status?: unknown };
  return typeof status === 'object' && status !== null ? (status as Status) : {};
}

const link =
  '{{if .context.argocdUrl}}\n{{.context.argocdUrl}}/applications/{{.app.metadata.namespace}}/{{.app.metadata.name}}{{end}}';
const conditions = '{{range .app.status.conditions}}\n{{.type}}: {{.message}}{{end}}';

function template(subject: string, text: string): string {
  // JSON is YAML, and needs no care for indentation.
  return JSON.stringify({ message: `${text}${link}`, email: { subject }, teams: { title: subject } });
}

export const builtinTemplates: Readonly<Record<string, string>> = {
  'app-health-degraded': template(
    '{{.app.metadata.name}} is degraded',
    'Application {{.app.metadata.name}} is Degraded{{with .app.status.health.message}}: {{.}}{{end}}. It runs revision {{.app.status.sync.revision}}.',
  ),
  'app-out-of-sync': template(
    '{{.app.metadata.name}} is out of sync',
    'Application {{.app.metadata.name}} is not what git says at revision {{.app.status.sync.revision}}.',
  ),
  'app-sync-failed': template(
    'Sync of {{.app.metadata.name}} failed',
    'The sync of {{.app.metadata.name}} to {{.app.status.operationState.syncResult.revision}} failed: {{.app.status.operationState.message}}',
  ),
  'app-sync-succeeded': template(
    '{{.app.metadata.name}} was synced',
    'Application {{.app.metadata.name}} was synced to {{.app.status.operationState.syncResult.revision}}.',
  ),
  'app-sync-running': template(
    'Sync of {{.app.metadata.name}} runs',
    'The sync of {{.app.metadata.name}} began at {{.app.status.operationState.startedAt}}.',
  ),
  'app-sync-status-unknown': template(
    'What {{.app.metadata.name}} should be is not known',
    `What {{.app.metadata.name}} should be can not be read; the last good state stays.${conditions}`,
  ),
  'app-deployed': template(
    '{{.app.metadata.name}} was deployed',
    'Application {{.app.metadata.name}} runs revision {{.app.status.operationState.syncResult.revision}} and is Healthy.',
  ),
  'app-drift': template(
    '{{.app.metadata.name}} drifted',
    'Application {{.app.metadata.name}} was changed behind git\'s back.{{range .app.status.conditions}}{{if eq .type "DriftWarning"}}\n{{.message}}{{end}}{{end}}',
  ),
  'app-denied': template(
    '{{.app.metadata.name}} was denied',
    'Application {{.app.metadata.name}} was denied.{{range .app.status.conditions}}{{if or (eq .type "InvalidSpecError") (eq .type "PolicyViolationError")}}\n{{.message}}{{end}}{{end}}',
  ),
  'app-recovered': template(
    '{{.app.metadata.name}} is well again',
    '{{if and (eq .app.status.sync.status "Synced") (eq .app.status.health.status "Healthy")}}Application {{.app.metadata.name}} is Synced and Healthy again, at revision {{.app.status.sync.revision}}.{{else}}This is over for application {{.app.metadata.name}}: it is {{.app.status.sync.status}} and {{.app.status.health.status}} now.{{end}}',
  ),
};

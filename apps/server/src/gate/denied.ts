import { SekishoError } from '@sekisho/base';
import type { ApplicationCondition } from '@sekisho/sync';
import type { Application, Operation } from '../applications/application.ts';
import { asRecord } from '../applications/as-record.ts';
import type { Rendered } from '../applications/merged-sources.ts';
import type { NewAuditEntry } from '../audit/audit.ts';
import type { GateLook } from './gate-look.ts';

const MAX_VERDICTS = 50;

/** Whether an operation must not begin: of one for single resources only those count. */
export function isDenied(look: GateLook, operation: Operation): boolean {
  if (look.fault !== undefined) return true;
  const selection = operation.sync?.resources;
  if (selection === undefined) return look.deny > 0;
  return look.verdicts.some(
    ({ decision, subject }) =>
      decision === 'deny' &&
      selection.some(
        ({ group = '', kind, name, namespace = '' }) =>
          group === subject.group &&
          kind === subject.kind &&
          name === subject.name &&
          (namespace === '' || namespace === (subject.namespace ?? '')),
      ),
  );
}

/** Why it doesn't begin. */
export function deniedError(conditions: readonly ApplicationCondition[]): SekishoError {
  const told = conditions.filter(({ type }) => type === 'PolicyViolationError').map(({ message }) => message);
  return new SekishoError('POLICY_DENIED', `denied by policy: ${told.join('; ')}`, {
    hint: 'Change what the policy names, or add a Waiver with a reason and an end.',
  });
}

/** Whether the status says all of it already: then everybody has been told. */
export function isTold(application: Application, conditions: readonly ApplicationCondition[]): boolean {
  const { conditions: before } = asRecord(application.object['status']);
  const known = new Set((Array.isArray(before) ? before : []).map((one) => String(asRecord(one)['message'] ?? '')));
  return conditions.every(({ type, message }) => type !== 'PolicyViolationError' || known.has(message));
}

export function deniedEntry(application: Application, rendered: Rendered, look: GateLook): NewAuditEntry {
  const denies = look.verdicts.filter(({ decision }) => decision === 'deny');
  const { project } = application.spec;
  return {
    actor: { user: 'policies', groups: [], method: 'controller' },
    action: 'application.policy-denied',
    object: { type: 'application', project, namespace: application.namespace, name: application.name },
    outcome: 'denied',
    revision: rendered.revision.commit,
    reason: look.fault ?? `${denies.length} ${denies.length === 1 ? 'violation' : 'violations'}`,
    details: {
      verdicts: denies.slice(0, MAX_VERDICTS).map(({ policyId, subject, message, severity }) => ({
        policy: policyId,
        object: [subject.group, subject.kind, subject.namespace ?? '', subject.name].join('/'),
        message,
        ...(severity === undefined ? {} : { severity }),
      })),
      ...(denies.length > MAX_VERDICTS ? { verdictsLeftOut: denies.length - MAX_VERDICTS } : {}),
    },
  };
}

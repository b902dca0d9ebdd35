import { type Clock, createLru } from '@sekisho/base';
import type { AdmissionRequest } from '@sekisho/cluster';
import type { AdmissionDecision, GateVerdict } from '@sekisho/policy';
import type { Audit } from '../../audit/audit.ts';
import { objectNamespace } from './object-namespace.ts';

/** What admission found goes into the audit log: who broke the glass and why, and what was refused. */
export interface AdmissionEvidenceLog {
  note(request: AdmissionRequest, decision: AdmissionDecision): void;
}

const MAX_VERDICTS = 20;
const MAX_TEXT = 1_000;
/** Controllers try again and again: the same refusal is told once in this time. */
const REPEATED_MS = 600_000;
const REMEMBERED = 2_000;

export function createAdmissionEvidence({
  audit,
  clock,
}: {
  readonly audit: Audit;
  readonly clock: Clock;
}): AdmissionEvidenceLog {
  const refused = createLru<string, number>({ maxWeight: REMEMBERED, weigh: () => 1 });

  function isRepeated(request: AdmissionRequest, verdicts: readonly GateVerdict[]): boolean {
    const { kind, namespace, name, userInfo } = request;
    const key = JSON.stringify([userInfo.username, kind, namespace, name, verdicts.map(({ policyId }) => policyId)]);
    const last = refused.get(key);
    const now = clock.now();
    if (last !== undefined && now - last < REPEATED_MS) return true;
    refused.set(key, now);
    return false;
  }

  return {
    note(request, decision) {
      const { allowed, evidence } = decision;
      if (request.dryRun) return;
      const { verdicts = [], breakGlass } = evidence ?? {};
      if (allowed && breakGlass === undefined) return;
      const denies = verdicts.filter(({ decision: own }) => own === 'deny');
      if (breakGlass === undefined && isRepeated(request, denies)) return;
      const { userInfo, kind, name, operation } = request;
      const namespace = objectNamespace(request);
      audit.record({
        actor: { user: userInfo.username, groups: userInfo.groups, method: 'token' },
        action: breakGlass === undefined ? 'admission.deny' : 'admission.break-glass',
        object: {
          type: kind.group === '' ? kind.kind.toLowerCase() : `${kind.kind.toLowerCase()}.${kind.group}`,
          ...(namespace === '' ? {} : { namespace }),
          name,
        },
        outcome: breakGlass === undefined ? 'denied' : 'succeeded',
        reason: breakGlass ?? cut(decision.message ?? ''),
        details: {
          operation,
          verdicts: denies.slice(0, MAX_VERDICTS).map(summary),
          ...(denies.length > MAX_VERDICTS ? { verdictsLeftOut: denies.length - MAX_VERDICTS } : {}),
        },
      });
    },
  };
}

function summary({ policyId, policy, message, fields, undecided }: GateVerdict) {
  return {
    policy: policyId,
    ...(policy.rule === undefined ? {} : { rule: policy.rule }),
    message: cut(message),
    ...(fields === undefined ? {} : { fields: fields.slice(0, MAX_VERDICTS) }),
    ...(undecided === true ? { undecided } : {}),
  };
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

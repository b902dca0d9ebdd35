import { deepEqual } from '@sekisho/kube';
import type { GateVerdict } from '../policy-set/types.ts';
import type { SubjectReference } from '../verdict.ts';
import { type AuditChange, type AuditViolation, decisionOf, type KnownViolation } from './violation.ts';

/** What a violation was before: of this process, or of the one before it. */
type Former = AuditViolation | KnownViolation;

export interface Judged {
  readonly cluster: string;
  readonly objectKey: string;
  readonly object: Omit<SubjectReference, 'origin'>;
  readonly verdicts: readonly GateVerdict[];
  readonly before: readonly AuditViolation[];
  /** What was known before a restart, when this object is looked at for the first time. */
  readonly known: readonly KnownViolation[];
}

/**
 * Which violation is which: one that says the same as before is the same; of others, those of the same rule are taken to
 * be the same in their order. So an object that breaks a rule is known to do so since it began, whatever else of it changes.
 *
 * @param idOf  makes an id of what identifies a violation
 */
export function matchViolations(
  { cluster, objectKey, object, verdicts, before, known }: Judged,
  change: AuditChange,
  { now, idOf }: { now: number; idOf: (identity: string) => string },
): AuditViolation[] {
  if (verdicts.length === 0) {
    change.ended.push(...before);
    for (const { id } of known) change.over.push(id);
    return [];
  }
  const groups = new Map<string, { readonly former: Former[]; readonly verdicts: GateVerdict[] }>();
  const groupOf = (policyId: string, rule: string) => {
    const name = `${policyId}\n${rule}`;
    let group = groups.get(name);
    if (group === undefined) {
      group = { former: [], verdicts: [] };
      groups.set(name, group);
    }
    return group;
  };
  for (const violation of before) groupOf(violation.verdict.policyId, ruleOf(violation.verdict)).former.push(violation);
  for (const record of known) groupOf(record.policyId, record.rule).former.push(record);
  for (const verdict of verdicts) groupOf(verdict.policyId, ruleOf(verdict)).verdicts.push(verdict);

  const now_: AuditViolation[] = [];
  for (const [name, group] of groups) {
    const former = pair(group.former, group.verdicts);
    const slots = new Set(former.map((one) => one?.slot));
    let next = 0;
    for (let i = 0; i < group.verdicts.length; i++) {
      const verdict = group.verdicts[i] as GateVerdict;
      const old = former[i];
      if (old === undefined) while (slots.has(next)) next++;
      const slot = old?.slot ?? next++;
      const id = old?.id ?? idOf(`${cluster}\n${objectKey}\n${name}\n${slot}`);
      const decision = decisionOf(verdict);
      const violation = { id, cluster, objectKey, object, verdict, decision, since: old?.since ?? now, slot };
      if (old === undefined) change.began.push(violation);
      else if (!('verdict' in old)) change.found.push(violation);
      else if (isSame(old, violation)) {
        now_.push(old);
        continue;
      } else change.changed.push({ before: old, after: violation });
      now_.push(violation);
    }
    const kept = new Set(former);
    for (const old of group.former) {
      if (kept.has(old)) continue;
      if ('verdict' in old) change.ended.push(old);
      else change.over.push(old.id);
    }
  }
  return now_;
}

/** For each verdict what it was before, if it was. */
function pair(former: readonly Former[], verdicts: readonly GateVerdict[]): (Former | undefined)[] {
  const left = [...former].sort((a, b) => a.slot - b.slot);
  const found = verdicts.map(({ message }) => {
    const at = left.findIndex((one) => messageOf(one) === message);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  });
  return found.map((one) => one ?? left.shift());
}

function messageOf(former: Former): string {
  return 'verdict' in former ? former.verdict.message : former.message;
}

function ruleOf({ policy }: GateVerdict): string {
  return policy.rule ?? '';
}

function isSame(a: AuditViolation, b: AuditViolation): boolean {
  return a.decision === b.decision && a.object.version === b.object.version && deepEqual(a.verdict, b.verdict);
}

import type { EvaluationLimits } from '@sekisho/rego';
import type { KindPattern } from './concern-table.ts';
import type { Subject } from './subject.ts';
import type { Explanation, Gate, GateContext, GateRequest, GateVerdict, PolicySummary } from './types.ts';

/** One policy of a set, whatever it is written in. */
export interface PolicyUnit {
  readonly summary: PolicySummary;
  /** Kinds that it may have a word about; of others it is not asked. Absent: all. */
  readonly kinds?: readonly KindPattern[];
  /** Operations that it is asked at. */
  readonly operations: ReadonlySet<NonNullable<GateRequest['operation']>>;
  judge(subject: Subject, context: GateContext): readonly GateVerdict[];
  /** Objects that belong together, a list of verdicts for each. Absent: each is judged by itself. */
  judgeTogether?(subjects: readonly Subject[], context: GateContext): readonly (readonly GateVerdict[])[];
  explain?(verdict: GateVerdict, subject: Subject, context: GateContext): Explanation | undefined;
}

export const WRITES: PolicyUnit['operations'] = new Set(['CREATE', 'UPDATE']);
export const GATES: readonly Gate[] = ['check', 'sync', 'admission', 'audit'];
/** Of one policy for one object. */
export const DEFAULT_LIMITS: EvaluationLimits = { steps: 10_000_000 };

import type { Subject } from './subject.ts';
import type { Explanation, Gate, GateContext, GateRequest, GateVerdict, PolicySummary } from './types.ts';

/** One policy of a set, whatever it is written in. */
export interface PolicyUnit {
  readonly summary: PolicySummary;
  /** Whether it may have a word about objects of a kind; when not, it is not asked. */
  readonly kinds: KindFilter;
  /** Operations that it is asked at. */
  readonly operations: ReadonlySet<NonNullable<GateRequest['operation']>>;
  judge(subject: Subject, context: GateContext): readonly GateVerdict[];
  explain?(verdict: GateVerdict, subject: Subject, context: GateContext): Explanation | undefined;
}

export type KindFilter = (group: string, kind: string) => boolean;

export const ALL_KINDS: KindFilter = () => true;
export const WRITES: PolicyUnit['operations'] = new Set(['CREATE', 'UPDATE']);
export const GATES: readonly Gate[] = ['check', 'sync', 'admission', 'audit'];

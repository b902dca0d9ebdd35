import type { Verdict } from '../verdict.ts';

/** Where policies are asked: on the laptop, before a sync, at admission, over what runs. */
export type Gate = 'check' | 'sync' | 'admission' | 'audit';

/** What is done with an object. */
export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** A policy that is broken. `decision` tells what follows: `allow` for what is only noted, or waived. */
export interface GateVerdict extends Verdict {
  /** Of the {@link PolicySummary}. */
  readonly policyId: string;
  /** What it would have been without the waiver. */
  readonly waivedDecision?: 'deny' | 'warn';
  /** It gave no answer: too slow, or a fault. At a gate that counts as a deny. */
  readonly undecided?: true;
}

import type { Origin } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { GateVerdict } from '../policy-set/gate.ts';

/**
 * A Waiver (`sekisho.dev/v1alpha1`): some policies don't count for some objects, for a reason, until a day.
 * One in the control namespace may cover objects anywhere, any other one those of its own namespace.
 */
export interface Waiver {
  /** `namespace/name`. */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  /** Any of them; `*` stands for some characters at the start or end. */
  readonly policies: readonly WaivedPolicy[];
  readonly reason: string;
  /** A team or person. */
  readonly owner: string;
  /** Milliseconds since 1970: from then on it counts no more. */
  readonly expires: number;
  readonly origin: Origin | undefined;
  /** Whether it is for this policy and object, whatever the time is. */
  covers(verdict: GateVerdict, object: KubeObject, namespace: KubeObject | undefined): boolean;
}

export interface WaivedPolicy {
  readonly kind?: string;
  readonly name: string;
  readonly rule?: string;
}

import type { Diagnostic } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { PolicySourceState } from '../policy-sources/policy-sources.ts';

/** What the statuses of policies are made of. */
export interface StatusInput {
  readonly object: KubeObject;
  /** Of the object; errors and warnings. */
  readonly faults: readonly Diagnostic[];
  /** Of a PolicySource. */
  readonly source?: PolicySourceState | undefined;
  /** Of a PolicySource: policies that its files hold. */
  readonly policies?: number;
  /** Of a Waiver that counts: ms since 1970. */
  readonly expires?: number | undefined;
  readonly now: number;
}

/** A status without the times at which its conditions changed. */
export type Status = Readonly<Record<string, unknown>>;

/** One sentence of all errors, of equal ones once; undefined when there are none. */
export function errorText(faults: readonly Diagnostic[]): string | undefined {
  const errors = faults.filter(({ severity }) => severity === 'error');
  return errors.length === 0 ? undefined : [...new Set(errors.map(messageWithout))].join('; ');
}

/** `ConstraintTemplate x: spec: …` without what the object itself says. */
export function messageWithout({ message }: Diagnostic): string {
  return message.replace(/^[A-Z]\w+ \S+: /, '');
}

import type { Gate, Operation } from './gate.ts';

export interface ConcernQuestion {
  readonly gate: Gate;
  readonly group: string;
  readonly kind: string;
  readonly operation?: Operation;
  /** Also asks whether anything would change it. */
  readonly mutating?: boolean;
  /** Only these, by id. Default: all. */
  readonly policies?: ReadonlySet<string>;
}

/** Which objects the policies of a set may have a word about: plain data, which can travel to where it is asked. */
export type ConcernTable = readonly Concern[];

export interface Concern {
  readonly gates: readonly Gate[];
  readonly operations: readonly Operation[];
  /** Of the policy that has the word; absent: what it comes to may be of any. */
  readonly policyId?: string;
  /** Any of them; absent: all kinds. */
  readonly kinds?: readonly KindPattern[];
  /** It changes objects rather than judging them. */
  readonly mutates?: true;
}

/** Empty lists and `*` are everything. */
export interface KindPattern {
  readonly groups: readonly string[];
  readonly kinds: readonly string[];
}

/** Says no when certainly no policy has a word about such objects. */
export function concernsIn(table: ConcernTable, question: ConcernQuestion): boolean {
  const { gate, group, kind, operation = 'CREATE', mutating = false, policies } = question;
  return table.some(
    (concern) =>
      (mutating || concern.mutates === undefined) &&
      (policies === undefined || concern.policyId === undefined || policies.has(concern.policyId)) &&
      concern.gates.includes(gate) &&
      concern.operations.includes(operation) &&
      coversKind(concern.kinds, group, kind),
  );
}

export function coversKind(patterns: readonly KindPattern[] | undefined, group: string, kind: string): boolean {
  if (patterns === undefined) return true;
  return patterns.some(({ groups, kinds }) => isNamed(groups, group) && isNamed(kinds, kind));
}

function isNamed(names: readonly string[], name: string): boolean {
  return isOpen(names) || names.includes(name);
}

export function isOpen(names: readonly string[]): boolean {
  return names.length === 0 || names.includes('*');
}

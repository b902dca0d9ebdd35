import type { Origin } from '@sekisho/base';
import type { MatchMode } from './pattern.ts';

/** A `p` line: what a subject may do, or may not. All but `subject` and `effect` are patterns. */
export interface PermissionRule {
  readonly type: 'p';
  /** A user, a group, `role:NAME`, or `proj:PROJECT:ROLE`. */
  readonly subject: string;
  readonly resource: string;
  readonly action: string;
  readonly object: string;
  readonly effect: 'allow' | 'deny';
  /** How the patterns are read; default 'glob'. */
  readonly matchMode?: MatchMode;
  /** Absent on the rules that are built in. */
  readonly origin?: Origin;
}

/** A `g` line: who has a role. Roles can have roles. */
export interface GrantRule {
  readonly type: 'g';
  /** A user, a group or a role. */
  readonly member: string;
  readonly role: string;
  readonly origin?: Origin;
}

export type PolicyRule = PermissionRule | GrantRule;

/** The line as it could stand in a policy. */
export function formatRule(rule: PolicyRule): string {
  const fields =
    rule.type === 'p'
      ? ['p', rule.subject, rule.resource, rule.action, rule.object, rule.effect]
      : ['g', rule.member, rule.role];
  return fields.map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(', ');
}

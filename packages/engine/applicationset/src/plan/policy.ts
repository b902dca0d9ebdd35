import type { ApplicationSetSpec, ApplicationsSync } from '../spec/application-set.ts';

/** What may be done with the Applications of a set. */
export interface EffectivePolicy {
  readonly allowsUpdate: boolean;
  readonly allowsDelete: boolean;
}

/**
 * @param policy that of the installation; without one, or when sets may override it, a set's own counts
 */
export function effectivePolicy(
  { applicationsSync }: Pick<ApplicationSetSpec, 'applicationsSync'>,
  policy?: ApplicationsSync,
  isPolicyOverridable = policy === undefined,
): EffectivePolicy {
  const wished = (isPolicyOverridable ? applicationsSync : undefined) ?? policy ?? 'sync';
  return {
    allowsUpdate: wished === 'sync' || wished === 'create-update',
    allowsDelete: wished === 'sync' || wished === 'create-delete',
  };
}

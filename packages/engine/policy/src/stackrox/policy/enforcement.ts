import type { EnforcementAction, LifecycleStage } from './policy.ts';

const stages: Readonly<Record<EnforcementAction, LifecycleStage | undefined>> = {
  UNSET_ENFORCEMENT: undefined,
  SCALE_TO_ZERO_ENFORCEMENT: 'DEPLOY',
  UNSATISFIABLE_NODE_CONSTRAINT_ENFORCEMENT: 'DEPLOY',
  KILL_POD_ENFORCEMENT: 'RUNTIME',
  FAIL_BUILD_ENFORCEMENT: 'BUILD',
  FAIL_KUBE_REQUEST_ENFORCEMENT: 'RUNTIME',
  FAIL_DEPLOYMENT_CREATE_ENFORCEMENT: 'DEPLOY',
  FAIL_DEPLOYMENT_UPDATE_ENFORCEMENT: 'DEPLOY',
};

/** The stage at which an action enforces. */
export function enforcementStage(action: EnforcementAction): LifecycleStage | undefined {
  return stages[action];
}

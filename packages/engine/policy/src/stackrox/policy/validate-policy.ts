import type { StackroxPolicy } from './policy.ts';
import type { Fault, JsonPath } from './proto-json.ts';

/** What StackRox asks of a policy beyond the types of its fields. */
export function validatePolicy(policy: StackroxPolicy, path: JsonPath, fault: Fault): void {
  if (policy.policyVersion !== '1.1') {
    fault([...path, 'policyVersion'], 'STACKROX_POLICY_INVALID', 'must be "1.1", the only version that is read');
  }
}

export { formatPolicies, formatPolicy, type ParsedPolicies, parsePolicies } from './policy/parse-policies.ts';
export type { StackroxPolicy } from './policy/policy.ts';

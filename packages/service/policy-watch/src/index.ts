export { isPolicyKind } from './policy-kinds.ts';
export { type PolicyWatch, type PolicyWatchOptions, watchPolicies } from './watch-policies.ts';

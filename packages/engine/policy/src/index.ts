export * from './admission/index.ts';
export * from './asking.ts';
export * from './best-practice/index.ts';
export * from './gatekeeper/index.ts';
export { compilePolicySet, type PolicySetOptions } from './policy-set/compile-policy-set.ts';
export { type NamedProfile, parseBestPracticeProfile } from './policy-set/parse-profile.ts';
export * from './stackrox/index.ts';

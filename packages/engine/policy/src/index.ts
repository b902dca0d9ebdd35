export * from './best-practice/index.ts';
export { locateField } from './field-path.ts';
export * from './gatekeeper/index.ts';
export * from './stackrox/index.ts';
export type { PolicyObject, PolicyReference, Severity, SubjectReference, Verdict } from './verdict.ts';

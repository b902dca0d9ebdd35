export type { PolicyObject, PolicyReference, Severity, SubjectReference, Verdict } from './verdict.ts';

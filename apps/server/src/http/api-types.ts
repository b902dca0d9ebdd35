import type { z } from 'zod';
import type * as schemas from './schemas.ts';
import type * as policies from './schemas-policies.ts';
import type * as violations from './schemas-violations.ts';

// Types of what the HTTP API answers: nothing in here exists when the program runs.

export type ApplicationRow = z.infer<typeof schemas.applicationRow>;
export type ApplicationList = z.infer<typeof schemas.applicationList>;
export type ApplicationDetail = z.infer<typeof schemas.applicationDetail>;
export type ApplicationSummary = z.infer<typeof schemas.applicationSummary>;
export type ReleaseNote = z.infer<typeof schemas.releaseNote>;
export type Event = z.infer<typeof schemas.kubeEvent>;
export type ResourceDetail = z.infer<typeof schemas.resourceDetail>;
export type Violation = z.infer<typeof violations.violation>;
export type ViolationList = z.infer<typeof violations.violationList>;
export type ObjectVerdicts = z.infer<typeof violations.objectVerdicts>;
export type PolicyRow = z.infer<typeof policies.policyRow>;
export type PolicyList = z.infer<typeof policies.policyList>;
export type PolicyDetail = z.infer<typeof policies.policyDetail>;
export type WaiverRow = z.infer<typeof policies.waiverRow>;

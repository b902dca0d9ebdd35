import type { z } from 'zod';
import type * as schemas from './schemas.ts';

// Types of the HTTP API, for its callers: nothing in here exists when the program runs.

export type Problem = z.infer<typeof schemas.problem>;
export type ApplicationRow = z.infer<typeof schemas.applicationRow>;
export type ApplicationList = z.infer<typeof schemas.applicationList>;
export type ApplicationDetail = z.infer<typeof schemas.applicationDetail>;
export type ApplicationSummary = z.infer<typeof schemas.applicationSummary>;
export type KubeObject = z.infer<typeof schemas.kubeObject>;
export type TreeNode = z.infer<typeof schemas.treeNode>;
export type FieldChange = z.infer<typeof schemas.fieldChange>;
export type ResourceDiff = z.infer<typeof schemas.resourceDiff>;
export type Release = z.infer<typeof schemas.release>;
export type ReleaseNote = z.infer<typeof schemas.releaseNote>;
export type Overview = z.infer<typeof schemas.overview>;
export type Event = z.infer<typeof schemas.kubeEvent>;
export type ResourceDetail = z.infer<typeof schemas.resourceDetail>;
export type ResourceAction = z.infer<typeof schemas.resourceAction>;
export type OperationStarted = z.infer<typeof schemas.operationStarted>;

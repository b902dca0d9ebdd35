import type { z } from 'zod';
import type * as schemas from './schemas.ts';

// Types of what the HTTP API answers: nothing in here exists when the program runs.

export type ApplicationRow = z.infer<typeof schemas.applicationRow>;
export type ApplicationList = z.infer<typeof schemas.applicationList>;
export type ApplicationDetail = z.infer<typeof schemas.applicationDetail>;
export type ApplicationSummary = z.infer<typeof schemas.applicationSummary>;
export type ReleaseNote = z.infer<typeof schemas.releaseNote>;
export type Event = z.infer<typeof schemas.kubeEvent>;
export type ResourceDetail = z.infer<typeof schemas.resourceDetail>;

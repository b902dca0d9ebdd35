import { type AdmissionDecision, type AdmissionRequest, admissionReviewOf } from '@sekisho/policy';
import type { AdmittedReview } from './job.ts';

const encoder = new TextEncoder();

/** What goes back to the API server, and with it what is to be recorded. */
export function admittedReview(admitted: AdmissionRequest, decision: AdmissionDecision): AdmittedReview {
  const { allowed, evidence } = decision;
  const review = { status: 200, allowed, body: encoder.encode(JSON.stringify(admissionReviewOf(admitted, decision))) };
  if (evidence === undefined) return review;
  const { object: _, oldObject: __, options: ___, ...request } = admitted;
  return { ...review, evidence, request };
}

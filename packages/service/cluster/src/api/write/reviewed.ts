import type { KubeObject } from '@sekisho/kube';
import type { ReviewDetails } from '../../admission/review.ts';
import type { Call } from '../call.ts';
import type { ServerContext } from '../server-context.ts';
import { dryRunOf } from '../verbs/options.ts';
import { isRecord } from './decode.ts';

/**
 * Asks about a request whose body is not stored but acted upon, like an eviction.
 * @returns the body as mutators want it
 */
export async function reviewedBody(
  context: ServerContext,
  call: Call,
  kind: NonNullable<ReviewDetails['kind']>,
  body: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { deleteOptions } = body;
  const dryRun = dryRunOf(call.query['dryRun']) || (isRecord(deleteOptions) && dryRunOf(deleteOptions['dryRun']));
  const review = context.reviews.of(call, { operation: 'CREATE', dryRun, kind });
  if (review === undefined) return body;
  const name = call.name ?? '';
  const metadata = { name, namespace: call.namespace, ...(isRecord(body['metadata']) ? body['metadata'] : {}) };
  let object = { ...body, ...kind, metadata } as unknown as KubeObject;
  if (review.mutates) object = await review.mutate({ name, object });
  if (review.validates) await review.validate({ name, object });
  return object as unknown as Record<string, unknown>;
}

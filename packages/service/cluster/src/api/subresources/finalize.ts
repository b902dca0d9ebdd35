import type { KubeObject } from '@sekisho/kube';
import type { Call, Result } from '../call.ts';
import type { ServerContext } from '../server-context.ts';
import { conflict } from '../status-error.ts';
import { dryRunOf } from '../verbs/options.ts';
import { owned } from '../write/create.ts';
import { decode } from '../write/decode.ts';
import { isFinished, liveOf, onNewest } from '../write/update.ts';

/** PUT /namespaces/NAME/finalize: replaces spec.finalizers; the last one of a terminating namespace removes it. */
export async function finalizeNamespace(context: ServerContext, call: Call): Promise<Result> {
  const wanted = decode(call, call.request.body, { fieldValidation: 'Ignore' });
  const dryRun = dryRunOf(call.query['dryRun']);
  return onNewest(call, () => finalize(context, call, wanted, dryRun));
}

async function finalize(
  context: ServerContext,
  call: Call,
  wanted: KubeObject,
  dryRun: boolean,
): Promise<Result | undefined> {
  const live = liveOf(call);
  const { metadata } = live.object;
  const revision = wanted.metadata.resourceVersion ?? '';
  if (revision !== '' && revision !== metadata.resourceVersion) throw conflict(call.resource.info, metadata.name ?? '');
  const finalizers = (wanted['spec'] as { finalizers?: string[] } | undefined)?.finalizers ?? [];
  const next: KubeObject = owned({ ...live.object, spec: finalizers.length === 0 ? {} : { finalizers } });
  const review = context.reviews.of(call, { operation: 'UPDATE', dryRun });
  if (review?.validates === true) {
    await review.validate({ name: metadata.name ?? '', object: next, oldObject: live.object });
    if (liveOf(call).revision !== live.revision) return undefined;
  }
  if (dryRun) return { kind: 'value', status: 200, body: next };
  const { collection } = call.resource;
  const stored = isFinished(next) ? await collection.remove(live.key) : await collection.write(live.key, next);
  return { kind: 'stored', status: 200, stored };
}

import type { KubeObject } from '@sekisho/kube';
import type { Review } from '../../admission/review.ts';
import type { StoredObject } from '../../storage/stored-object.ts';
import type { Call, Result } from '../call.ts';
import { type ServerContext, timestamp } from '../server-context.ts';
import { badRequest, conflict, invalid, type Status } from '../status-error.ts';
import { booleanOption, dryRunOf, integerOption } from '../verbs/options.ts';
import { filter, list as listVerb } from '../verbs/read.ts';
import { selectionOf } from '../verbs/selection.ts';
import { owned } from './create.ts';
import { isRecord } from './decode.ts';
import { isFinished, liveOf, onNewest } from './update.ts';

interface DeleteOptions {
  readonly dryRun: boolean;
  readonly propagationPolicy: string | undefined;
  readonly gracePeriodSeconds: number | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

/** How a deletion that is part of another request differs. */
interface DeletionPart {
  /** The request that it is part of was reviewed already. */
  readonly reviewed: boolean;
}

/** DELETE of one object: a Status when it is gone, the object when something (grace, finalizers) has to come first. */
export async function remove(context: ServerContext, call: Call, part?: DeletionPart): Promise<Result> {
  const options = deleteOptions(call);
  const review = part?.reviewed === true ? undefined : reviewOf(context, call, options);
  return onNewest(call, () => deleteOne(context, call, liveOf(call), options, review));
}

/** Deletions of a collection that are reviewed at a time. */
const REVIEWED_AT_ONCE = 10;

/** DELETE of a collection: answers with the objects that matched. */
export async function removeCollection(context: ServerContext, call: Call): Promise<Result> {
  const options = deleteOptions(call);
  const { collection } = call.resource;
  const selection = selectionOf(call);
  const only = selection.key === undefined ? undefined : collection.get(selection.key);
  const candidates =
    selection.key === undefined ? collection.range(selection.prefix) : only === undefined ? [] : [only];
  const matching = selection.matches === undefined ? candidates : await filter(candidates, selection.matches);
  const result = await listVerb(context, { ...call, query: withoutPaging(call.query) });
  const review = reviewOf(context, call, options);
  const removeOne = async ({ key }: StoredObject): Promise<void> => {
    await onNewest(call, async () => {
      const live = collection.head(key);
      return live === undefined ? 'gone' : deleteOne(context, call, live, options, review);
    });
  };
  // Without a review all of them go to disk in one commit.
  const atOnce = review === undefined ? matching.length : REVIEWED_AT_ONCE;
  for (let from = 0; from < matching.length; from += atOnce) {
    // What was begun beside a refused one is answered for as well.
    const outcomes = await Promise.allSettled(matching.slice(from, from + atOnce).map(removeOne));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }
  return result;
}

function reviewOf(context: ServerContext, call: Call, options: DeleteOptions): Review | undefined {
  return context.reviews.of(call, {
    operation: 'DELETE',
    dryRun: options.dryRun,
    options: () => ({
      kind: 'DeleteOptions',
      apiVersion: 'meta.k8s.io/v1',
      ...(options.propagationPolicy === undefined ? {} : { propagationPolicy: options.propagationPolicy }),
      ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
      ...(options.dryRun ? { dryRun: ['All'] } : {}),
    }),
  });
}

function withoutPaging({
  limit: _limit,
  continue: _continue,
  ...query
}: Readonly<Record<string, string>>): Record<string, string> {
  return query;
}

/** Undefined when another write was quicker than the review: see {@link onNewest}. */
async function deleteOne(
  context: ServerContext,
  call: Call,
  live: StoredObject,
  options: DeleteOptions,
  review: Review | undefined,
): Promise<Result | undefined> {
  const { resource } = call;
  const { object } = live;
  const { metadata } = object;
  const name = metadata.name ?? '';
  if (options.uid !== undefined && options.uid !== metadata.uid) {
    throw conflict(
      resource.info,
      name,
      `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${metadata.uid ?? ''}`,
    );
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      resource.info,
      name,
      `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion ?? ''}`,
    );
  }
  context.admission.checkDelete(call, object);
  if (review !== undefined) {
    const subject = { name, oldObject: resource.fromStorage(object) };
    // Mutators are asked as well: what they say of a deletion is yes or no.
    if (review.mutates) await review.mutate(subject);
    if (review.validates) await review.validate(subject);
    if (resource.collection.head(live.key)?.revision !== live.revision) return undefined;
  }

  const grace = graceOf(resource.info, object, options.gracePeriodSeconds);
  const finalizers = deletionFinalizers(metadata.finalizers ?? [], options.propagationPolicy);
  const now = context.clock.now();
  const next = owned(object);
  if (finalizers.length > 0) next.metadata.finalizers = finalizers;
  else delete next.metadata.finalizers;
  const already = metadata.deletionTimestamp !== undefined;
  const known = metadata.deletionGracePeriodSeconds ?? 0;
  if (!already || grace < known) {
    if (!already && metadata.generation !== undefined) next.metadata.generation = metadata.generation + 1;
    next.metadata.deletionTimestamp = timestamp(
      already ? Math.min(now + grace * 1000, Date.parse(metadata.deletionTimestamp ?? '')) : now + grace * 1000,
    );
    next.metadata.deletionGracePeriodSeconds = grace;
  }
  const terminating = context.admission.markTerminating(next);

  if (isFinished(terminating)) {
    if (options.dryRun) return deleted(call, object);
    await resource.collection.remove(live.key);
    return deleted(call, object);
  }
  if (options.dryRun) return { kind: 'value', status: 200, body: resource.fromStorage(terminating) };
  if (already && grace >= known && finalizers.length === (metadata.finalizers?.length ?? 0)) {
    return { kind: 'stored', status: 200, stored: live };
  }
  const stored = await resource.collection.write(live.key, terminating);
  context.admission.afterDeleteStarted(call, stored);
  return { kind: 'stored', status: 200, stored };
}

function deleted(call: Call, object: KubeObject): Result {
  const { group, resource } = call.resource.info;
  const { name = '', uid = '' } = object.metadata;
  const body: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(group === '' ? {} : { group }), kind: resource, uid },
  };
  return { kind: 'value', status: 200, body };
}

/** Only pods have a grace period: what was asked for, else their own; none when nothing runs yet or any more. */
function graceOf(info: { group: string; resource: string }, object: KubeObject, asked: number | undefined): number {
  if (info.group !== '' || info.resource !== 'pods') return 0;
  const spec = (object['spec'] ?? {}) as { nodeName?: string; terminationGracePeriodSeconds?: number };
  const phase = (object['status'] as { phase?: string } | undefined)?.phase;
  if ((spec.nodeName ?? '') === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
  const grace = asked ?? spec.terminationGracePeriodSeconds ?? 30;
  return grace < 0 ? 1 : grace;
}

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/** The policy decides about the two finalizers of the garbage collector; without one, what is there stays. */
function deletionFinalizers(current: readonly string[], policy: string | undefined): string[] {
  if (policy === undefined) return [...current];
  const others = current.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  if (policy === 'Orphan') return [...others, ORPHAN];
  if (policy === 'Foreground') return [...others, FOREGROUND];
  return others;
}

function deleteOptions(call: Call): DeleteOptions {
  const body = call.request.body;
  const fromBody = isRecord(body) ? body : {};
  if (body !== undefined && body !== null && !isRecord(body))
    throw badRequest('the body of a deletion must be a DeleteOptions object');
  const preconditions = isRecord(fromBody['preconditions']) ? fromBody['preconditions'] : {};
  const orphan =
    fromBody['orphanDependents'] ??
    (call.query['orphanDependents'] === undefined ? undefined : booleanOption(call, 'orphanDependents'));
  const policy = textOf(fromBody['propagationPolicy']) ?? textOf(call.query['propagationPolicy']);
  if (policy !== undefined && !['Orphan', 'Background', 'Foreground'].includes(policy)) {
    throw invalid('meta.k8s.io', 'DeleteOptions', '', [
      {
        path: 'propagationPolicy',
        type: 'notSupported',
        value: policy,
        message: `Unsupported value: "${policy}": supported values: "Foreground", "Background", "Orphan", "nil"`,
      },
    ]);
  }
  const grace = fromBody['gracePeriodSeconds'];
  return {
    dryRun: dryRunOf(fromBody['dryRun']) || dryRunOf(call.query['dryRun']),
    propagationPolicy: policy ?? (orphan === undefined ? undefined : orphan === true ? 'Orphan' : 'Background'),
    gracePeriodSeconds: typeof grace === 'number' ? grace : integerOption(call, 'gracePeriodSeconds'),
    uid: textOf(preconditions['uid']),
    resourceVersion: textOf(preconditions['resourceVersion']),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

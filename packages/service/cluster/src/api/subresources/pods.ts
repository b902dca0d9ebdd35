import type { KubeObject } from '@sekisho/kube';
import type { Call, Result } from '../call.ts';
import { collectionId } from '../registry.ts';
import { type ServerContext, timestamp } from '../server-context.ts';
import { badRequest, conflict, type Status, StatusError } from '../status-error.ts';
import { dryRunOf } from '../verbs/options.ts';
import { published } from '../verbs/read.ts';
import { owned } from '../write/create.ts';
import { isRecord } from '../write/decode.ts';
import { remove } from '../write/delete.ts';
import { reviewedBody } from '../write/reviewed.ts';
import { liveOf } from '../write/update.ts';

const SUCCESS: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

/** POST /bindings, the older way: the pod is named in the body. */
export async function bindByBody(context: ServerContext, call: Call): Promise<Result> {
  const body = isRecord(call.request.body) ? call.request.body : {};
  const metadata = isRecord(body['metadata']) ? body['metadata'] : {};
  const resource = context.registry.find('', 'v1', 'pods');
  if (resource === undefined || typeof metadata['name'] !== 'string') throw badRequest('metadata.name: Required value');
  return bindPod(context, { ...call, resource, name: metadata['name'], subresource: 'binding' });
}

/** POST /pods/NAME/binding: the scheduler's decision, once. */
export async function bindPod(context: ServerContext, call: Call): Promise<Result> {
  const given = isRecord(call.request.body) ? call.request.body : {};
  liveOf(call);
  const body = await reviewedBody(context, call, { apiVersion: 'v1', kind: 'Binding' }, given);
  const target = isRecord(body['target']) ? body['target'] : {};
  const node = target['name'];
  if (typeof node !== 'string' || node === '') throw badRequest('target.name: Required value');
  const live = liveOf(call);
  const spec = (live.object['spec'] ?? {}) as Record<string, unknown>;
  const name = call.name ?? '';
  if (live.object.metadata.deletionTimestamp !== undefined)
    throw conflict(call.resource.info, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if ((spec['nodeName'] ?? '') !== '') {
    throw conflict(call.resource.info, name, `pod ${name} is already assigned to node "${String(spec['nodeName'])}"`);
  }
  const status = (live.object['status'] ?? {}) as { conditions?: Record<string, unknown>[] };
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(context.clock.now()),
  };
  const conditions = [
    ...(status.conditions ?? []).filter((condition) => condition['type'] !== 'PodScheduled'),
    scheduled,
  ];
  const next: KubeObject = owned({
    ...live.object,
    spec: { ...spec, nodeName: node },
    status: { ...status, conditions },
  });
  if (!dryRunOf(call.query['dryRun'])) await call.resource.collection.write(live.key, next);
  return { kind: 'value', status: 201, body: SUCCESS };
}

/** POST /pods/NAME/eviction: a deletion that a PodDisruptionBudget may refuse (429). */
export async function evictPod(context: ServerContext, call: Call): Promise<Result> {
  const given = isRecord(call.request.body) ? call.request.body : {};
  liveOf(call);
  const body = await reviewedBody(context, call, { apiVersion: 'policy/v1', kind: 'Eviction' }, given);
  const pod = liveOf(call);
  const budgets = context.storage
    .collection(collectionId('policy', 'poddisruptionbudgets'))
    .range(`${call.namespace ?? ''}/`);
  const labels = pod.object.metadata.labels ?? {};
  for (const budget of budgets) {
    const spec = (budget.object['spec'] ?? {}) as { selector?: { matchLabels?: Record<string, string> } };
    const selector = spec.selector?.matchLabels;
    if (selector === undefined || !Object.entries(selector).every(([key, value]) => labels[key] === value)) continue;
    const allowed = (budget.object['status'] as { disruptionsAllowed?: number } | undefined)?.disruptionsAllowed ?? 0;
    if (allowed <= 0) {
      const name = budget.object.metadata.name ?? '';
      throw new StatusError(
        429,
        'TooManyRequests',
        "Cannot evict pod as it would violate the pod's disruption budget.",
        {
          causes: [
            {
              reason: 'DisruptionBudget',
              message: `The disruption budget ${name} allows no more disruptions right now`,
            },
          ],
          retryAfterSeconds: 10,
        },
      );
    }
  }
  const deletion = { ...call, subresource: undefined, request: { ...call.request, body: body['deleteOptions'] } };
  // The eviction was reviewed: the deletion that it is made of is not, as upstream.
  await remove(context, deletion, { reviewed: true });
  return { kind: 'value', status: 201, body: SUCCESS };
}

/** GET /pods/NAME/log: nothing runs in a simulated pod, so the text says just that. */
export function podLog(_context: ServerContext, call: Call): Result {
  const pod = published(call).object;
  const spec = (pod['spec'] ?? {}) as {
    containers?: { name?: string; image?: string }[];
    initContainers?: { name?: string }[];
  };
  const names = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((container) => container.name ?? '');
  const container = call.query['container'] ?? names[0] ?? '';
  const name = pod.metadata.name ?? '';
  if (!names.includes(container)) throw badRequest(`container ${container} is not valid for pod ${name}`);
  const given = pod.metadata.annotations?.['sekisho.dev/simulated-log'];
  const text = given ?? `log of simulated pod ${name}, container ${container}: no process runs on this node`;
  return { kind: 'text', status: 200, text: `${text}\n`, contentType: 'text/plain' };
}

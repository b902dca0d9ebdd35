import type { KubeObject } from '@sekisho/kube';
import { z } from 'zod';

// The shapes that the HTTP API answers with: read by the OpenAPI document and, as types, by the console.

const text = z.string();
const time = z.string().meta({ description: 'RFC 3339, UTC.' });

export const problem = z
  .object({
    code: text.meta({ description: 'Stable; the same as the command line shows.' }),
    title: text,
    status: z.number().int(),
    hint: text.exactOptional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

export const condition = z.object({ type: text, message: text });

export const applicationRow = z
  .object({
    namespace: text.meta({ description: 'Of the Application object.' }),
    name: text,
    project: text,
    sync: text.meta({ description: 'Synced, OutOfSync or Unknown.' }),
    health: text.meta({ description: 'Healthy, Progressing, Suspended, Degraded, Missing or Unknown.' }),
    healthMessage: text.exactOptional(),
    operation: text
      .exactOptional()
      .meta({ description: 'Phase of the running or newest operation: Running, Succeeded, Failed …' }),
    operationMessage: text.exactOptional(),
    repo: text,
    path: text,
    targetRevision: text,
    sources: z
      .number()
      .int()
      .meta({ description: 'How many sources it has; `repo`, `path` and `targetRevision` are of the first.' }),
    revision: text.exactOptional().meta({ description: 'Deployed: of the newest release, else what was compared.' }),
    author: text.exactOptional().meta({ description: 'Of the deployed revision, as are message and committedAt.' }),
    message: text.exactOptional(),
    committedAt: time.exactOptional(),
    deployedAt: time.exactOptional(),
    createdAt: time,
    destination: z.object({ server: text.exactOptional(), name: text.exactOptional(), namespace: text }),
    autoSync: z.boolean(),
    drifted: z.number().int().meta({ description: 'Fields that differ because somebody changed the cluster.' }),
    gate: z
      .object({ deny: z.number().int(), warn: z.number().int() })
      .exactOptional()
      .meta({ description: 'What policies say of it before a sync; absent when none has a word about its objects.' }),
    held: text.exactOptional().meta({ description: 'Revisions that are not applied again until `resume`.' }),
    deleting: z.boolean().exactOptional(),
    conditions: z.array(condition),
    labels: z.record(z.string(), z.string()),
    resourceVersion: text,
  })
  .meta({ id: 'ApplicationRow', description: 'One application as lists show it.' });

export const kubeObject = z
  .looseObject({ apiVersion: text, kind: text, metadata: z.looseObject({ name: text.exactOptional() }) })
  .meta({
    id: 'KubeObject',
    description: 'A Kubernetes object as its API serves it, without managedFields.',
  }) as unknown as z.ZodType<KubeObject, KubeObject>;

export const facet = z.array(z.object({ value: text, count: z.number().int() }));

export const applicationList = z
  .object({
    items: z.array(applicationRow.extend({ application: kubeObject.exactOptional() })),
    total: z.number().int().meta({ description: 'Of all pages.' }),
    next: text.exactOptional().meta({ description: 'Cursor of the next page; absent on the last.' }),
    facets: z.object({
      project: facet,
      sync: facet,
      health: facet,
      cluster: facet,
      namespace: facet,
      repo: facet,
      gate: facet,
    }),
    eventId: text.meta({ description: 'Events after this id are newer than this list.' }),
  })
  .meta({ id: 'ApplicationList' });

export const windowState = z
  .object({
    allowed: z.boolean().meta({ description: 'Whether automated syncs may run now.' }),
    manualAllowed: z.boolean().meta({ description: 'Whether a sync that somebody asks for may run now.' }),
    reason: text.exactOptional().meta({ description: 'Why not: which window, until when.' }),
    nextChangeAt: time.exactOptional().meta({ description: 'When that may change, at the earliest.' }),
    active: z.array(
      z.object({ kind: z.enum(['allow', 'deny']), schedule: text, duration: text, timeZone: text, description: text }),
    ),
  })
  .meta({ id: 'SyncWindowState' });

export const notificationDelivery = z
  .object({
    id: text,
    trigger: text,
    service: text,
    recipient: text,
    application: z.object({ namespace: text, name: text, project: text }),
    text: text.meta({ description: 'What it says.' }),
    state: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.number().int(),
    lastError: text.exactOptional().meta({ description: 'Of the newest attempt that failed.' }),
    nextAt: time.exactOptional().meta({ description: 'When it is tried next, while it waits.' }),
    at: time.meta({ description: 'When it became due.' }),
    finishedAt: time.exactOptional(),
    fallbackOf: text.exactOptional().meta({ description: 'The delivery that this one stands in for.' }),
  })
  .meta({ id: 'NotificationDelivery' });

export const applicationDetail = z
  .object({
    row: applicationRow,
    application: kubeObject,
    windows: windowState.exactOptional().meta({ description: 'Absent when no sync window applies to it.' }),
    notifications: z
      .array(notificationDelivery)
      .exactOptional()
      .meta({ description: 'The newest deliveries about it.' }),
    eventId: text,
  })
  .meta({ id: 'ApplicationDetail' });

export const health = z.object({ status: text, message: text.exactOptional() });

export const treeNode = z
  .object({
    uid: text,
    parent: text.exactOptional().meta({ description: 'uid of the owner in this tree.' }),
    group: text,
    version: text,
    kind: text,
    namespace: text,
    name: text,
    createdAt: time,
    sync: text.exactOptional(),
    health: health.exactOptional(),
  })
  .meta({ id: 'TreeNode' });

export const fieldChange = z
  .object({
    path: text,
    kind: z.enum(['added', 'changed', 'removed']),
    from: z.unknown().optional().meta({ description: 'The live value.' }),
    to: z.unknown().optional().meta({ description: 'The desired value.' }),
  })
  .meta({ id: 'FieldChange', description: 'One difference, told from live to desired.' });

export const origin = z.looseObject({
  file: text,
  line: z.number().int().exactOptional(),
  column: z.number().int().exactOptional(),
});

export const resourceDiff = z
  .object({
    group: text,
    kind: text,
    namespace: text,
    name: text,
    change: z.enum(['create', 'update', 'prune']),
    origin: origin.exactOptional(),
    changes: z.array(fieldChange),
  })
  .meta({ id: 'ResourceDiff' });

const releaseFields = z.object({
  id: z.number().int(),
  namespace: text,
  app: text,
  revision: text,
  author: text,
  message: text,
  startedAt: time,
  finishedAt: time,
  initiatedBy: z.object({ username: text.exactOptional(), automated: z.literal(true).exactOptional() }),
  outcome: z.enum(['Succeeded', 'Failed', 'Error']),
  messageText: text,
});

export const release = releaseFields
  .extend({
    sources: z.unknown(),
    objects: z.array(z.object({ group: text, kind: text, namespace: text, name: text, digest: text })),
  })
  .meta({ id: 'Release', description: 'One applied (or attempted) revision of an application.' });

export const releaseNote = releaseFields
  .extend({ objectCount: z.number().int() })
  .meta({ id: 'ReleaseNote', description: 'A release without its objects.' });

export const kubeEvent = z
  .object({
    type: text,
    reason: text,
    message: text,
    count: z.number().int(),
    firstAt: time,
    lastAt: time,
    source: text,
    object: z.object({ kind: text, namespace: text, name: text, uid: text.exactOptional() }),
  })
  .meta({ id: 'Event' });

export const resourceDetail = z
  .object({
    desired: kubeObject.exactOptional().meta({ description: 'As it would be applied; values of Secrets are masked.' }),
    live: kubeObject.exactOptional().meta({ description: 'Values of Secrets are masked.' }),
    managers: z
      .array(
        z.object({ manager: text, operation: text, time: time.exactOptional(), subresource: text.exactOptional() }),
      )
      .meta({ description: 'Who wrote fields of the live object, from its managedFields.' }),
    origin: origin.exactOptional(),
    changes: z.array(fieldChange),
    sync: text.exactOptional(),
    health: health.exactOptional(),
    events: z.array(kubeEvent),
  })
  .meta({ id: 'ResourceDetail' });

export const resourceAction = z
  .object({
    action: text,
    title: text,
    destructive: z.boolean(),
    parameters: z.array(z.object({ name: text, value: text.exactOptional() })),
  })
  .meta({ id: 'ResourceAction' });

export const operationStarted = z
  .object({ operationId: text, application: kubeObject })
  .meta({ id: 'OperationStarted' });

export const applicationSummary = z
  .object({
    total: z.number().int(),
    bySync: z.record(z.string(), z.number().int()),
    byHealth: z.record(z.string(), z.number().int()),
    running: z.number().int().meta({ description: 'Operations that run now.' }),
    drifted: z.number().int(),
    held: z.number().int(),
  })
  .meta({ id: 'ApplicationSummary' });

export const overview = z
  .object({
    applications: applicationSummary,
    changes: z.array(releaseNote).meta({ description: 'Newest releases.' }),
    drift: z.array(z.unknown()).meta({ description: 'Newest drift.' }),
    needAttention: z.array(applicationRow),
    notifications: z.unknown().optional(),
  })
  .meta({ id: 'Overview' });

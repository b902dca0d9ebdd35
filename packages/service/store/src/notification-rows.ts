import type { Insertable, Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { NewNotification, NotificationState, StoredNotification } from './notification-types.ts';
import { json, storable, time } from './values.ts';

export type MessageRow = Selectable<Database['sekisho.notifications']>;

export function toMessageRow(
  { trigger, key, service, recipient, text, fields, incident }: NewNotification,
  about: {
    id: string;
    application: { namespace: string; app: string; project: string };
    cameTrue: number;
    now: string;
    giveUpAt: string;
    incidentId?: number;
    fallbackOf?: string;
  },
): Insertable<Database['sekisho.notifications']> {
  const { id, application, cameTrue, now, giveUpAt, incidentId, fallbackOf } = about;
  return {
    id,
    namespace: storable(application.namespace),
    app: storable(application.app),
    project: storable(application.project),
    trigger: storable(trigger),
    service: storable(service),
    recipient: storable(recipient),
    key: storable(key),
    came_true: cameTrue,
    message: storable(text),
    fields: json(fields),
    incident: incident ?? null,
    incident_id: incidentId ?? null,
    fallback_of: fallbackOf ?? null,
    state: 'pending',
    attempts: 0,
    created_at: time(now),
    next_at: time(now),
    give_up_at: time(giveUpAt),
  };
}

export function fromMessageRow(row: MessageRow): StoredNotification {
  return {
    id: row.id,
    seq: Number(row.seq),
    namespace: row.namespace,
    app: row.app,
    project: row.project,
    trigger: row.trigger,
    service: row.service,
    recipient: row.recipient,
    key: row.key,
    text: row.message,
    fields: row.fields as StoredNotification['fields'],
    state: row.state as NotificationState,
    attempts: Number(row.attempts),
    createdAt: row.created_at.toISOString(),
    nextAt: row.next_at.toISOString(),
    giveUpAt: row.give_up_at.toISOString(),
    ...(row.incident === null ? {} : { incident: row.incident as 'open' | 'close' }),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at.toISOString() }),
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    ...(row.incident_id === null ? {} : { incidentId: Number(row.incident_id) }),
    ...(row.fallback_of === null ? {} : { fallbackOf: row.fallback_of }),
  };
}

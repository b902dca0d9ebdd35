import type { ColumnType, Generated } from 'kysely';

type Time = ColumnType<Date, string, string>;
/** Written as text, read as a value. */
type Json = ColumnType<unknown, string, string>;

type OptionalTime = ColumnType<Date | null, string | null | undefined, string>;

/** The tables, as kysely sees them. */
export interface Database {
  'sekisho.migrations': { id: number; name: string; hash: string; applied_at: Generated<Date> };
  'sekisho.audit': {
    seq: ColumnType<string | number | bigint, number, never>;
    id: string;
    at: Time;
    actor: string;
    action: string;
    object_type: string;
    project: string;
    namespace: string;
    name: string;
    outcome: string;
    revision: string;
    entry: string;
    hash: string;
  };
  'sekisho.passwords': { account: string; stored: string; changed_at: Time };
  'sekisho.api_tokens': {
    id: string;
    account: string;
    hash: string;
    description: string;
    scope: Json;
    created_by: string;
    created_at: Time;
    expires_at: OptionalTime;
    last_used_at: OptionalTime;
    last_used_from: ColumnType<string | null, string | null | undefined, string>;
  };
  'sekisho.sessions': {
    hash: string;
    user_name: string;
    groups: Json;
    method: string;
    token_id: string | null;
    scope: Json;
    address: string;
    agent: string;
    created_at: Time;
    last_seen_at: Time;
    expires_at: Time;
  };
  'sekisho.drift': {
    namespace: string;
    app: string;
    project: string;
    object_group: string;
    object_kind: string;
    object_namespace: string;
    object_name: string;
    path: string;
    git_value: Json;
    live_value: Json;
    manager: string;
    operation: string;
    subresource: string;
    since: Time;
    healed_at: ColumnType<Date | null, string | null, string | null>;
    times: number;
    policy: string;
  };
  'sekisho.violations': {
    id: string;
    from_at: Time;
    until_at: ColumnType<Date | null, string | null, string | null>;
    since: Time;
    cluster: string;
    object_group: string;
    object_kind: string;
    object_namespace: string;
    object_name: string;
    policy_id: string;
    rule: string;
    slot: number;
    decision: string;
    severity: string;
    message: string;
    app_namespace: string;
    app: string;
    project: string;
  };
  'sekisho.notification_memory': {
    namespace: string;
    app: string;
    uid: string;
    version: ColumnType<string | number | bigint, number, never>;
    keys: Json;
  };
  'sekisho.notification_incidents': {
    id: ColumnType<string | number | bigint, never, never>;
    namespace: string;
    app: string;
    service: string;
    recipient: string;
    thread: ColumnType<unknown, string | null | undefined, string>;
    opened_at: Time;
    closed_at: OptionalTime;
  };
  'sekisho.notifications': {
    id: string;
    seq: ColumnType<string | number | bigint, never, never>;
    namespace: string;
    app: string;
    project: string;
    trigger: string;
    service: string;
    recipient: string;
    key: string;
    came_true: ColumnType<string | number | bigint, number, never>;
    message: string;
    fields: Json;
    incident: string | null;
    incident_id: ColumnType<string | number | bigint | null, number | null, never>;
    fallback_of: string | null;
    state: string;
    attempts: number;
    created_at: Time;
    next_at: Time;
    give_up_at: Time;
    lease_until: ColumnType<Date | null, string | null | undefined, string | null>;
    finished_at: ColumnType<Date | null, string | null | undefined, string | null>;
    last_error: ColumnType<string | null, string | null | undefined, string>;
  };
  'sekisho.releases': {
    /** bigint: text from one driver, a number from the other. */
    id: ColumnType<string | number | bigint, never, never>;
    namespace: string;
    app: string;
    revision: string;
    author: string;
    message: string;
    started_at: Time;
    finished_at: Time;
    initiated_by: Json;
    outcome: string;
    message_text: string;
    sources: Json;
    objects: Json;
  };
}

import { defined } from '@sekisho/base';
import type { DriftRecord } from '@sekisho/store';
import { formatObjectKey } from '@sekisho/sync';
import type { DriftItem } from './drift-item.ts';

/** When it began: the manager's last write, unless its clock is ahead. */
export function beginning(changedAt: string | undefined, now: number): string {
  const time = Date.parse(changedAt ?? '');
  return new Date(Number.isFinite(time) ? Math.min(time, now) : now).toISOString();
}

export function idOf(key: string, { object, path }: Pick<DriftItem, 'path'> & { object: DriftItem['object'] }): string {
  return `${key} ${formatObjectKey(object)} ${path}`;
}

export function recordOf(item: DriftItem, times: number): DriftRecord {
  const { application, object, path, from, to, manager, operation, subresource, since, healedAt, policy } = item;
  return {
    namespace: application.namespace,
    app: application.name,
    project: application.project,
    object,
    path,
    ...defined({ from, to, manager, operation, subresource, healedAt }),
    since,
    times,
    policy,
  };
}

export function itemOf(record: DriftRecord): DriftItem {
  const { namespace, app, project, times, policy, ...rest } = record;
  return {
    application: { namespace, name: app, project },
    ...rest,
    count: times,
    policy: policy === 'heal' || policy === 'alert' ? policy : 'report',
  };
}

export function asItem(record: DriftRecord | undefined): DriftItem | undefined {
  return record === undefined ? undefined : itemOf(record);
}

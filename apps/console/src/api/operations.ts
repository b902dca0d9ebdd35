import { request, toQuery } from './request.ts';
import type {
  Account,
  AuditPage,
  AuditVerification,
  NotificationState,
  Overview,
  ProjectDetail,
  ProjectRow,
  Repository,
} from './types.ts';

export const getOverview = (signal: AbortSignal) => request<Overview>('/api/v1/overview', { signal });

export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly object?: string;
  readonly since?: string;
  readonly until?: string;
  readonly search?: string;
}
export const listAudit = (filter: AuditFilter, cursor: string | undefined, signal: AbortSignal) =>
  request<AuditPage>(
    `/api/v1/audit${toQuery({ ...filter, object: undefined, name: filter.object, cursor, limit: 100 })}`,
    { signal },
  );
export const verifyAudit = (signal: AbortSignal) => request<AuditVerification>('/api/v1/audit/verify', { signal });

export const listProjects = async (signal: AbortSignal) =>
  (await request<{ items: readonly ProjectRow[] }>('/api/v1/projects', { signal })).items;
export const getProject = (name: string, signal: AbortSignal) =>
  request<ProjectDetail>(`/api/v1/projects/${encodeURIComponent(name)}`, { signal });

export const listRepositories = async (signal: AbortSignal) =>
  (await request<{ items: readonly Repository[] }>('/api/v1/repositories', { signal })).items;

export interface DeliveryFilter {
  readonly state?: string;
  /** `namespace/name`. */
  readonly application?: string;
}
export const getNotifications = (filter: DeliveryFilter, cursor: string | undefined, signal: AbortSignal) =>
  request<NotificationState>(`/api/v1/notifications${toQuery({ ...filter, cursor })}`, { signal });
export const testNotification = (service: string, recipient: string, trigger: string) =>
  request<{ readonly text: string }>('/api/v1/notifications/test', {
    method: 'POST',
    body: { service, recipient, ...(trigger === '' ? {} : { trigger }) },
  });
export const retryDelivery = (id: string) =>
  request(`/api/v1/notifications/deliveries/${encodeURIComponent(id)}/retry`, { method: 'POST', body: {} });

export const listAccounts = async (signal: AbortSignal) =>
  (await request<{ items: readonly Account[] }>('/api/v1/accounts', { signal })).items;
export const createToken = (account: string, wish: { readonly description: string; readonly expiresIn: string }) =>
  request<{ token: string; id?: string }>(`/api/v1/accounts/${encodeURIComponent(account)}/tokens`, {
    method: 'POST',
    body: wish,
  });
export const deleteToken = (account: string, id: string) =>
  request(`/api/v1/accounts/${encodeURIComponent(account)}/tokens/${encodeURIComponent(id)}`, { method: 'DELETE' });
export const changePassword = (account: string, currentPassword: string, newPassword: string) =>
  request(`/api/v1/accounts/${encodeURIComponent(account)}/password`, {
    method: 'POST',
    body: { newPassword, ...(currentPassword === '' ? {} : { currentPassword }) },
  });

/** Whether the signed-in user may do something; asked of the server, so that a button can say why not. */
export const canI = async (resource: string, action: string, object: string, signal: AbortSignal) => {
  const answer = await request<{ allowed?: boolean; reason?: string; value?: string }>(
    `/api/v1/can-i${toQuery({ resource, action, object })}`,
    { signal },
  );
  return { allowed: answer.allowed ?? answer.value === 'yes', reason: answer.reason };
};

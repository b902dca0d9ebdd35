import type { ApplicationName } from './applications.ts';
import type {
  ApplicationVerdicts,
  Grouping,
  ObjectVerdicts,
  PolicyDetail,
  PolicyList,
  SubjectRef,
  ViolationFacet,
  ViolationGroup,
  ViolationHistory,
  ViolationPage,
  WaiverRow,
} from './gates.ts';
import { request, toQuery } from './request.ts';

export const listPolicies = (signal: AbortSignal) => request<PolicyList>('/api/v1/policies', { signal });

export const getPolicy = (id: string, signal: AbortSignal) =>
  request<PolicyDetail>(`/api/v1/policies/${encodeURIComponent(id)}`, { signal });

export const listWaivers = async (signal: AbortSignal) =>
  (await request<{ items: readonly WaiverRow[] }>('/api/v1/waivers', { signal })).items;

/** Lists of values mean "any of". */
export type ViolationFilter = { readonly [F in ViolationFacet]?: readonly string[] } & {
  readonly q?: string;
  readonly sort?: string;
};

export const listViolations = (
  filter: ViolationFilter,
  page: { readonly limit: number; readonly cursor?: string | undefined },
  signal: AbortSignal,
) => request<ViolationPage>(`/api/v1/violations${toQuery({ ...filter, ...page })}`, { signal });

export const groupViolations = async (by: Grouping | 'waiver', filter: ViolationFilter, signal: AbortSignal) =>
  (
    await request<{ items: readonly ViolationGroup[] }>(
      `/api/v1/violations/groups${toQuery({ ...filter, sort: undefined, by })}`,
      { signal },
    )
  ).items;

export const getViolationHistory = (policy: string | undefined, days: number, signal: AbortSignal) =>
  request<ViolationHistory>(`/api/v1/violations/history${toQuery({ policy, days })}`, { signal });

/** What is said of this object now. */
export const getObjectVerdicts = (object: SubjectRef, signal: AbortSignal) => {
  const { cluster, group, kind, namespace, name } = object;
  const query = toQuery({ cluster, group, kind, namespace, name });
  return request<ObjectVerdicts>(`/api/v1/objects/verdicts${query}`, { signal });
};

export const getApplicationVerdicts = ({ namespace, name }: ApplicationName, signal: AbortSignal) =>
  request<ApplicationVerdicts>(
    `/api/v1/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/verdicts`,
    { signal },
  );

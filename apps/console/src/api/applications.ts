import { request, requestText, toQuery } from './request.ts';
import type {
  ApplicationDetail,
  ApplicationDiff,
  ApplicationPage,
  DriftItem,
  KubeEvent,
  Release,
  ResourceDetail,
  ResourceRef,
  RollbackState,
  TreeNode,
} from './types.ts';

export interface ApplicationName {
  readonly namespace: string;
  readonly name: string;
}

/** Filters, sort and search of the list; lists of values mean "any of". */
export interface ApplicationFilter {
  readonly search?: string;
  readonly sync?: readonly string[];
  readonly health?: readonly string[];
  readonly gate?: readonly string[];
  readonly project?: readonly string[];
  readonly cluster?: readonly string[];
  readonly namespace?: readonly string[];
  readonly repo?: readonly string[];
  readonly label?: readonly string[];
  readonly sort?: string;
}

export function listApplications(
  filter: ApplicationFilter,
  page: { readonly limit: number; readonly cursor?: string | undefined },
  signal: AbortSignal,
): Promise<ApplicationPage> {
  return request(`/api/v1/applications${toQuery({ ...filter, ...page })}`, { signal });
}

const at = ({ namespace, name }: ApplicationName, part = '') =>
  `/api/v1/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}${part}`;
const items = <T>(answer: { readonly items: readonly T[] }): readonly T[] => answer.items;

export const getApplication = (app: ApplicationName, signal: AbortSignal) =>
  request<ApplicationDetail>(at(app), { signal });

export const getTree = async (app: ApplicationName, signal: AbortSignal) =>
  (await request<{ nodes: readonly TreeNode[] }>(at(app, '/tree'), { signal })).nodes;

export const getDiff = (app: ApplicationName, revision: string | undefined, signal: AbortSignal) =>
  request<ApplicationDiff>(at(app, `/diff${toQuery({ revision })}`), { signal });

export const getResource = (app: ApplicationName, { group, kind, namespace, name }: ResourceRef, signal: AbortSignal) =>
  request<ResourceDetail>(at(app, `/resource${toQuery({ group, kind, namespace, name })}`), { signal });

export const getDrift = async (app: ApplicationName, signal: AbortSignal) =>
  items(await request<{ items: readonly DriftItem[] }>(at(app, '/drift'), { signal }));

export const getEvents = async (app: ApplicationName, signal: AbortSignal) =>
  items(await request<{ items: readonly KubeEvent[] }>(at(app, '/events'), { signal }));

export const getHistory = (app: ApplicationName, before: number | undefined, signal: AbortSignal) =>
  request<{ items: readonly Release[]; next?: number }>(at(app, `/history${toQuery({ limit: 50, before })}`), {
    signal,
  });

export const getLogs = (app: ApplicationName, pod: string, container: string | undefined, signal: AbortSignal) =>
  requestText(at(app, `/logs${toQuery({ pod, container, tail: 500 })}`), { signal });

export interface SyncWish {
  readonly revision?: string;
  readonly prune: boolean;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly strategy?: string;
  readonly options?: readonly string[];
  readonly resources?: readonly ResourceRef[];
}

const post = <T = unknown>(app: ApplicationName, part: string, body: unknown = {}) =>
  request<T>(at(app, part), { method: 'POST', body });

export const syncApplication = (app: ApplicationName, wish: SyncWish) => post(app, '/sync', wish);
export const refreshApplication = (app: ApplicationName, hard: boolean) => post(app, '/refresh', { hard });
export const terminateOperation = (app: ApplicationName) => post(app, '/terminate');
export const confirmOperation = (app: ApplicationName) => post(app, '/confirm');
export const resumeApplication = (app: ApplicationName, revision?: string) =>
  post(app, '/resume', revision === undefined ? {} : { revision });

export interface RollbackWish {
  readonly id: number;
  readonly reason: string;
  readonly pullRequest?: boolean;
}
export const rollbackApplication = (app: ApplicationName, wish: RollbackWish) =>
  post<RollbackState>(app, '/rollback', wish);

export interface ResourceAction {
  readonly action: string;
  readonly title: string;
  readonly destructive: boolean;
  readonly parameters: readonly { readonly name: string; readonly value?: string }[];
}
export const listActions = async (
  app: ApplicationName,
  { group, kind, namespace, name }: ResourceRef,
  signal: AbortSignal,
) =>
  items(
    await request<{ items: readonly ResourceAction[] }>(
      at(app, `/actions${toQuery({ group, kind, namespace, name })}`),
      { signal },
    ),
  );
export const runAction = (
  app: ApplicationName,
  { group, kind, namespace, name }: ResourceRef,
  action: string,
  parameters: Readonly<Record<string, string>>,
) => post(app, '/actions', { group, kind, namespace, name, action, parameters });

export const deleteApplication = (app: ApplicationName, cascade: boolean) =>
  request(at(app, `?cascade=${cascade}`), { method: 'DELETE' });

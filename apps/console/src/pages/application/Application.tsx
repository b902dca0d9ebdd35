import { Badge, PageSection, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useMemo } from 'react';
import { type ApplicationName, getApplication, getDiff, getTree } from '../../api/applications.ts';
import { getApplicationVerdicts } from '../../api/policies.ts';
import { ApiError } from '../../api/request.ts';
import type { ApplicationDetail, ResourceRef } from '../../api/types.ts';
import { useKeys } from '../../components/keyboard.ts';
import { Empty, Failure, Loading } from '../../components/Nothing.tsx';
import { useLive } from '../../live/live.tsx';
import { newestRow, rowKey } from '../../live/row-store.ts';
import { Diff } from './Diff.tsx';
import { Events } from './Events.tsx';
import { Header } from './Header.tsx';
import { History } from './History.tsx';
import { Logs } from './Logs.tsx';
import { Notifications } from './Notifications.tsx';
import { ResourceList } from './ResourceList.tsx';
import { ResourcePanel } from './ResourcePanel.tsx';
import { parseResourceKey, resourceKey } from './resource-key.ts';
import { Sources } from './Sources.tsx';
import { type Part, VIEWS, type View } from './search.ts';
import { Verdicts } from './Verdicts.tsx';

const ResourceGraph = lazy(() => import('./graph/ResourceGraph.tsx'));

const TITLES: Readonly<Record<View, string>> = {
  graph: 'Graph',
  list: 'List',
  diff: 'Diff',
  verdicts: 'Verdicts',
  events: 'Events',
  history: 'History',
  logs: 'Logs',
  sources: 'Sources',
  notifications: 'Notifications',
};

/** After a change of the application its parts are read again this much later, and not more often. */
const REFRESH_MS = 800;

/** What runs, is it what git says, why not? */
export function Application() {
  const params = useParams({ from: '/applications/$namespace/$name' });
  const app = useMemo((): ApplicationName => ({ namespace: params.namespace, name: params.name }), [params]);
  useRefreshOnChange(app);
  const detail = useQuery({
    queryKey: ['application', rowKey(app), 'detail'],
    queryFn: ({ signal }) => getApplication(app, signal),
  });
  if (detail.isPending) {
    return (
      <PageSection isFilled>
        <Loading what={`application ${app.name}`} lines={6} />
      </PageSection>
    );
  }
  if (detail.data === undefined) {
    return (
      <PageSection isFilled>
        {detail.error instanceof ApiError && detail.error.status === 404 ? (
          <Empty title={`There is no application ${app.name}`} command="sekisho app list -A">
            It was deleted, or never was in namespace {app.namespace}.
          </Empty>
        ) : (
          <Failure error={detail.error} what={`Application ${app.name}`} retry={() => void detail.refetch()} />
        )}
      </PageSection>
    );
  }
  return <Loaded key={rowKey(app)} app={app} detail={detail.data} />;
}

function Loaded({ app, detail: read }: { app: ApplicationName; detail: ApplicationDetail }) {
  const search = useSearch({ from: '/applications/$namespace/$name' });
  const navigate = useNavigate({ from: '/applications/$namespace/$name' });
  const { rows } = useLive();
  const row = newestRow(read.row, rows.get(rowKey(app))) ?? read.row;
  const detail = { ...read, row };
  const view = search.view ?? 'graph';
  const resource = search.resource === undefined ? undefined : parseResourceKey(search.resource);

  const tree = useQuery({
    queryKey: ['application', rowKey(app), 'tree'],
    queryFn: ({ signal }) => getTree(app, signal),
  });
  const diff = useQuery({
    queryKey: ['application', rowKey(app), 'diff'],
    queryFn: ({ signal }) => getDiff(app, undefined, signal),
    enabled: view === 'diff' || row.sync !== 'Synced',
  });

  const verdicts = useQuery({
    queryKey: ['application', rowKey(app), 'verdicts'],
    queryFn: ({ signal }) => getApplicationVerdicts(app, signal),
    enabled: view === 'verdicts',
  });

  const open = useCallback(
    (ref: ResourceRef) => void navigate({ search: (before) => ({ ...before, resource: resourceKey(ref) }) }),
    [navigate],
  );
  const openVerdicts = useCallback(
    (ref: ResourceRef) =>
      void navigate({ search: (before) => ({ ...before, resource: resourceKey(ref), part: 'verdicts' }) }),
    [navigate],
  );
  const showPart = useCallback(
    (part: Part) => void navigate({ search: (before) => ({ ...before, part }), replace: true }),
    [navigate],
  );
  const close = useCallback(
    () => void navigate({ search: ({ resource: _closed, part: _part, ...rest }) => rest }),
    [navigate],
  );
  const showLogs = useCallback((pod: string) => void navigate({ search: { view: 'logs', pod } }), [navigate]);
  useKeys(useMemo(() => ({ Escape: close }), [close]));

  const nodes = tree.data ?? [];
  const badges: { readonly [V in View]?: { readonly count: number; readonly of: string } } = {
    diff: { count: diff.data?.resources.length ?? 0, of: 'differing objects' },
    verdicts: { count: (row.gate?.deny ?? 0) + (row.gate?.warn ?? 0), of: 'verdicts' },
  };
  return (
    <PageSection
      className="sk-application"
      isFilled
      padding={{ default: 'noPadding' }}
      aria-label={`Application ${app.name}`}
    >
      <Header app={app} detail={detail} differing={diff.data} nodes={nodes} />
      <Tabs
        activeKey={view}
        onSelect={(_event, key) => void navigate({ search: key === 'graph' ? {} : { view: key as View } })}
        aria-label="Views of the application"
        className="sk-tabs"
        inset={{ default: 'insetLg' }}
      >
        {VIEWS.map((key) => {
          const badge = badges[key];
          return (
            <Tab
              key={key}
              eventKey={key}
              tabContentId="view"
              title={
                <TabTitleText>
                  {TITLES[key]}
                  {badge === undefined || badge.count === 0 ? null : (
                    <>
                      {' '}
                      <Badge isRead screenReaderText={badge.of}>
                        {badge.count}
                      </Badge>
                    </>
                  )}
                </TabTitleText>
              }
            />
          );
        })}
      </Tabs>
      <div className="sk-application-body">
        <div className="sk-application-view" id="view">
          {view === 'graph' || view === 'list' ? (
            tree.isPending ? (
              <Loading what="its resources" />
            ) : tree.data === undefined ? (
              <Failure error={tree.error} what="Its resources" retry={() => void tree.refetch()} />
            ) : nodes.length === 0 ? (
              <NothingMade app={app} cannot={row.conditions.some(({ type }) => type.endsWith('Error'))} />
            ) : view === 'graph' ? (
              <Suspense fallback={<Loading what="the resource graph" />}>
                <ResourceGraph applicationName={app.name} nodes={nodes} open={search.resource} onOpen={open} />
              </Suspense>
            ) : (
              <ResourceList nodes={nodes} open={search.resource} onOpen={open} />
            )
          ) : null}
          {view === 'diff' ? <Diff app={app} diff={diff} selected={resource} onSelect={open} /> : null}
          {view === 'verdicts' ? <Verdicts app={app} verdicts={verdicts} onOpen={openVerdicts} /> : null}
          {view === 'events' ? <Events app={app} /> : null}
          {view === 'history' ? <History app={app} detail={detail} /> : null}
          {view === 'logs' ? <Logs app={app} nodes={nodes} pod={search.pod} onPod={showLogs} /> : null}
          {view === 'sources' ? <Sources detail={detail} /> : null}
          {view === 'notifications' ? <Notifications app={app} detail={detail} /> : null}
        </div>
        {resource !== undefined && view !== 'diff' ? (
          <ResourcePanel
            key={search.resource}
            app={app}
            resource={resource}
            row={row}
            part={search.part ?? 'live'}
            onPart={showPart}
            onClose={close}
            onLogs={showLogs}
          />
        ) : null}
      </div>
    </PageSection>
  );
}

function NothingMade({ app, cannot }: { app: ApplicationName; cannot: boolean }) {
  return cannot ? (
    <Empty title="It has made nothing yet">What is said above keeps it from being applied.</Empty>
  ) : (
    <Empty title="It has made nothing yet" command={`sekisho app sync ${app.name}`}>
      A sync applies what git says.
    </Empty>
  );
}

/** Reads all parts of an application again soon after an event about it. */
function useRefreshOnChange(app: ApplicationName): void {
  const { rows } = useLive();
  const queries = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = rows.subscribe(rowKey(app), () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey: ['application', rowKey(app)] });
      }, REFRESH_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [app, rows, queries]);
}

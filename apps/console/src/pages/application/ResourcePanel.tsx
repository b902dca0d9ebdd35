import {
  Button,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  Tab,
  Tabs,
  TabTitleText,
  Title,
} from '@patternfly/react-core';
import TimesIcon from '@patternfly/react-icons/dist/esm/icons/times-icon';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
  type ApplicationName,
  getResource,
  listActions,
  type ResourceAction,
  runAction,
} from '../../api/applications.ts';
import type { ResourceDetail, ResourceRef } from '../../api/types.ts';
import { Failure, InlineFailure, Loading } from '../../components/Nothing.tsx';
import { State } from '../../components/State.tsx';
import { Time } from '../../components/Time.tsx';
import { toYaml } from '../../format/yaml.ts';
import { rowKey } from '../../live/row-store.ts';
import { useMay } from '../../shell/session.ts';
import { SideBySide } from './diff/SideBySide.tsx';
import { EventTable } from './Events.tsx';
import { FieldTable } from './FieldTable.tsx';
import { resourceKey } from './resource-key.ts';

interface Props {
  readonly app: ApplicationName;
  readonly resource: ResourceRef;
  readonly project: string;
  onClose(): void;
  onLogs(pod: string): void;
}

/** One resource beside the graph: how it is, what it should be, what happened to it, what can be done. */
export function ResourcePanel({ app, resource, project, onClose, onLogs }: Props) {
  const [tab, setTab] = useState('live');
  const detail = useQuery({
    queryKey: ['application', rowKey(app), 'resource', resourceKey(resource)],
    queryFn: ({ signal }) => getResource(app, resource, signal),
  });
  return (
    <aside className="sk-panel" aria-label={`${resource.kind} ${resource.name}`}>
      <div className="sk-panel-head">
        <div className="sk-panel-titles">
          <Title headingLevel="h2" size="lg">
            {resource.name}
          </Title>
          <div className="sk-cell-sub">
            {resource.kind}
            {resource.group === '' ? '' : ` · ${resource.group}`}
            {resource.namespace === '' ? '' : ` · ${resource.namespace}`}
          </div>
        </div>
        <Button variant="plain" aria-label="Close the panel" icon={<TimesIcon />} onClick={onClose} />
      </div>
      {detail.isPending ? <Loading what={resource.name} /> : null}
      {detail.isError ? (
        <Failure error={detail.error} what={`${resource.kind} ${resource.name}`} retry={() => void detail.refetch()} />
      ) : null}
      {detail.data === undefined ? null : (
        <>
          <div className="sk-panel-states">
            {detail.data.health === undefined ? null : <State kind="health" value={detail.data.health.status} />}
            {detail.data.sync === undefined ? null : <State kind="sync" value={detail.data.sync} />}
            {detail.data.health?.message === undefined ? null : (
              <span className="sk-muted">{detail.data.health.message}</span>
            )}
          </div>
          <Actions app={app} resource={resource} project={project} onLogs={onLogs} />
          <Tabs
            activeKey={tab}
            onSelect={(_event, key) => setTab(String(key))}
            aria-label="Parts of the resource"
            className="sk-tabs"
          >
            <Tab
              eventKey="live"
              title={<TabTitleText>{detail.data.live === undefined ? 'In git' : 'Live'}</TabTitleText>}
            />
            <Tab eventKey="diff" title={<TabTitleText>Diff</TabTitleText>} />
            <Tab eventKey="events" title={<TabTitleText>Events</TabTitleText>} />
            <Tab eventKey="managers" title={<TabTitleText>Managers</TabTitleText>} />
          </Tabs>
          <div className="sk-panel-body">
            <Part tab={tab} detail={detail.data} />
          </div>
        </>
      )}
    </aside>
  );
}

function Part({ tab, detail }: { tab: string; detail: ResourceDetail }) {
  const { desired, live, changes, events, managers = [], origin } = detail;
  switch (tab) {
    case 'diff':
      return (
        <>
          {changes.length === 0 ? null : <FieldTable changes={changes} drift={[]} />}
          <SideBySide desired={desired} live={live} />
        </>
      );
    case 'events':
      return events.length === 0 ? (
        <p className="sk-muted">Kubernetes has told nothing of it lately.</p>
      ) : (
        <EventTable events={events} isNarrow />
      );
    case 'managers':
      return (
        <ul className="sk-list">
          {origin?.file === undefined ? null : (
            <li>
              <div>
                In git: <code>{`${origin.file}${origin.line === undefined ? '' : `:${origin.line}`}`}</code>
              </div>
            </li>
          )}
          {managers.map(({ manager, operation, time, subresource }) => (
            <li key={`${manager}${operation}${subresource ?? ''}`}>
              <div className="sk-list-line">
                <strong>{manager}</strong>
                <Time value={time} />
              </div>
              <div className="sk-cell-sub">
                {operation}
                {subresource === undefined ? '' : ` of ${subresource}`}
              </div>
            </li>
          ))}
        </ul>
      );
    default:
      return <pre className="sk-yaml">{toYaml(live ?? desired ?? {})}</pre>;
  }
}

function Actions({ app, resource, project, onLogs }: Omit<Props, 'onClose'>) {
  const [asked, setAsked] = useState<ResourceAction>();
  const actions = useQuery({
    queryKey: ['actions', rowKey(app), resourceKey(resource)],
    queryFn: ({ signal }) => listActions(app, resource, signal),
    retry: false,
  });
  const { allowed, reason } = useMay(
    'applications',
    `action/${resource.group}/${resource.kind}/*`,
    `${project}/${app.name}`,
  );
  const run = useMutation({
    mutationFn: (action: string) => runAction(app, resource, action),
    onSuccess: () => setAsked(undefined),
  });
  const items = actions.data ?? [];
  if (items.length === 0 && resource.kind !== 'Pod') return null;
  return (
    <div className="sk-panel-actions">
      {resource.kind === 'Pod' ? (
        <Button variant="secondary" size="sm" onClick={() => onLogs(resource.name)}>
          Logs
        </Button>
      ) : null}
      {items.map((action) => (
        <Button
          key={action.action}
          variant="secondary"
          size="sm"
          isDanger={action.destructive}
          isAriaDisabled={!allowed}
          title={allowed ? '' : (reason ?? '')}
          onClick={() => setAsked(action)}
        >
          {action.title}
        </Button>
      ))}
      {run.isSuccess && asked === undefined ? <span className="sk-muted">Done.</span> : null}
      {asked === undefined ? null : (
        <Modal variant="small" isOpen onClose={() => setAsked(undefined)} aria-labelledby="action-title">
          <ModalHeader
            title={`${asked.title} ${resource.kind} ${resource.name}?`}
            labelId="action-title"
            {...(asked.destructive ? { titleIconVariant: 'warning' as const } : {})}
          />
          <ModalBody>
            {run.isError ? <InlineFailure error={run.error} title="Not done" /> : null}
            This changes 1 object in {resource.namespace || 'the cluster'} directly, not in git.
          </ModalBody>
          <ModalFooter>
            <Button
              variant={asked.destructive ? 'danger' : 'primary'}
              onClick={() => run.mutate(asked.action)}
              isLoading={run.isPending}
            >
              {asked.title}
            </Button>
            <Button variant="link" onClick={() => setAsked(undefined)}>
              Cancel
            </Button>
          </ModalFooter>
        </Modal>
      )}
    </div>
  );
}

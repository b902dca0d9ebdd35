import {
  Button,
  Form,
  FormGroup,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  Tab,
  Tabs,
  TabTitleText,
  TextInput,
  Title,
  Tooltip,
} from '@patternfly/react-core';
import TimesIcon from '@patternfly/react-icons/dist/esm/icons/times-icon';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import {
  type ApplicationName,
  getResource,
  listActions,
  type ResourceAction,
  runAction,
} from '../../api/applications.ts';
import type { ApplicationRow, ResourceDetail, ResourceRef } from '../../api/types.ts';
import { ObjectVerdicts } from '../../components/gates/ObjectVerdicts.tsx';
import { Failure, InlineFailure, Loading } from '../../components/Nothing.tsx';
import { State } from '../../components/State.tsx';
import { Time } from '../../components/Time.tsx';
import { Yaml } from '../../components/Yaml.tsx';
import { clusterName } from '../../format/text.ts';
import { rowKey } from '../../live/row-store.ts';
import { objectOf, useMay } from '../../shell/session.ts';
import { SideBySide } from './diff/SideBySide.tsx';
import { EventTable } from './Events.tsx';
import { FieldTable } from './FieldTable.tsx';
import { resourceKey } from './resource-key.ts';
import { PARTS, type Part } from './search.ts';

interface Props {
  readonly app: ApplicationName;
  readonly resource: ResourceRef;
  readonly row: ApplicationRow;
  readonly part: Part;
  onPart(part: Part): void;
  onClose(): void;
  onLogs(pod: string): void;
}

const TITLES: Readonly<Record<Part, string>> = {
  live: 'Live',
  diff: 'Diff',
  verdicts: 'Verdicts',
  events: 'Events',
  managers: 'Managers',
};

/** One resource beside the graph: how it is, what it should be, what happened to it, what can be done. */
export function ResourcePanel({ app, resource, row, part, onPart, onClose, onLogs }: Props) {
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
          <Actions app={app} resource={resource} project={row.project} onLogs={onLogs} />
          <Tabs
            activeKey={part}
            onSelect={(_event, key) => onPart(PARTS.find((name) => name === key) ?? 'live')}
            aria-label="Parts of the resource"
            className="sk-tabs"
          >
            {PARTS.map((name) => (
              <Tab
                key={name}
                eventKey={name}
                tabContentId="resource-part"
                title={
                  <TabTitleText>
                    {name === 'live' && detail.data.live === undefined ? 'In git' : TITLES[name]}
                  </TabTitleText>
                }
              />
            ))}
          </Tabs>
          <div className="sk-panel-body" id="resource-part">
            {part === 'verdicts' ? (
              <ObjectVerdicts
                object={{ cluster: clusterName(row.destination), ...resource }}
                manifest={detail.data.live ?? detail.data.desired}
              />
            ) : (
              <PartOf part={part} detail={detail.data} />
            )}
          </div>
        </>
      )}
    </aside>
  );
}

function PartOf({ part, detail }: { part: Part; detail: ResourceDetail }) {
  const { desired, live, changes, events, managers = [], origin } = detail;
  switch (part) {
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
      return <Yaml value={live ?? desired ?? {}} label="Manifest" />;
  }
}

function Actions(props: Pick<Props, 'app' | 'resource' | 'onLogs'> & { project: string }) {
  const { app, resource, project, onLogs } = props;
  const [asked, setAsked] = useState<ResourceAction>();
  const actions = useQuery({
    queryKey: ['application', rowKey(app), 'actions', resourceKey(resource)],
    queryFn: ({ signal }) => listActions(app, resource, signal),
    retry: false,
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
        <ActionButton
          key={action.action}
          app={app}
          resource={resource}
          project={project}
          action={action}
          onAsk={() => setAsked(action)}
        />
      ))}
      {asked === undefined ? null : (
        <ActionDialog app={app} resource={resource} action={asked} onClose={() => setAsked(undefined)} />
      )}
    </div>
  );
}

interface ActionProps {
  readonly app: ApplicationName;
  readonly resource: ResourceRef;
  readonly action: ResourceAction;
}

function ActionButton({ app, resource, project, action, onAsk }: ActionProps & { project: string; onAsk: () => void }) {
  const what = `action/${resource.group}/${resource.kind}/${action.action}`;
  const { allowed, reason } = useMay('applications', what, objectOf(app, project));
  const button = (
    <Button variant="secondary" size="sm" isDanger={action.destructive} isAriaDisabled={!allowed} onClick={onAsk}>
      {action.title}
    </Button>
  );
  return allowed ? button : <Tooltip content={reason}>{button}</Tooltip>;
}

function ActionDialog({ app, resource, action, onClose }: ActionProps & { onClose: () => void }) {
  const { title, destructive, parameters } = action;
  const [values, setValues] = useState<Readonly<Record<string, string>>>(
    Object.fromEntries(parameters.map(({ name, value = '' }) => [name, value])),
  );
  const queries = useQueryClient();
  const run = useMutation({
    mutationFn: () => runAction(app, resource, action.action, values),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['application', rowKey(app)] });
      onClose();
    },
  });
  return (
    <Modal variant="small" isOpen onClose={onClose} aria-labelledby="action-title">
      <ModalHeader
        title={`${title} ${resource.kind} ${resource.name}?`}
        labelId="action-title"
        description={`This changes 1 object in ${resource.namespace || 'the cluster'} directly, not in git.`}
        {...(destructive ? { titleIconVariant: 'warning' as const } : {})}
      />
      <ModalBody>
        {run.isError ? <InlineFailure error={run.error} title="Not done" /> : null}
        <Form onSubmit={(event) => event.preventDefault()}>
          {parameters.map(({ name }) => (
            <FormGroup key={name} label={name} fieldId={`parameter-${name}`}>
              <TextInput
                id={`parameter-${name}`}
                value={values[name] ?? ''}
                onChange={(_event, value) => setValues({ ...values, [name]: value })}
              />
            </FormGroup>
          ))}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button variant={destructive ? 'danger' : 'primary'} onClick={() => run.mutate()} isLoading={run.isPending}>
          {title}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

import {
  Alert,
  AlertActionLink,
  Breadcrumb,
  BreadcrumbItem,
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  MenuToggle,
  Title,
  Tooltip,
} from '@patternfly/react-core';
import EllipsisVIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon';
import SyncAltIcon from '@patternfly/react-icons/dist/esm/icons/sync-alt-icon';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactElement, type ReactNode, useState } from 'react';
import {
  type ApplicationName,
  refreshApplication,
  resumeApplication,
  terminateOperation,
} from '../../api/applications.ts';
import type {
  ApplicationDetail,
  ApplicationDiff,
  ApplicationRow,
  Condition,
  RollbackState,
  TreeNode,
} from '../../api/types.ts';
import { Digest } from '../../components/Copy.tsx';
import { InlineFailure } from '../../components/Nothing.tsx';
import { StateLabel } from '../../components/State.tsx';
import { Time } from '../../components/Time.tsx';
import { clusterName, shortDigest, shortRepository } from '../../format/text.ts';
import { type Allowed, objectOf, useMay } from '../../shell/session.ts';
import { gateOf } from '../applications/rows-outdated.ts';
import { conditionTitle, describeState, waitsForConfirmation } from './describe.ts';
import { ConfirmDialog } from './dialogs/ConfirmDialog.tsx';
import { DeleteDialog } from './dialogs/DeleteDialog.tsx';
import { SyncDialog } from './dialogs/SyncDialog.tsx';

type DialogName = 'sync' | 'delete' | 'confirm';

interface Props {
  readonly app: ApplicationName;
  readonly detail: ApplicationDetail;
  readonly differing: ApplicationDiff | undefined;
  readonly nodes: readonly TreeNode[];
}

export function Header({ app, detail, differing, nodes }: Props) {
  const { row, application } = detail;
  const [dialog, setDialog] = useState<DialogName>();
  const close = () => setDialog(undefined);
  const { tone, sentences } = describeState(row, application);
  const object = objectOf(app, row.project);
  const maySync = useMay('applications', 'sync', object);
  const mayDelete = useMay('applications', 'delete', object);
  const refresh = useMutation({ mutationFn: (hard: boolean) => refreshApplication(app, hard) });
  const terminate = useMutation({ mutationFn: () => terminateOperation(app) });
  const resume = useMutation({ mutationFn: () => resumeApplication(app) });
  const failed = [refresh, terminate, resume].find((mutation) => mutation.isError);
  const isRunning = application.status?.operationState?.phase === 'Running';
  return (
    <header className="sk-application-head">
      <Breadcrumb aria-label="Where this is">
        <BreadcrumbItem>
          <Link to="/applications">Applications</Link>
        </BreadcrumbItem>
        <BreadcrumbItem>
          <Link to="/applications" search={{ project: [row.project] }}>
            {row.project}
          </Link>
        </BreadcrumbItem>
        <BreadcrumbItem isActive>{app.name}</BreadcrumbItem>
      </Breadcrumb>
      <div className="sk-application-title">
        <Title headingLevel="h1">{app.name}</Title>
        <StateLabel kind="health" value={row.health} />
        <StateLabel kind="sync" value={row.sync} />
        {row.gate === undefined || gateOf(row) === 'pass' ? null : <StateLabel kind="gate" value={gateOf(row)} />}
        <span className="sk-application-actions">
          <Guarded allowed={maySync}>
            <Button icon={<SyncAltIcon />} onClick={() => setDialog('sync')} isAriaDisabled={!maySync.allowed}>
              Sync
            </Button>
          </Guarded>
          <Button variant="secondary" onClick={() => refresh.mutate(false)} isLoading={refresh.isPending}>
            Refresh
          </Button>
          <More
            items={[
              { title: 'Refresh without caches', run: () => refresh.mutate(true) },
              ...(isRunning
                ? [{ title: 'Stop the running sync', run: () => terminate.mutate(), allowed: maySync }]
                : []),
              { title: 'Delete …', run: () => setDialog('delete'), allowed: mayDelete, isDanger: true },
            ]}
          />
        </span>
      </div>
      <p className={`sk-words sk-tone-${tone}`}>{sentences.join(' ')}</p>
      <Facts detail={detail} />
      {failed === undefined ? null : <InlineFailure error={failed.error} title="That did not work" />}
      <Notices
        detail={detail}
        onConfirm={() => setDialog('confirm')}
        onTerminate={() => terminate.mutate()}
        onResume={() => resume.mutate()}
        maySync={maySync}
      />
      {dialog === 'sync' ? <SyncDialog app={app} detail={detail} diff={differing} onClose={close} /> : null}
      {dialog === 'delete' ? <DeleteDialog app={app} objects={nodes.length} onClose={close} /> : null}
      {dialog === 'confirm' ? (
        <ConfirmDialog app={app} message={waitsForConfirmation(application) ?? ''} onClose={close} />
      ) : null}
    </header>
  );
}

/** A control that the user may not use says why. */
function Guarded({ allowed: { allowed, reason }, children }: { allowed: Allowed; children: ReactElement }) {
  return allowed ? children : <Tooltip content={reason}>{children}</Tooltip>;
}

interface MoreItem {
  readonly title: string;
  run(): void;
  readonly allowed?: Allowed;
  readonly isDanger?: boolean;
}

function More({ items }: { items: readonly MoreItem[] }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      onSelect={() => setIsOpen(false)}
      popperProps={{ position: 'right' }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plain"
          aria-label="More actions"
          isExpanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          <EllipsisVIcon />
        </MenuToggle>
      )}
    >
      <DropdownList>
        {items.map(({ title, run, allowed = { allowed: true }, isDanger = false }) => (
          <DropdownItem
            key={title}
            onClick={() => {
              if (allowed.allowed) run();
            }}
            isDanger={isDanger}
            isAriaDisabled={!allowed.allowed}
            {...(allowed.reason === undefined || allowed.allowed ? {} : { description: allowed.reason })}
          >
            {title}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}

function Facts({ detail: { row, windows } }: { detail: ApplicationDetail }) {
  const { repo, path, targetRevision, revision, deployedAt, destination, autoSync } = row;
  const facts: [string, ReactNode][] = [
    [
      'Source',
      `${shortRepository(repo)} ${path} @ ${targetRevision || 'HEAD'}${(row.sources ?? 1) > 1 ? ` and ${(row.sources ?? 1) - 1} more` : ''}`,
    ],
    ['Destination', `${clusterName(destination)} / ${destination.namespace || '(from manifests)'}`],
    ['Revision', <Digest key="revision" value={revision} />],
    ['Deployed', <Time key="deployed" value={deployedAt} />],
    ['Auto-sync', autoSync ? 'on' : 'off'],
    ...(windows?.allowed === false ? ([['Sync window', windows.reason ?? 'closed']] as [string, ReactNode][]) : []),
  ];
  return (
    <dl className="sk-facts">
      {facts.map(([title, value]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface NoticesProps {
  readonly detail: ApplicationDetail;
  readonly maySync: Allowed;
  onConfirm(): void;
  onTerminate(): void;
  onResume(): void;
}

/** What somebody has to know before anything else. */
function Notices({ detail: { row, application }, maySync, onConfirm, onTerminate, onResume }: NoticesProps) {
  const operation = application.status?.operationState;
  const waits = waitsForConfirmation(application);
  const { allowed } = maySync;
  return (
    <div className="sk-notices">
      {waits !== undefined ? (
        <Alert
          variant="warning"
          isInline
          title="A sync waits for your confirmation"
          actionLinks={
            allowed ? (
              <>
                <AlertActionLink onClick={onConfirm}>Look at it and decide</AlertActionLink>
                <AlertActionLink onClick={onTerminate}>Stop it</AlertActionLink>
              </>
            ) : undefined
          }
        >
          {waits}
        </Alert>
      ) : operation?.phase === 'Running' ? (
        <Alert
          variant="info"
          isInline
          title={
            <>
              Syncing since <Time value={operation.startedAt} />
            </>
          }
          actionLinks={allowed ? <AlertActionLink onClick={onTerminate}>Stop it</AlertActionLink> : undefined}
        >
          {operation.message}
        </Alert>
      ) : operation?.phase === 'Failed' || operation?.phase === 'Error' ? (
        <Alert
          variant="danger"
          isInline
          isExpandable
          title={
            <>
              The last sync failed <Time value={operation.finishedAt} />
            </>
          }
        >
          {operation.message}
        </Alert>
      ) : null}
      <RollbackNotice rollback={application.status?.rollback} />
      {row.held === undefined ? null : (
        <Alert
          variant="warning"
          isInline
          title="A revision is held back"
          actionLinks={allowed ? <AlertActionLink onClick={onResume}>Let it through again</AlertActionLink> : undefined}
        >
          {row.held}
        </Alert>
      )}
      <Denied row={row} />
      {row.conditions.filter(isNoVerdict).map(({ type, message }) => (
        <Alert
          key={`${type}${message}`}
          variant={/Error|Degraded|Invalid/.test(type) ? 'danger' : 'warning'}
          isInline
          isExpandable={message.length > 160}
          title={message.length > 160 ? conditionTitle(type) : `${conditionTitle(type)}: ${message}`}
        >
          {message.length > 160 ? message : null}
        </Alert>
      ))}
    </div>
  );
}

/** Verdicts have their own view: here stands that there are some, and the first. */
const isNoVerdict = ({ type }: Condition) => type !== 'PolicyViolationError' && type !== 'PolicyWarning';

function Denied({ row: { namespace, name, conditions, gate } }: { row: ApplicationRow }) {
  const denied = conditions.filter(({ type }) => type === 'PolicyViolationError');
  const more = Math.max(gate?.deny ?? 0, denied.length) - 1;
  if (denied.length === 0) return null;
  return (
    <Alert
      variant="danger"
      isInline
      title="Denied by policy: no sync begins"
      actionLinks={
        <Link to="/applications/$namespace/$name" params={{ namespace, name }} search={{ view: 'verdicts' }}>
          All verdicts
        </Link>
      }
    >
      {denied[0]?.message}
      {more > 0 ? ` (and ${more} more)` : ''}
    </Alert>
  );
}

/** A rollback that runs, waits for a merge, or failed. One that is done stands in the history. */
function RollbackNotice({ rollback }: { rollback: RollbackState | undefined }) {
  if (rollback === undefined) return null;
  const { phase, to, initiatedBy, reason, message, startedAt, commits = [] } = rollback;
  const urls = commits.flatMap(({ pullRequest }) => (pullRequest === undefined ? [] : [pullRequest]));
  if (phase === 'Succeeded') return null;
  return (
    <Alert
      variant={phase === 'Running' ? 'info' : 'danger'}
      isInline
      title={
        <>
          {phase === 'Running' ? 'Being rolled back' : 'The rollback failed'}: to {shortDigest(to)},{' '}
          {initiatedBy.automatic === true ? 'by itself' : `by ${initiatedBy.username}`}, begun{' '}
          <Time value={startedAt} />
        </>
      }
    >
      {message} ({reason}){' '}
      {urls.map((url) => (
        <a key={url} href={url}>
          {url}
        </a>
      ))}
    </Alert>
  );
}

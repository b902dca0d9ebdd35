import { Button, ExpandableSection, Tooltip } from '@patternfly/react-core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApplicationName, getHistory } from '../../api/applications.ts';
import type { ApplicationDetail, Release } from '../../api/types.ts';
import { Digest } from '../../components/Copy.tsx';
import { Empty, Failure, Loading } from '../../components/Nothing.tsx';
import { State } from '../../components/State.tsx';
import { Time } from '../../components/Time.tsx';
import { authorName, count } from '../../format/text.ts';
import { formatDuration } from '../../format/time.ts';
import { rowKey } from '../../live/row-store.ts';
import { type Allowed, objectOf, useMay } from '../../shell/session.ts';
import { RollbackDialog } from './dialogs/RollbackDialog.tsx';
import { releaseChanges } from './release-changes.ts';
import { resourceKey } from './resource-key.ts';

const WORD = { create: 'created', update: 'changed', prune: 'gone' } as const;

/** Each release with what it changed, newest first; any of them can be gone back to. */
export function History({ app, detail: { row } }: { app: ApplicationName; detail: ApplicationDetail }) {
  const [chosen, setChosen] = useState<Release>();
  const history = useInfiniteQuery({
    queryKey: ['application', rowKey(app), 'history'],
    queryFn: ({ pageParam, signal }) => getHistory(app, pageParam, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next,
  });
  const may = useMay('applications', 'sync', objectOf(app, row.project));
  if (history.isPending) return <Loading what="the history" />;
  if (history.data === undefined)
    return <Failure error={history.error} what="The history" retry={() => void history.refetch()} />;
  const releases = history.data.pages.flatMap((page) => page.items);
  if (releases.length === 0) {
    return (
      <Empty title="Nothing was released yet" command={`sekisho app sync ${app.name}`}>
        Each sync that ends becomes a release.
      </Empty>
    );
  }
  const current = releases[0];
  return (
    <div className="sk-padded">
      <ol className="sk-history" aria-label="Releases">
        {releases.map((release, i) => (
          <ReleaseItem
            key={release.id}
            release={release}
            before={releases.slice(i + 1).find(({ outcome }) => outcome === 'Succeeded')}
            isCurrent={i === 0}
            mayNot={whyNot(may, release)}
            onRollback={() => setChosen(release)}
          />
        ))}
      </ol>
      {history.hasNextPage ? (
        <Button variant="secondary" onClick={() => void history.fetchNextPage()} isLoading={history.isFetchingNextPage}>
          Older releases
        </Button>
      ) : null}
      {chosen === undefined ? null : (
        <RollbackDialog
          app={app}
          release={chosen}
          current={current}
          changed={current === undefined ? 0 : releaseChanges(chosen, current).length}
          autoSync={row.autoSync}
          onClose={() => setChosen(undefined)}
        />
      )}
    </div>
  );
}

/** Why a release can't be gone back to. */
function whyNot(may: Allowed, { outcome }: Release): string | undefined {
  if (!may.allowed) return may.reason ?? 'You may not.';
  return outcome === 'Succeeded' ? undefined : 'Only a release that succeeded can be gone back to.';
}

interface ItemProps {
  readonly release: Release;
  readonly before: Release | undefined;
  readonly isCurrent: boolean;
  /** Why a rollback is not allowed. */
  readonly mayNot: string | undefined;
  onRollback(): void;
}

function ReleaseItem({ release, before, isCurrent, mayNot, onRollback }: ItemProps) {
  const { revision, message, author, startedAt, finishedAt, outcome, initiatedBy, messageText } = release;
  const changes = releaseChanges(release, before);
  const rollback = (
    <Button variant="secondary" size="sm" onClick={onRollback} isAriaDisabled={mayNot !== undefined}>
      Roll back to this
    </Button>
  );
  return (
    <li className="sk-release">
      <div className="sk-release-head">
        <span className="sk-ellipsis">
          <Digest value={revision} /> <strong>{message}</strong>
        </span>
        <span className="sk-list-states">
          <State kind="outcome" value={outcome} />
          {isCurrent ? (
            <span className="sk-muted">newest</span>
          ) : mayNot === undefined ? (
            rollback
          ) : (
            <Tooltip content={mayNot}>{rollback}</Tooltip>
          )}
        </span>
      </div>
      <div className="sk-cell-sub">
        {authorName(author)} · <Time value={finishedAt} /> · took{' '}
        {formatDuration(Date.parse(finishedAt) - Date.parse(startedAt))} ·{' '}
        {initiatedBy.automated === true ? 'by auto-sync' : `by ${initiatedBy.username ?? 'somebody'}`}
      </div>
      {outcome === 'Succeeded' ? null : <div className="sk-release-message">{messageText}</div>}
      <ExpandableSection
        toggleText={
          changes.length === 0
            ? `No manifest changed (${count(release.objects.length, 'object')})`
            : `${count(changes.length, 'object')} changed`
        }
        isIndented
      >
        <ul>
          {changes.map(({ object, change }) => (
            <li key={resourceKey(object)}>
              <span className={`sk-change sk-change-${change}`}>{WORD[change]}</span> {object.kind} {object.name}{' '}
              <span className="sk-muted">{object.namespace}</span>
            </li>
          ))}
        </ul>
      </ExpandableSection>
    </li>
  );
}

import { SimpleList, SimpleListItem } from '@patternfly/react-core';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type ApplicationName, getDrift, getResource } from '../../api/applications.ts';
import type { ApplicationDiff, DriftItem, ResourceDiff, ResourceRef } from '../../api/types.ts';
import { Digest } from '../../components/Copy.tsx';
import { Empty, Failure, Loading } from '../../components/Nothing.tsx';
import { count } from '../../format/text.ts';
import { rowKey } from '../../live/row-store.ts';
import { SideBySide } from './diff/SideBySide.tsx';
import { FieldTable } from './FieldTable.tsx';
import { resourceKey } from './resource-key.ts';

const WORD = { create: 'create', update: 'change', prune: 'delete' } as const;
const WILL = {
  create: 'A sync will create it.',
  update: 'A sync will change it.',
  prune: 'It is no longer in git: a sync that prunes will delete it.',
} as const;

interface Props {
  readonly app: ApplicationName;
  readonly diff: UseQueryResult<ApplicationDiff>;
  readonly selected: ResourceRef | undefined;
  onSelect(resource: ResourceRef): void;
}

/** What a sync would do, object by object, with who changed what beside git. */
export function Diff({ app, diff, selected, onSelect }: Props) {
  const drift = useQuery({
    queryKey: ['application', rowKey(app), 'drift'],
    queryFn: ({ signal }) => getDrift(app, signal),
    retry: false,
  });
  if (diff.isPending) return <Loading what="the differences" />;
  if (diff.data === undefined)
    return <Failure error={diff.error} what="The differences" retry={() => void diff.refetch()} />;
  const { resources, revision } = diff.data;
  const current =
    resources.find((resource) => selected !== undefined && resourceKey(resource) === resourceKey(selected)) ??
    resources[0];
  if (current === undefined) {
    return (
      <Empty title="No differences" icon={CheckCircleIcon}>
        The cluster is what git says at <Digest value={revision} />.
      </Empty>
    );
  }
  return (
    <div className="sk-diff-page">
      <nav className="sk-diff-list" aria-label="Differing objects">
        <div className="sk-muted">
          {count(resources.length, 'object')} at <Digest value={revision} copy={false} />
        </div>
        <SimpleList isControlled={false} aria-label="Differing objects">
          {resources.map((resource) => (
            <SimpleListItem
              key={resourceKey(resource)}
              isActive={resource === current}
              onClick={() => onSelect(resource)}
            >
              <span className={`sk-change sk-change-${resource.change}`}>{WORD[resource.change]}</span> {resource.kind}{' '}
              {resource.name}
            </SimpleListItem>
          ))}
        </SimpleList>
      </nav>
      <DiffOfResource key={resourceKey(current)} app={app} diff={current} drift={drift.data ?? []} />
    </div>
  );
}

function DiffOfResource({
  app,
  diff,
  drift,
}: {
  app: ApplicationName;
  diff: ResourceDiff;
  drift: readonly DriftItem[];
}) {
  const { origin, changes, change } = diff;
  const detail = useQuery({
    queryKey: ['application', rowKey(app), 'resource', resourceKey(diff)],
    queryFn: ({ signal }) => getResource(app, diff, signal),
  });
  const own = drift.filter(({ object }) => resourceKey(object) === resourceKey(diff));
  return (
    <div className="sk-diff-detail">
      <div className="sk-diff-title">
        <strong>
          {diff.kind} {diff.name}
        </strong>{' '}
        <span className="sk-muted">
          {diff.namespace}{' '}
          {origin?.file === undefined ? '' : `· ${origin.file}${origin.line === undefined ? '' : `:${origin.line}`}`}
        </span>
        <div>{WILL[change]}</div>
      </div>
      {changes.length === 0 ? null : <FieldTable changes={changes} drift={own} />}
      {detail.isPending ? <Loading what="both sides" /> : null}
      {detail.isError ? (
        <Failure error={detail.error} what="The two sides" retry={() => void detail.refetch()} />
      ) : null}
      {detail.data === undefined ? null : <SideBySide desired={detail.data.desired} live={detail.data.live} />}
    </div>
  );
}

import { Card, CardBody, CardTitle, Grid, GridItem, PageSection, Title } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { getOverview } from '../../api/operations.ts';
import { listViolations } from '../../api/policies.ts';
import type { DriftItem, Overview as OverviewData } from '../../api/types.ts';
import { Digest } from '../../components/Copy.tsx';
import { NewestViolations } from '../../components/gates/NewestViolations.tsx';
import { Empty, Failure, InlineFailure, Loading } from '../../components/Nothing.tsx';
import { State } from '../../components/State.tsx';
import { HEALTH_ORDER, SYNC_ORDER, stateLook } from '../../components/states.ts';
import { Time } from '../../components/Time.tsx';
import { authorName, count, formatValue } from '../../format/text.ts';

/** Is everything all right, and what changed? */
export function Overview() {
  const overview = useQuery({ queryKey: ['overview'], queryFn: ({ signal }) => getOverview(signal) });
  return (
    <PageSection isFilled aria-label="Overview">
      <Title headingLevel="h1" className="sk-page-title">
        Overview
      </Title>
      {overview.isPending ? <Loading what="the overview" lines={6} /> : null}
      {overview.isError ? (
        <Failure error={overview.error} what="The overview" retry={() => void overview.refetch()} />
      ) : null}
      {overview.data === undefined ? null : <Sums overview={overview.data} />}
    </PageSection>
  );
}

function Sums({ overview }: { overview: OverviewData }) {
  const { applications, needAttention, changes, drift } = overview;
  return (
    <Grid hasGutter>
      <GridItem span={12}>
        <Verdict overview={overview} />
      </GridItem>
      <GridItem md={6}>
        <Panel title="Health">
          <Bar kind="health" order={HEALTH_ORDER} counts={applications.byHealth} total={applications.total} />
        </Panel>
      </GridItem>
      <GridItem md={6}>
        <Panel title="Sync">
          <Bar kind="sync" order={SYNC_ORDER} counts={applications.bySync} total={applications.total} />
        </Panel>
      </GridItem>
      <GridItem lg={6}>
        <Panel
          title="Needs attention"
          aside={
            <Link to="/applications" search={{ health: ['Degraded', 'Missing'] }}>
              All of them
            </Link>
          }
        >
          {needAttention.length === 0 ? (
            <p className="sk-muted">Nothing. Every application is what git says, and healthy.</p>
          ) : (
            <ul className="sk-list">
              {needAttention.slice(0, 8).map((row) => (
                <li key={`${row.namespace}/${row.name}`}>
                  <div className="sk-list-line">
                    <Link to="/applications/$namespace/$name" params={{ namespace: row.namespace, name: row.name }}>
                      {row.name}
                    </Link>
                    <span className="sk-list-states">
                      <State kind="health" value={row.health} />
                      <State kind="sync" value={row.sync} />
                    </span>
                  </div>
                  <div className="sk-cell-sub">
                    {row.conditions.find(({ type }) => type !== 'PolicyWarning')?.message ?? row.message ?? ''}
                  </div>
                </li>
              ))}
            </ul>
          )}
        </Panel>
      </GridItem>
      <GridItem lg={6}>
        <Panel title="Newest releases">
          {changes.length === 0 ? (
            <p className="sk-muted">Nothing was released yet.</p>
          ) : (
            <Releases releases={changes.slice(0, 8)} />
          )}
        </Panel>
      </GridItem>
      <GridItem lg={6}>
        <Violations />
      </GridItem>
      <GridItem lg={6}>
        <Panel title="Drift">
          {drift.length === 0 ? (
            <p className="sk-muted">Nobody changed anything beside git.</p>
          ) : (
            <Drift items={drift.slice(0, 8)} />
          )}
        </Panel>
      </GridItem>
    </Grid>
  );
}

function Panel({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <Card isFullHeight component="section" aria-label={title}>
      <CardTitle component="h2">
        <span className="sk-panel-title">
          {title} <span className="sk-panel-aside">{aside}</span>
        </span>
      </CardTitle>
      <CardBody>{children}</CardBody>
    </Card>
  );
}

/** The answer in one sentence. */
function Verdict({ overview: { applications, needAttention, drift } }: { overview: OverviewData }) {
  const { total, bySync, byHealth } = applications;
  const degraded = (byHealth['Degraded'] ?? 0) + (byHealth['Missing'] ?? 0);
  const outOfSync = bySync['OutOfSync'] ?? 0;
  if (total === 0) {
    return (
      <Empty title="No applications yet" command="kubectl apply -f examples/applications/minimal.yaml">
        An application says which folder of which repository belongs into which cluster.
      </Empty>
    );
  }
  const isGood = degraded === 0 && outOfSync === 0 && needAttention.length === 0;
  const parts = [
    degraded > 0 ? `${count(degraded, 'application is', 'applications are')} degraded or missing` : '',
    outOfSync > 0 ? `${count(outOfSync, 'differs', 'differ')} from git` : '',
    drift.length > 0 ? `${count(drift.length, 'field')} drifted` : '',
  ].filter((part) => part !== '');
  const { Icon } = stateLook('health', isGood ? 'Healthy' : degraded > 0 ? 'Degraded' : 'Missing');
  return (
    <p className={`sk-verdict sk-tone-${isGood ? 'good' : degraded > 0 ? 'bad' : 'attention'}`}>
      <Icon />
      <span>
        {isGood
          ? `All ${count(total, 'application')} are what git says, and healthy.`
          : `${parts.join('; ') || `${count(needAttention.length, 'application needs', 'applications need')} a look`}. ${count(total, 'application')} in all.`}
      </span>
    </p>
  );
}

interface BarProps {
  readonly kind: 'health' | 'sync';
  readonly order: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly total: number;
}

function Bar({ kind, order, counts, total }: BarProps) {
  const parts = order.map((value) => ({ value, n: counts[value] ?? 0 })).filter(({ n }) => n > 0);
  return (
    <>
      <div className="sk-bar" aria-hidden="true">
        {parts.map(({ value, n }) => (
          <span
            key={value}
            className={`sk-bar-${stateLook(kind, value).tone}`}
            style={{ flexGrow: Math.max(n, total / 100) }}
          />
        ))}
      </div>
      <ul className="sk-sums">
        {parts.map(({ value, n }) => (
          <li key={value}>
            <Link to="/applications" search={{ [kind]: [value] }} className="sk-sum">
              <span className="sk-sum-number">{n.toLocaleString('en')}</span>
              <State kind={kind} value={value} />
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

const VIOLATIONS_SHOWN = 6;

function Violations() {
  const violations = useQuery({
    queryKey: ['gates', 'newest'],
    queryFn: ({ signal }) =>
      listViolations({ decision: ['deny', 'warn'], sort: '-since' }, { limit: VIOLATIONS_SHOWN }, signal),
  });
  const { data } = violations;
  return (
    <Panel
      title="Newest violations"
      aside={
        data !== undefined && data.total > 0 ? (
          <Link to="/violations" search={{ decision: ['deny', 'warn'] }}>
            All {data.total.toLocaleString('en')}
          </Link>
        ) : null
      }
    >
      {violations.isPending ? <Loading what="violations" /> : null}
      {violations.isError && data === undefined ? (
        <InlineFailure error={violations.error} title="The violations could not be shown" />
      ) : null}
      {data === undefined ? null : data.items.length === 0 ? (
        <p className="sk-muted">
          Nothing that runs breaks one of the <Link to="/policies">policies</Link>.
        </p>
      ) : (
        <NewestViolations violations={data.items} />
      )}
    </Panel>
  );
}

function Releases({ releases }: { releases: OverviewData['changes'] }) {
  return (
    <ul className="sk-list">
      {releases.map(({ id, namespace, app, revision, message, author, finishedAt, outcome }) => (
        <li key={id}>
          <div className="sk-list-line">
            <span className="sk-ellipsis">
              <Link to="/applications/$namespace/$name" params={{ namespace, name: app }} search={{ view: 'history' }}>
                {app}
              </Link>{' '}
              <Digest value={revision} copy={false} /> {message}
            </span>
            <State kind="outcome" value={outcome} />
          </div>
          <div className="sk-cell-sub">
            {authorName(author)} · <Time value={finishedAt} />
          </div>
        </li>
      ))}
    </ul>
  );
}

function Drift({ items }: { items: readonly DriftItem[] }) {
  return (
    <ul className="sk-list">
      {items.map(({ application, object, path, from, to, manager, since }) => (
        <li
          key={`${application.namespace}/${application.name}/${object.kind}/${object.namespace}/${object.name}${path}`}
        >
          <div className="sk-list-line">
            <span className="sk-ellipsis">
              <Link to="/applications/$namespace/$name" params={application} search={{ view: 'diff' }}>
                {application.name}
              </Link>{' '}
              {object.kind} {object.name} <code>{path}</code>: <del>{formatValue(from)}</del> →{' '}
              <ins>{formatValue(to)}</ins>
            </span>
          </div>
          <div className="sk-cell-sub">
            by {manager ?? 'an unknown manager'} · <Time value={since} />
          </div>
        </li>
      ))}
    </ul>
  );
}

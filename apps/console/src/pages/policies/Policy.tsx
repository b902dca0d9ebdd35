import {
  Breadcrumb,
  BreadcrumbItem,
  Card,
  CardBody,
  CardTitle,
  Grid,
  GridItem,
  Label,
  PageSection,
  Title,
  ToggleGroup,
  ToggleGroupItem,
} from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { GATES, type PolicyDetail } from '../../api/gates.ts';
import { getPolicy, getViolationHistory, listViolations, listWaivers } from '../../api/policies.ts';
import { ApiError } from '../../api/request.ts';
import { TimeBars } from '../../components/chart/TimeBars.tsx';
import { Faults } from '../../components/gates/Faults.tsx';
import { actionAt } from '../../components/gates/GateMarks.tsx';
import { NewestViolations } from '../../components/gates/NewestViolations.tsx';
import { GATE_WORDS, policyKind } from '../../components/gates/words.ts';
import { Empty, Failure, InlineFailure, Loading } from '../../components/Nothing.tsx';
import { State, StateLabel } from '../../components/State.tsx';
import { DECISION_ORDER, stateLook } from '../../components/states.ts';
import { formatOrigin } from '../../format/text.ts';
import { WaiverTable } from '../waivers/Waivers.tsx';
import { Source } from './Source.tsx';

/** What does it ask, where is it enforced, who breaks it, and is that getting better? */
export function Policy() {
  const { _splat: id = '' } = useParams({ from: '/policies/$' });
  const policy = useQuery({
    queryKey: ['gates', 'policy', id],
    queryFn: ({ signal }) => getPolicy(id, signal),
  });
  return (
    <PageSection isFilled aria-label={`Policy ${id}`}>
      <Breadcrumb aria-label="Where this is">
        <BreadcrumbItem>
          <Link to="/policies">Policies</Link>
        </BreadcrumbItem>
        <BreadcrumbItem isActive>{policy.data?.title ?? id}</BreadcrumbItem>
      </Breadcrumb>
      {policy.isPending ? <Loading what="the policy" lines={6} /> : null}
      {policy.isError && policy.data === undefined ? (
        policy.error instanceof ApiError && policy.error.status === 404 ? (
          <Empty title="There is no such policy" command="sekisho policy list">
            {id} was removed, or never was.
          </Empty>
        ) : (
          <Failure error={policy.error} what="The policy" retry={() => void policy.refetch()} />
        )
      ) : null}
      {policy.data === undefined ? null : <Loaded policy={policy.data} />}
    </PageSection>
  );
}

function Loaded({ policy }: { policy: PolicyDetail }) {
  const { id, title, action, severity, description, kinds } = policy;
  const { kind, name, rule, url, origin } = policy.policy;
  return (
    <>
      <div className="sk-application-title sk-page-title">
        <Title headingLevel="h1">{title}</Title>
        <StateLabel kind="action" value={action} />
        {severity === undefined ? null : <StateLabel kind="severity" value={severity} />}
        <Label variant="outline">{policyKind(kind)}</Label>
      </div>
      <Faults faults={policy.diagnostics ?? []} />
      {description === undefined ? null : <p className="sk-description">{description}</p>}
      <dl className="sk-facts sk-page-title">
        <Fact term="Name">{rule === undefined ? name : `${name} ${rule}`}</Fact>
        <Fact term="About">{kinds.includes('*') ? 'everything' : kinds.join(', ')}</Fact>
        {origin?.repo === undefined ? null : (
          <Fact term="From">
            <code className="sk-mono">{formatOrigin(origin)}</code>
          </Fact>
        )}
        {policy.readsSurroundings ? <Fact term="Looks at">other objects of the cluster as well</Fact> : null}
        {url === undefined ? null : (
          <Fact term="Page">
            <a href={url} rel="noreferrer" target="_blank">
              {url}
            </a>
          </Fact>
        )}
      </dl>
      <Grid hasGutter>
        <GridItem lg={4}>
          <Panel title="Where it is enforced">
            <Gates policy={policy} />
          </Panel>
        </GridItem>
        <GridItem lg={8}>
          <History id={id} />
        </GridItem>
        <GridItem span={12}>
          <Broken id={id} />
        </GridItem>
        <Waived policy={policy} />
        <GridItem span={12}>
          <Panel title="Source">
            <Source policy={policy} />
          </Panel>
        </GridItem>
      </Grid>
    </>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
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

function Gates({ policy }: { policy: PolicyDetail }) {
  return (
    <ol className="sk-road">
      {GATES.map((gate) => {
        const action = actionAt(policy, gate);
        const { name, when } = GATE_WORDS[gate];
        return (
          <li key={gate} className={action === undefined ? 'sk-stop sk-stop-off' : 'sk-stop'}>
            <div className="sk-list-line">
              <strong>{name}</strong>
              {action === undefined ? (
                <span className="sk-muted">not asked</span>
              ) : (
                <State kind="action" value={action} />
              )}
            </div>
            <div className="sk-cell-sub">{when}</div>
          </li>
        );
      })}
    </ol>
  );
}

const SPANS = ['7', '30', '90'];

function History({ id }: { id: string }) {
  const search = useSearch({ from: '/policies/$' });
  const navigate = useNavigate({ from: '/policies/$' });
  const days = SPANS.find((span) => span === search.days) ?? '30';
  const history = useQuery({
    queryKey: ['gates', 'history', id, days],
    queryFn: ({ signal }) => getViolationHistory(id, Number(days), signal),
  });
  const buckets = history.data?.buckets ?? [];
  const series = DECISION_ORDER.filter(
    (decision) => decision === 'deny' || decision === 'warn' || buckets.some((bucket) => bucket[decision] > 0),
  );
  return (
    <Panel
      title="Violations over time"
      aside={
        <ToggleGroup isCompact aria-label="How far back">
          {SPANS.map((span) => (
            <ToggleGroupItem
              key={span}
              text={`${span} days`}
              isSelected={span === days}
              onChange={() => void navigate({ search: (before) => ({ ...before, days: span }), replace: true })}
            />
          ))}
        </ToggleGroup>
      }
    >
      {history.isPending ? <Loading what="the history" /> : null}
      {history.isError && history.data === undefined ? (
        <InlineFailure error={history.error} title="The history could not be shown" />
      ) : null}
      {history.data === undefined ? null : buckets.length === 0 ? (
        <p className="sk-muted">The audit has not written any history yet.</p>
      ) : (
        <TimeBars
          label="Violations over time"
          height={190}
          series={series.map((decision) => {
            const { word, tone } = stateLook('decision', decision);
            return { name: word.toLowerCase(), tone };
          })}
          buckets={buckets.map((bucket) => ({
            at: bucket.at,
            values: series.map((decision) => bucket[decision]),
          }))}
        />
      )}
    </Panel>
  );
}

const SHOWN = 8;

function Broken({ id }: { id: string }) {
  const violations = useQuery({
    queryKey: ['gates', 'of-policy', id],
    queryFn: ({ signal }) => listViolations({ policy: [id] }, { limit: SHOWN }, signal),
  });
  const { data } = violations;
  return (
    <Panel
      title="Who breaks it"
      aside={
        data !== undefined && data.total > 0 ? (
          <Link to="/violations" search={{ policy: [id] }}>
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
        <p className="sk-muted">Nobody. Everything that runs is as it wants.</p>
      ) : (
        <NewestViolations violations={data.items} isOfOnePolicy />
      )}
    </Panel>
  );
}

/** Waivers that name it; not whether they match any object. */
function Waived({ policy: { id, policy } }: { policy: PolicyDetail }) {
  const waivers = useQuery({ queryKey: ['gates', 'waivers'], queryFn: ({ signal }) => listWaivers(signal) });
  const names = [policy.name, id.slice(id.indexOf('/') + 1)];
  const own = (waivers.data ?? []).filter(({ policies }) =>
    policies.some(
      ({ kind, name }) => (kind === undefined || fits(kind, policy.kind)) && names.some((own) => fits(name, own)),
    ),
  );
  if (own.length === 0) return null;
  return (
    <GridItem span={12}>
      <Panel title="Waivers that name it">
        <WaiverTable waivers={own} />
      </Panel>
    </GridItem>
  );
}

/** `*` stands for some characters at the start or end. */
function fits(pattern: string, text: string): boolean {
  const bare = pattern.replace(/^\*|\*$/g, '');
  if (pattern.startsWith('*')) return pattern.endsWith('*') ? text.includes(bare) : text.endsWith(bare);
  return pattern.endsWith('*') ? text.startsWith(bare) : text === pattern;
}

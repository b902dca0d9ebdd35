import { Button, PageSection, Title, Toolbar, ToolbarContent, ToolbarGroup, ToolbarItem } from '@patternfly/react-core';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import ShieldAltIcon from '@patternfly/react-icons/dist/esm/icons/shield-alt-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { GATES, type Gate, type PolicyRow, type ViolationGroup } from '../../api/gates.ts';
import { groupViolations, listPolicies } from '../../api/policies.ts';
import { ChosenFilters } from '../../components/filters/ChosenFilters.tsx';
import { FacetMenu } from '../../components/filters/FacetMenu.tsx';
import { SearchBox } from '../../components/filters/SearchBox.tsx';
import { StateChips } from '../../components/filters/StateChips.tsx';
import { Faults } from '../../components/gates/Faults.tsx';
import { GateMarks } from '../../components/gates/GateMarks.tsx';
import { NoPolicies } from '../../components/gates/NoPolicies.tsx';
import { GATE_WORDS, policyKind } from '../../components/gates/words.ts';
import { Empty, Failure, Loading } from '../../components/Nothing.tsx';
import { State } from '../../components/State.tsx';
import { SEVERITY_ORDER } from '../../components/states.ts';
import { count } from '../../format/text.ts';
import type { PoliciesSearch } from './search.ts';

/** Violations by id of the policy. */
type Broken = ReadonlyMap<string, ViolationGroup>;

const NO_FILTER = {};

const ACTION_ORDER = ['deny', 'warn', 'dryrun', 'scoped'] as const;

/** What do we demand, where, and how much breaks it? */
export function Policies() {
  const search = useSearch({ from: '/policies/' });
  const navigate = useNavigate({ from: '/policies/' });
  const policies = useQuery({ queryKey: ['gates', 'policies'], queryFn: ({ signal }) => listPolicies(signal) });
  const all = policies.data?.items ?? [];
  const groups = useQuery({
    queryKey: ['gates', 'groups', 'policy', NO_FILTER],
    queryFn: ({ signal }) => groupViolations('policy', NO_FILTER, signal),
  });
  const broken = groups.data === undefined ? undefined : new Map(groups.data.map((group) => [group.value, group]));
  const shown = all.filter((policy) => fits(policy, search)).sort(mostBrokenFirst(broken));
  const change = (part: { [K in keyof PoliciesSearch]?: PoliciesSearch[K] | undefined }) =>
    void navigate({ search: (before) => withoutEmpty({ ...before, ...part }), replace: part.q !== undefined });
  const clear = () => void navigate({ search: {} });
  return (
    <PageSection isFilled aria-label="Policies">
      <div className="sk-title-line">
        <Title headingLevel="h1">Policies</Title>
        <span className="sk-muted" aria-live="polite">
          {policies.data === undefined ? '' : count(shown.length, 'policy', 'policies')}
        </span>
      </div>
      {policies.isPending ? <Loading what="policies" lines={6} /> : null}
      {policies.isError && policies.data === undefined ? (
        <Failure error={policies.error} what="The policies" retry={() => void policies.refetch()} />
      ) : null}
      {policies.data === undefined ? null : <Faults faults={policies.data.diagnostics} />}
      {policies.data !== undefined && all.length === 0 ? <NoPolicies /> : null}
      {all.length === 0 ? null : (
        <>
          <Filters all={all} search={search} onChange={change} onClear={clear} />
          {shown.length === 0 ? (
            <Empty
              title="No policy matches"
              icon={ShieldAltIcon}
              action={
                <Button variant="link" onClick={clear}>
                  Clear all filters
                </Button>
              }
            >
              Nothing fits all of the filters at once.
            </Empty>
          ) : (
            <PolicyTable policies={shown} broken={broken} />
          )}
        </>
      )}
    </PageSection>
  );
}

interface FiltersProps {
  readonly all: readonly PolicyRow[];
  readonly search: PoliciesSearch;
  onChange(part: { [K in keyof PoliciesSearch]?: PoliciesSearch[K] | undefined }): void;
  onClear(): void;
}

function Filters({ all, search, onChange, onClear }: FiltersProps) {
  const gateName = (value: string) => GATE_WORDS[value as Gate]?.name ?? value;
  const chosen = [
    { name: 'kind', title: 'Kind', values: search.kind ?? [], shown: policyKind },
    { name: 'gate', title: 'Gate', values: search.gate ?? [], shown: gateName },
  ];
  return (
    <>
      <div className="sk-strip">
        <StateChips
          title="What follows"
          kind="action"
          order={ACTION_ORDER}
          counts={countBy(all.map(({ action }) => action))}
          chosen={search.action ?? []}
          onChange={(action) => onChange({ action })}
        />
      </div>
      <Toolbar className="sk-filters" inset={{ default: 'insetNone' }}>
        <ToolbarContent>
          <ToolbarItem className="sk-filters-search">
            <SearchBox
              label="Search policies"
              placeholder="Search name, title, kind …"
              value={search.q ?? ''}
              onSearch={(q) => onChange({ q })}
            />
          </ToolbarItem>
          <ToolbarGroup variant="filter-group">
            <ToolbarItem>
              <FacetMenu
                title="Kind"
                values={countBy(all.map(({ policy }) => policy.kind))}
                chosen={search.kind ?? []}
                shown={policyKind}
                onChange={(kind) => onChange({ kind })}
              />
            </ToolbarItem>
            <ToolbarItem>
              <FacetMenu
                title="Gate"
                values={GATES.map((gate) => ({
                  value: gate,
                  count: all.filter(({ gates }) => gates.includes(gate)).length,
                }))}
                chosen={search.gate ?? []}
                shown={gateName}
                onChange={(gate) => onChange({ gate })}
              />
            </ToolbarItem>
          </ToolbarGroup>
        </ToolbarContent>
      </Toolbar>
      {Object.keys(search).length > 0 ? (
        <ChosenFilters filters={chosen} onChange={(name, values) => onChange({ [name]: values })} onClear={onClear} />
      ) : null}
    </>
  );
}

function PolicyTable({ policies, broken }: { policies: readonly PolicyRow[]; broken: Broken | undefined }) {
  return (
    <Table variant="compact" aria-label="Policies" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          <Th width={25}>Policy</Th>
          <Th modifier="nowrap">What follows</Th>
          <Th>Asked at</Th>
          <Th width={15}>About</Th>
          <Th>Severity</Th>
          <Th modifier="nowrap">Broken now</Th>
        </Tr>
      </Thead>
      <Tbody>
        {policies.map((row) => (
          <Row key={row.id} row={row} broken={broken?.get(row.id)} isKnown={broken !== undefined} />
        ))}
      </Tbody>
    </Table>
  );
}

/** More kinds than these are counted. */
const KINDS_SHOWN = 3;

function Row({ row, broken, isKnown }: { row: PolicyRow; broken: ViolationGroup | undefined; isKnown: boolean }) {
  const { id, title, policy, action, kinds, severity, unavailable } = row;
  const { deny = 0, warn = 0, dryrun = 0, waived = 0 } = broken ?? {};
  const words = [
    warn > 0 ? `${warn.toLocaleString('en')} warned` : '',
    dryrun > 0 ? `${dryrun.toLocaleString('en')} noted` : '',
    waived > 0 ? `${waived.toLocaleString('en')} waived` : '',
  ].filter((part) => part !== '');
  const first = deny > 0 ? `${deny.toLocaleString('en')} denied` : words.shift();
  return (
    <Tr>
      <Td dataLabel="Policy">
        <Link to="/policies/$" params={{ _splat: id }} className="sk-name">
          {title}
        </Link>
        <div className="sk-cell-sub">
          {[policyKind(policy.kind), policy.name, policy.rule].filter((part) => part !== undefined).join(' · ')}
        </div>
        {unavailable === undefined ? null : (
          <div className="sk-trouble sk-tone-bad">
            <ExclamationCircleIcon /> <span>Denies all it is asked about: {unavailable}</span>
          </div>
        )}
      </Td>
      <Td dataLabel="What follows">
        <State kind="action" value={action} />
      </Td>
      <Td dataLabel="Asked at">
        <GateMarks policy={row} />
      </Td>
      <Td dataLabel="About">
        <span title={kinds.join(', ')}>
          {kinds.includes('*') ? 'everything' : kinds.slice(0, KINDS_SHOWN).map(shortKind).join(', ')}
          {kinds.length > KINDS_SHOWN ? ` and ${kinds.length - KINDS_SHOWN} more` : ''}
        </span>
      </Td>
      <Td dataLabel="Severity">
        {severity === undefined ? <span className="sk-muted">–</span> : <State kind="severity" value={severity} />}
      </Td>
      <Td dataLabel="Broken now" modifier="nowrap">
        {first === undefined ? (
          <span className="sk-muted">{isKnown ? 'by nothing' : '–'}</span>
        ) : (
          <>
            <Link to="/violations" search={{ policy: [id] }} className={deny > 0 ? 'sk-text-bad' : ''}>
              {first}
            </Link>
            <div className="sk-cell-sub">{words.join(', ')}</div>
          </>
        )}
      </Td>
    </Tr>
  );
}

const shortKind = (kind: string) => kind.split('/').at(-1) ?? kind;

function mostBrokenFirst(broken: Broken | undefined): (a: PolicyRow, b: PolicyRow) => number {
  return (a, b) =>
    (broken?.get(b.id)?.deny ?? 0) - (broken?.get(a.id)?.deny ?? 0) ||
    severityOf(a) - severityOf(b) ||
    a.title.localeCompare(b.title);
}

const severityOf = ({ severity }: PolicyRow) =>
  severity === undefined ? SEVERITY_ORDER.length : SEVERITY_ORDER.indexOf(severity);

function fits({ id, title, description = '', action, policy, gates, kinds }: PolicyRow, search: PoliciesSearch) {
  const text = [id, title, description, ...kinds].join(' ').toLowerCase();
  return (
    (search.q ?? '')
      .toLowerCase()
      .split(/\s+/)
      .every((word) => text.includes(word)) &&
    (search.action?.includes(action) ?? true) &&
    (search.kind?.includes(policy.kind) ?? true) &&
    (search.gate?.some((gate) => gates.some((own) => own === gate)) ?? true)
  );
}

function countBy(values: readonly string[]): { value: string; count: number }[] {
  return [...new Set(values)]
    .sort()
    .map((value) => ({ value, count: values.filter((other) => other === value).length }));
}

function withoutEmpty(search: { [K in keyof PoliciesSearch]?: PoliciesSearch[K] | undefined }): PoliciesSearch {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined && value.length > 0),
  ) as PoliciesSearch;
}

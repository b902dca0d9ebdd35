import { Alert, Button, PageSection, Title } from '@patternfly/react-core';
import StampIcon from '@patternfly/react-icons/dist/esm/icons/stamp-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { WaiverRow } from '../../api/gates.ts';
import { groupViolations, listWaivers } from '../../api/policies.ts';
import { SearchBox } from '../../components/filters/SearchBox.tsx';
import { StateChips } from '../../components/filters/StateChips.tsx';
import { policyKind } from '../../components/gates/words.ts';
import { Empty, Failure, Loading } from '../../components/Nothing.tsx';
import { State } from '../../components/State.tsx';
import { Time } from '../../components/Time.tsx';
import { count, formatOrigin } from '../../format/text.ts';
import { formatAbsolute, toTime } from '../../format/time.ts';
import { matchInWords } from './match.ts';
import type { WaiversSearch } from './search.ts';

const SOON_MS = 7 * 24 * 60 * 60 * 1000;
const ORDER = ['invalid', 'expiring', 'active', 'expired'] as const;

/** Which exceptions are there, who answers for them, and until when? */
export function Waivers() {
  const search = useSearch({ from: '/waivers' });
  const navigate = useNavigate({ from: '/waivers' });
  const waivers = useQuery({ queryKey: ['gates', 'waivers'], queryFn: ({ signal }) => listWaivers(signal) });
  const found = (waivers.data ?? []).filter((waiver) => hasWords(waiver, search.q));
  const counts = ORDER.map((value) => ({ value, count: found.filter((waiver) => stateOf(waiver) === value).length }));
  const shown = found
    .filter((waiver) => search.state?.includes(stateOf(waiver)) ?? true)
    .sort((a, b) => ORDER.indexOf(stateOf(a)) - ORDER.indexOf(stateOf(b)) || timeLeft(a) - timeLeft(b));
  const change = (part: { [K in keyof WaiversSearch]?: WaiversSearch[K] | undefined }) =>
    void navigate({
      search: (before) => {
        const { q, state } = { ...before, ...part };
        return { ...(q ? { q } : {}), ...(state === undefined || state.length === 0 ? {} : { state }) };
      },
      replace: part.q !== undefined,
    });
  const isEmpty = waivers.data?.length === 0;
  return (
    <PageSection isFilled aria-label="Waivers">
      <div className="sk-title-line">
        <Title headingLevel="h1">Waivers</Title>
        <span className="sk-muted" aria-live="polite">
          {waivers.data === undefined ? '' : count(shown.length, 'waiver')}
        </span>
      </div>
      {waivers.isPending ? <Loading what="waivers" lines={6} /> : null}
      {waivers.isError && waivers.data === undefined ? (
        <Failure error={waivers.error} what="The waivers" retry={() => void waivers.refetch()} />
      ) : null}
      {isEmpty ? <NoWaivers /> : null}
      {waivers.data === undefined || isEmpty ? null : (
        <>
          <div className="sk-strip">
            <StateChips
              title="State"
              kind="waiver"
              order={ORDER}
              counts={counts}
              chosen={search.state ?? []}
              onChange={(state) => change({ state })}
            />
          </div>
          <div className="sk-filters-search sk-page-title">
            <SearchBox
              label="Search waivers"
              placeholder="Search policy, owner, reason …"
              value={search.q ?? ''}
              onSearch={(q) => change({ q })}
            />
          </div>
          {shown.length === 0 ? (
            <Empty
              title="No waiver matches"
              icon={StampIcon}
              action={
                <Button variant="link" onClick={() => change({ q: undefined, state: undefined })}>
                  Clear all filters
                </Button>
              }
            >
              Nothing fits all of the filters at once.
            </Empty>
          ) : (
            <WaiverTable waivers={shown} />
          )}
        </>
      )}
    </PageSection>
  );
}

function NoWaivers() {
  return (
    <Empty
      title="No waivers"
      icon={StampIcon}
      command="sekisho waiver create --policy NAME --reason WHY --owner TEAM --expires 2w"
    >
      Every policy counts for everything it matches. A waiver is an object in git that says which policy does not count
      for which objects, why, who answers for it and until when; then the policy denies again.
    </Empty>
  );
}

/** Waivers as a table; also beside a policy. */
export function WaiverTable({ waivers }: { waivers: readonly WaiverRow[] }) {
  const groups = useQuery({
    queryKey: ['gates', 'groups', 'waiver'],
    queryFn: ({ signal }) => groupViolations('waiver', {}, signal),
  });
  const covers =
    groups.data === undefined ? undefined : new Map(groups.data.map(({ value, waived }) => [value, waived]));
  return (
    <Table variant="compact" aria-label="Waivers" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          <Th width={10}>State</Th>
          <Th width={15}>Waiver</Th>
          <Th width={15}>Policies</Th>
          <Th width={20}>For</Th>
          <Th width={25}>Why</Th>
          <Th>Ends</Th>
          <Th>Covers</Th>
        </Tr>
      </Thead>
      <Tbody>
        {waivers.map((waiver) => (
          <Row
            key={waiver.id}
            waiver={waiver}
            covers={covers?.get(waiver.id) ?? (covers === undefined ? undefined : 0)}
          />
        ))}
      </Tbody>
    </Table>
  );
}

function Row({ waiver, covers }: { waiver: WaiverRow; covers: number | undefined }) {
  const { id, name, namespace, policies, match, reason, owner, expires, message, origin } = waiver;
  const state = stateOf(waiver);
  const end = toTime(expires);
  return (
    <Tr>
      <Td dataLabel="State">
        <State kind="waiver" value={state} />
      </Td>
      <Td dataLabel="Waiver">
        {name}
        <div className="sk-cell-sub">{namespace}</div>
        {origin?.file === undefined ? null : <div className="sk-cell-sub">{formatOrigin(origin)}</div>}
      </Td>
      <Td dataLabel="Policies">
        <ul>
          {policies.map(({ kind, name: policy, rule }) => (
            <li key={`${kind ?? ''}/${policy}/${rule ?? ''}`}>
              <Link to="/policies" search={{ q: policy.replaceAll('*', '') }}>
                {policy}
              </Link>
              {rule === undefined ? '' : `: ${rule}`}
              {kind === undefined ? null : <div className="sk-cell-sub">{policyKind(kind)}</div>}
            </li>
          ))}
        </ul>
      </Td>
      <Td dataLabel="For">{matchInWords(match, namespace)}</Td>
      <Td dataLabel="Why">
        {reason}
        <div className="sk-cell-sub">{owner === '' ? '' : `answered for by ${owner}`}</div>
        {message === undefined ? null : (
          <Alert variant={state === 'invalid' ? 'danger' : 'info'} isInline isPlain title={message} component="p" />
        )}
      </Td>
      <Td dataLabel="Ends" modifier="nowrap">
        <Time value={expires} />
        <div className="sk-cell-sub">{end === undefined ? '' : formatAbsolute(end)}</div>
      </Td>
      <Td dataLabel="Covers" modifier="nowrap">
        {covers === undefined ? (
          <span className="sk-muted">–</span>
        ) : covers === 0 ? (
          <span className="sk-muted">nothing now</span>
        ) : (
          <Link to="/violations" search={{ decision: ['waived'], q: id }}>
            {count(covers, 'violation')}
          </Link>
        )}
      </Td>
    </Tr>
  );
}

function stateOf({ state, expires }: WaiverRow): (typeof ORDER)[number] {
  const end = toTime(expires);
  if (state !== 'active' || end === undefined) return state;
  return end <= Date.now() ? 'expired' : end - Date.now() < SOON_MS ? 'expiring' : 'active';
}

const timeLeft = ({ expires }: WaiverRow) => toTime(expires) ?? 0;

function hasWords({ id, reason, owner, policies }: WaiverRow, text = ''): boolean {
  const all = [id, reason, owner, ...policies.map(({ kind = '', name, rule = '' }) => `${kind}/${name}/${rule}`)]
    .join(' ')
    .toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

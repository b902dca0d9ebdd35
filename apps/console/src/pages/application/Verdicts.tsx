import { Alert } from '@patternfly/react-core';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApplicationName, getResource } from '../../api/applications.ts';
import type { ApplicationVerdicts, Verdict } from '../../api/gates.ts';
import { listPolicies } from '../../api/policies.ts';
import type { ResourceRef } from '../../api/types.ts';
import { Digest } from '../../components/Copy.tsx';
import { Faults } from '../../components/gates/Faults.tsx';
import { NoPolicies } from '../../components/gates/NoPolicies.tsx';
import { VerdictCard } from '../../components/gates/VerdictCard.tsx';
import { VerdictList } from '../../components/gates/VerdictList.tsx';
import { Empty, Failure, Loading } from '../../components/Nothing.tsx';
import { count } from '../../format/text.ts';
import { rowKey } from '../../live/row-store.ts';
import { resourceKey } from './resource-key.ts';

interface Props {
  readonly app: ApplicationName;
  readonly verdicts: UseQueryResult<ApplicationVerdicts>;
  onOpen(resource: ResourceRef): void;
}

/** What the gate before a sync says of what git says: by which policy, at which line, and what to do. */
export function Verdicts({ app, verdicts, onOpen }: Props) {
  if (verdicts.isPending) return <Loading what="the verdicts" />;
  if (verdicts.data === undefined) {
    return <Failure error={verdicts.error} what="The verdicts" retry={() => void verdicts.refetch()} />;
  }
  const { items, revision, deny: denied, warn: warned, total, fault, passed, diagnostics } = verdicts.data;
  if (fault !== undefined) {
    return (
      <div className="sk-padded">
        <Alert variant="danger" isInline title="Policies could not be asked, so nothing is synced">
          {fault}
        </Alert>
      </div>
    );
  }
  if (items.length === 0 && diagnostics.length === 0) return <NothingSaid revision={revision} passed={passed} />;
  return (
    <div className="sk-padded">
      <p className={`sk-words sk-tone-${denied > 0 ? 'bad' : warned > 0 ? 'attention' : 'good'}`}>
        {denied > 0 ? (
          <>
            Policies deny it {denied === 1 ? 'once' : `${denied} times`}: a sync does not begin until that is mended or
            waived.
          </>
        ) : warned > 0 ? (
          <>{count(warned, 'warning')}; a sync may begin.</>
        ) : (
          <>Nothing is denied; a sync may begin.</>
        )}{' '}
        <span className="sk-muted">
          Judged at <Digest value={revision} copy={false} />
        </span>
      </p>
      <Faults faults={diagnostics} />
      <VerdictList
        verdicts={items}
        card={(verdict, isOpen) => <VerdictOfResource app={app} verdict={verdict} isOpen={isOpen} onOpen={onOpen} />}
      />
      {total > items.length ? (
        <p className="sk-muted">{count(total - items.length, 'verdict')} more: mend the hardest first.</p>
      ) : null}
    </div>
  );
}

function VerdictOfResource(props: {
  app: ApplicationName;
  verdict: Verdict;
  isOpen: boolean;
  onOpen: Props['onOpen'];
}) {
  const { app, verdict, isOpen, onOpen } = props;
  const { group, kind, namespace = '', name } = verdict.object;
  const resource = { group, kind, namespace, name };
  const [wanted, setWanted] = useState(isOpen);
  const detail = useQuery({
    queryKey: ['application', rowKey(app), 'resource', resourceKey(resource)],
    queryFn: ({ signal }) => getResource(app, resource, signal),
    // The file's own lines say more.
    enabled: wanted && verdict.excerpt === undefined && (verdict.fields ?? []).length > 0,
    retry: false,
  });
  return (
    <VerdictCard
      verdict={verdict}
      subject={
        <button type="button" className="sk-link" onClick={() => onOpen(resource)}>
          {kind} {name}
          {namespace === '' ? '' : ` in ${namespace}`}
        </button>
      }
      manifest={detail.data?.desired ?? detail.data?.live}
      isOpen={isOpen}
      onOpen={() => setWanted(true)}
    />
  );
}

function NothingSaid({ revision, passed }: Pick<ApplicationVerdicts, 'revision' | 'passed'>) {
  const policies = useQuery({ queryKey: ['gates', 'policies'], queryFn: ({ signal }) => listPolicies(signal) });
  if (policies.data?.items.length === 0) return <NoPolicies />;
  const were = new Set(passed.map(({ policyId }) => policyId)).size;
  return (
    <Empty title="No policy speaks against it" icon={CheckCircleIcon}>
      {were === 0 ? 'None has a word about' : `${count(were, 'policy was', 'policies were')} asked about`} what git says
      at <Digest value={revision} copy={false} />.
    </Empty>
  );
}

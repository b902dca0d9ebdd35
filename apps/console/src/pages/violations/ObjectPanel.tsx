import { Button, Title } from '@patternfly/react-core';
import TimesIcon from '@patternfly/react-icons/dist/esm/icons/times-icon';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { SubjectRef } from '../../api/gates.ts';
import { getObjectVerdicts, listViolations } from '../../api/policies.ts';
import { objectKey } from '../../components/gates/object-key.ts';
import { VerdictList } from '../../components/gates/VerdictList.tsx';
import { Failure, Loading } from '../../components/Nothing.tsx';
import { resourceKey } from '../application/resource-key.ts';

/** All that policies say of one object, beside the list. */
export function ObjectPanel({ object, onClose }: { object: SubjectRef; onClose: () => void }) {
  const { group, kind, namespace = '', name, cluster } = object;
  const verdicts = useQuery({
    queryKey: ['gates', 'object', objectKey(object)],
    queryFn: ({ signal }) => getObjectVerdicts(object, signal),
  });
  const application = useQuery({
    queryKey: ['gates', 'object', objectKey(object), 'application'],
    queryFn: async ({ signal }) => {
      const { items } = await listViolations({ q: name, kind: [kind] }, { limit: 50 }, signal);
      return items.find((item) => objectKey(item.object) === objectKey(object))?.application ?? null;
    },
  });
  return (
    <aside className="sk-panel" aria-label={`${kind} ${name}`}>
      <div className="sk-panel-head">
        <div className="sk-panel-titles">
          <Title headingLevel="h2" size="lg">
            {name}
          </Title>
          <div className="sk-cell-sub">
            {[kind, group, namespace, cluster].filter((part) => part !== undefined && part !== '').join(' · ')}
          </div>
        </div>
        <Button variant="plain" aria-label="Close the panel" icon={<TimesIcon />} onClick={onClose} />
      </div>
      {application.data ? (
        <div className="sk-panel-actions">
          Part of application{' '}
          <Link
            to="/applications/$namespace/$name"
            params={application.data}
            search={{ resource: resourceKey({ group, kind, namespace, name }) }}
          >
            {application.data.name}
          </Link>
        </div>
      ) : null}
      {verdicts.isPending ? <Loading what="verdicts" /> : null}
      {verdicts.data === undefined && verdicts.isError ? (
        <Failure error={verdicts.error} what="The verdicts" retry={() => void verdicts.refetch()} />
      ) : null}
      {verdicts.data === undefined ? null : (
        <div className="sk-panel-body">
          <VerdictList verdicts={verdicts.data} />
        </div>
      )}
    </aside>
  );
}

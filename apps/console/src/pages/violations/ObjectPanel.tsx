import { Button, Title } from '@patternfly/react-core';
import TimesIcon from '@patternfly/react-icons/dist/esm/icons/times-icon';
import { Link } from '@tanstack/react-router';
import type { SubjectRef } from '../../api/gates.ts';
import { ObjectVerdicts, useObjectVerdicts } from '../../components/gates/ObjectVerdicts.tsx';
import { resourceKey } from '../application/resource-key.ts';

/** All that policies say of one object, beside the list. */
export function ObjectPanel({ object, onClose }: { object: SubjectRef; onClose: () => void }) {
  const { group, kind, namespace = '', name, cluster } = object;
  const application = useObjectVerdicts(object).data?.items.find((item) => item.application !== undefined)?.application;
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
      {application === undefined ? null : (
        <div className="sk-panel-actions">
          Part of application{' '}
          <Link
            to="/applications/$namespace/$name"
            params={application}
            search={{ resource: resourceKey({ group, kind, namespace, name }) }}
          >
            {application.name}
          </Link>
        </div>
      )}
      <div className="sk-panel-body">
        <ObjectVerdicts object={object} />
      </div>
    </aside>
  );
}

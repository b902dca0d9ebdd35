import { Link } from '@tanstack/react-router';
import type { Violation } from '../../api/gates.ts';
import { State } from '../State.tsx';
import { Time } from '../Time.tsx';
import { objectKey } from './object-key.ts';
import { policyTitle } from './words.ts';

interface Props {
  readonly violations: readonly Violation[];
  readonly isOfOnePolicy?: boolean;
}

/** A few violations; each leads to its object's verdicts. */
export function NewestViolations({ violations, isOfOnePolicy = false }: Props) {
  return (
    <ul className="sk-list">
      {violations.map(({ id, object, decision, message, policy, policyId, application, since }) => (
        <li key={id}>
          <div className="sk-list-line">
            <span className="sk-ellipsis">
              <Link
                to="/violations"
                search={{ object: objectKey(object), ...(isOfOnePolicy ? { policy: [policyId] } : {}) }}
              >
                {object.name}
              </Link>{' '}
              <span title={message}>{message}</span>
            </span>
            <span className="sk-list-states">
              <State kind="decision" value={decision} />
            </span>
          </div>
          <div className="sk-cell-sub">
            {isOfOnePolicy ? null : (
              <>
                <Link to="/policies/$" params={{ _splat: policyId }}>
                  {policyTitle(policy)}
                </Link>{' '}
                ·{' '}
              </>
            )}
            {object.kind}
            {object.namespace ? ` in ${object.namespace}` : ''}
            {application === undefined ? null : (
              <>
                {' '}
                · application{' '}
                <Link to="/applications/$namespace/$name" params={application} search={{ view: 'verdicts' }}>
                  {application.name}
                </Link>
              </>
            )}{' '}
            · <Time value={since} />
          </div>
        </li>
      ))}
    </ul>
  );
}

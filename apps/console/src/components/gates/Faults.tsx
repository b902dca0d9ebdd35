import { Alert } from '@patternfly/react-core';
import type { Fault } from '../../api/gates.ts';
import { count, formatOrigin } from '../../format/text.ts';

/** What is wrong with policies themselves: what has a fault does not count. */
export function Faults({ faults }: { faults: readonly Fault[] }) {
  if (faults.length === 0) return null;
  const isError = faults.some(({ severity }) => severity === 'error');
  return (
    <Alert
      className="sk-faults"
      variant={isError ? 'danger' : 'warning'}
      isInline
      isExpandable={faults.length > 3}
      title={
        isError
          ? `${count(faults.length, 'fault')}: what has an error does not count, everything else does`
          : count(faults.length, 'warning')
      }
    >
      <ul className="sk-lines">
        {faults.map(({ code, message, origin, hint }) => (
          <li key={`${code}${message}${origin?.file ?? ''}${origin?.line ?? ''}`}>
            {origin?.file === undefined ? null : <code className="sk-mono">{formatOrigin(origin)} </code>}
            {message} {hint}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

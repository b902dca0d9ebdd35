import { Alert, Button } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { Time } from '../components/Time.tsx';
import { useStreamState } from '../live/live.tsx';

const WORDS = { connecting: 'Connecting', live: 'Live', stale: 'Not live' } as const;

/** Whether what is shown follows the cluster. */
export function LiveState() {
  const { kind } = useStreamState();
  return (
    <span
      className={`sk-live sk-live-${kind}`}
      role="status"
      title={kind === 'live' ? 'Changes appear by themselves.' : 'Waiting for the server.'}
    >
      <span className="sk-live-dot" aria-hidden="true" />
      {WORDS[kind]}
    </span>
  );
}

export function StaleBanner() {
  const state = useStreamState();
  const queries = useQueryClient();
  if (state.kind !== 'stale') return null;
  return (
    <div className="sk-banner">
      <Alert
        variant="warning"
        isInline
        isPlain
        title={
          <>
            The server stopped sending changes <Time value={state.since} />. What is shown may be old; the console keeps
            trying.
          </>
        }
        actionLinks={
          <Button variant="link" isInline onClick={() => void queries.invalidateQueries()}>
            Read everything again
          </Button>
        }
      />
    </div>
  );
}

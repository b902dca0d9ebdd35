import { Bullseye, Spinner } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { useCallback } from 'react';
import { ApiError } from '../api/request.ts';
import { getSession } from '../api/session.ts';
import type { Session } from '../api/types.ts';
import { Failure } from '../components/Nothing.tsx';
import { LiveProvider } from '../live/live.tsx';
import { Shell } from './Shell.tsx';
import { SignIn } from './SignIn.tsx';
import { SessionContext } from './session.ts';

/** Everything behind the sign-in. Who is not signed in sees the sign-in page at the same address and comes back to it. */
export function App() {
  const queries = useQueryClient();
  const session = useQuery<Session | null>({
    queryKey: ['session'],
    queryFn: async ({ signal }) => {
      try {
        return await getSession(signal);
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: 5 * 60_000,
  });
  const check = useCallback(() => void queries.invalidateQueries({ queryKey: ['session'] }), [queries]);

  if (session.isPending) {
    return (
      <Bullseye>
        <Spinner aria-label="Loading the console" />
      </Bullseye>
    );
  }
  if (session.isError) return <Failure error={session.error} what="The console" retry={check} />;
  if (session.data === null) return <SignIn onSignedIn={(signedIn) => queries.setQueryData(['session'], signedIn)} />;
  return (
    <SessionContext value={session.data}>
      <LiveProvider onRefused={check}>
        <Shell>
          <Outlet />
        </Shell>
      </LiveProvider>
    </SessionContext>
  );
}

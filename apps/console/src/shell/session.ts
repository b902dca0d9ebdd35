import { useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { canI } from '../api/operations.ts';
import type { Session } from '../api/types.ts';

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('nobody is signed in');
  return session;
}

export interface Allowed {
  /** True until the server says otherwise: it checks every request anyway. */
  readonly allowed: boolean;
  /** Why not, for people. */
  readonly reason?: string;
}

/** Whether the user may do this; asked once and kept for five minutes. */
export function useMay(resource: string, action: string, object: string): Allowed {
  const { user } = useSession();
  const { data } = useQuery({
    queryKey: ['may', resource, action, object],
    queryFn: ({ signal }) => canI(resource, action, object, signal),
    staleTime: 5 * 60_000,
    retry: false,
  });
  if (data === undefined || data.allowed) return { allowed: true };
  return { allowed: false, reason: data.reason ?? `User ${user} may not ${action} ${resource} in ${object}.` };
}

/** How policies name an application: with its namespace when it is not the control namespace. */
export function objectOf(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  project: string,
): string {
  return namespace === 'argocd' ? `${project}/${name}` : `${project}/${namespace}/${name}`;
}

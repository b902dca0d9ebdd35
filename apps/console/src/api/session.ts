import { request, setCsrfToken } from './request.ts';
import type { Session, SignInProvider } from './types.ts';

export async function getSession(signal?: AbortSignal): Promise<Session> {
  return remember(
    await request<Session>('/api/v1/session', signal === undefined ? { isSignIn: true } : { signal, isSignIn: true }),
  );
}

/** A provider lets a password be checked by the directory (LDAP) instead of a local account. */
export async function signIn(
  credentials:
    | { readonly token: string }
    | { readonly username: string; readonly password: string; readonly provider?: string },
): Promise<Session> {
  return remember(await request<Session>('/api/v1/session', { method: 'POST', body: credentials, isSignIn: true }));
}

export async function signOut(): Promise<void> {
  await request('/api/v1/session', { method: 'DELETE', isSignIn: true });
  setCsrfToken(undefined);
}

export async function listProviders(): Promise<readonly SignInProvider[]> {
  const answer = await request<readonly SignInProvider[] | { readonly items: readonly SignInProvider[] }>(
    '/api/v1/session/providers',
    { isSignIn: true },
  );
  return 'items' in answer ? answer.items : answer;
}

function remember(session: Session): Session {
  setCsrfToken(session.csrf);
  return session;
}

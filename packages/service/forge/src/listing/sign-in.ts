import type { ForgeSignIn } from './types.ts';

type Headers = Record<string, string>;

/** `Authorization: Bearer`, or Basic for a name with a password. */
export function bearer(signIn: ForgeSignIn | undefined): Headers {
  return signIn !== undefined && 'token' in signIn ? { authorization: `Bearer ${signIn.token}` } : basic(signIn);
}

export function basic(signIn: ForgeSignIn | undefined): Headers {
  return signIn === undefined || 'token' in signIn ? {} : pair(signIn.username, signIn.password);
}

export function pair(username: string, password: string): Headers {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

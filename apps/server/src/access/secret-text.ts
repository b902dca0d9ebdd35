import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a secret is for; its first letters say so, for people and for programs that look for leaked secrets. */
export type SecretKind = 'session' | 'token' | 'start' | 'code';

const PREFIX: Readonly<Record<SecretKind, string>> = {
  session: 'sks_',
  token: 'skt_',
  start: 'sko_',
  code: 'skc_',
};

/** 256 random bits; nobody guesses them, so a plain hash is enough to keep. */
export function createSecret(kind: SecretKind): string {
  return PREFIX[kind] + randomBytes(32).toString('base64url');
}

export function isSecretOf(kind: SecretKind, text: string): boolean {
  return text.startsWith(PREFIX[kind]) && text.length < 100;
}

/** What is stored of a secret. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** What a page must show besides the cookie: another site can make the browser send the one, but not read the other. */
export function csrfOf(session: string): string {
  return createHash('sha256').update(`csrf:${session}`).digest('base64url');
}

/** Compares in constant time, whatever the lengths. */
export function sameSecret(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}

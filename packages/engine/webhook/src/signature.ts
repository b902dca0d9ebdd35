import { createHmac, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA256 of the body in lower-case hex, as GitHub, Gitea and Bitbucket send it. */
export function hmacHex(secret: string, body: Uint8Array): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

/** Compares in constant time, whatever the lengths. */
export function equal(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** `sha256=<hex>` in one header, as GitHub and both Bitbuckets send it. */
export function hubSignatureRefusal(header: string, given: string | undefined, secret: string, body: Uint8Array) {
  if (given === undefined) return `the header ${header} is missing`;
  return equal(given.toLowerCase(), `sha256=${hmacHex(secret, body)}`)
    ? undefined
    : `${header} does not fit the body and the secret`;
}

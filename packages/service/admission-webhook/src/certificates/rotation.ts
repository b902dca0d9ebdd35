import { type CertificatePair, inspectCertificate } from '@sekisho/certificates';

/** What there is: an authority and what it issued. */
export interface CertificateState {
  /** PEM, the newest first: those before it count while something of theirs may still be in use. */
  readonly authorities: readonly string[];
  /** Of the newest. */
  readonly authorityKey: string;
  readonly serving: CertificatePair;
}

export interface Lifetimes {
  /** Of an authority, ms. Default 10 years. */
  readonly authorityMs: number;
  /** Of a serving certificate, ms. Default 90 days; it is replaced when a third is left. */
  readonly servingMs: number;
  /** From when an authority is published until something is issued by it: for caBundles to reach everybody. Default 10 minutes. */
  readonly settleMs: number;
}

export const LIFETIMES: Lifetimes = {
  authorityMs: 10 * 365 * 24 * 3_600_000,
  servingMs: 90 * 24 * 3_600_000,
  settleMs: 10 * 60_000,
};

/** Clocks differ: what is made now is valid for some time already. */
export const SKEW_MS = 3_600_000;

/**
 * What has to be done next:
 * - `begin`: there is nothing that could be used, so that nobody trusts it either
 * - `add authority`: a new one beside the one before it; nothing is issued by it yet
 * - `issue`: a new serving certificate by the newest authority
 * - `wait`: nothing before `at`
 */
export type RotationStep =
  | { readonly kind: 'begin' }
  | { readonly kind: 'add authority' }
  | { readonly kind: 'issue' }
  | { readonly kind: 'wait'; readonly at: number };

/** Decides the next step of rotation: so that at each time everything in use is trusted by everybody. */
export function planRotation(
  state: CertificateState | undefined,
  { now, hosts, lifetimes }: { readonly now: number; readonly hosts: readonly string[]; readonly lifetimes: Lifetimes },
): RotationStep {
  const newest = state?.authorities[0];
  const authority = newest === undefined ? undefined : inspectCertificate(newest);
  if (state === undefined || newest === undefined || authority?.belongsTo(state.authorityKey) !== true) {
    return { kind: 'begin' };
  }
  if (authority.notAfter <= now) return { kind: 'begin' };
  const renewAuthorityAt = authority.notAfter - 2 * lifetimes.servingMs;
  const serving = inspectCertificate(state.serving.certificatePem);
  const isUsable =
    serving?.belongsTo(state.serving.keyPem) === true &&
    serving.notAfter > now &&
    hosts.every((host) => serving.covers(host)) &&
    state.authorities.some((pem) => serving.isIssuedBy(pem));
  if (serving === undefined || !isUsable) return { kind: 'issue' };
  if (renewAuthorityAt <= now) return { kind: 'add authority' };
  const settledAt = authority.notBefore + SKEW_MS + lifetimes.settleMs;
  const renewServingAt = serving.isIssuedBy(newest)
    ? serving.notAfter - lifetimes.servingMs / 3
    : Math.min(settledAt, serving.notAfter - lifetimes.servingMs / 3);
  if (renewServingAt <= now) return { kind: 'issue' };
  return { kind: 'wait', at: Math.min(renewServingAt, renewAuthorityAt) };
}

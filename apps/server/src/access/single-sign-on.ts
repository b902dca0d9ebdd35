import { createHash } from 'node:crypto';
import { type Clock, createLru, SekishoError } from '@sekisho/base';
import type { PendingSignIn } from '@sekisho/identity';
import { createSecret, hashSecret, sameSecret } from './secret-text.ts';
import type { SignedIn } from './sessions.ts';
import type { SignIn } from './sign-in.ts';

/** A program on the user's own machine that waits for the browser, and proves afterwards that it was the one who asked. */
export interface WaitingProgram {
  /** It listens on 127.0.0.1. */
  readonly port: number;
  /** SHA-256 of its verifier, base64url. */
  readonly challenge: string;
  readonly state: string;
}

/** The way to an identity provider and back. */
export interface SingleSignOn {
  /** @returns id: for a cookie of the browser that is sent to `url`; only this browser can come back */
  begin(wish: {
    readonly redirectUri: string;
    readonly returnTo: string;
    readonly program?: WaitingProgram;
  }): Promise<{ readonly url: string; readonly id: string }>;
  /**
   * @returns program: address of the waiting program with a code for it, instead of a sign-in of the browser
   * @throws SekishoError SSO_UNKNOWN (too late, another browser, or a second time) | those of the provider
   */
  finish(
    id: string | undefined,
    callback: URL,
  ): Promise<{ readonly who: SignedIn; readonly returnTo: string; readonly program?: string }>;
  /** Once, and only for the program that asked. */
  redeem(code: string, verifier: string): SignedIn | undefined;
}

const PENDING_MS = 10 * 60_000;
const CODE_MS = 60_000;

export function createSingleSignOn({ signIn, clock }: { signIn: SignIn; clock: Clock }): SingleSignOn {
  const pendingById = createLru<string, Pending>({ maxWeight: 1_000 });
  const codes = createLru<string, { who: SignedIn; challenge: string; expiresAt: number }>({ maxWeight: 1_000 });

  return {
    async begin({ redirectUri, returnTo, program }) {
      const { url, pending } = await providerOf(signIn).begin(redirectUri);
      const id = createSecret('code');
      const expiresAt = clock.now() + PENDING_MS;
      pendingById.set(hashSecret(id), { pending, returnTo, expiresAt, ...(program === undefined ? {} : { program }) });
      return { url: url.href, id };
    },
    async finish(id, callback) {
      const key = hashSecret(id ?? '');
      const found = pendingById.get(key);
      pendingById.delete(key);
      if (found === undefined || found.expiresAt <= clock.now()) {
        throw new SekishoError(
          'SSO_UNKNOWN',
          'This sign-in was not begun in this browser, took too long, or is over.',
          {
            hint: 'Begin again from the sign-in page.',
            details: { status: 401 },
          },
        );
      }
      const identity = await providerOf(signIn).finish(callback, found.pending);
      const who = signIn.fromProvider(identity, 'oidc');
      const { returnTo, program } = found;
      if (program === undefined) return { who, returnTo };
      const code = createSecret('code');
      codes.set(hashSecret(code), { who, challenge: program.challenge, expiresAt: clock.now() + CODE_MS });
      const address = new URL(`http://127.0.0.1:${program.port}/`);
      address.search = new URLSearchParams({ code, state: program.state }).toString();
      return { who, returnTo, program: address.href };
    },
    redeem(code, verifier) {
      const key = hashSecret(code);
      const found = codes.get(key);
      codes.delete(key);
      if (found === undefined || found.expiresAt <= clock.now()) return undefined;
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      return sameSecret(challenge, found.challenge) ? found.who : undefined;
    },
  };
}

interface Pending {
  readonly pending: PendingSignIn;
  readonly returnTo: string;
  readonly expiresAt: number;
  readonly program?: WaitingProgram;
}

function providerOf(signIn: SignIn) {
  const oidc = signIn.oidc();
  if (oidc !== undefined) return oidc.provider;
  throw new SekishoError('SSO_NOT_CONFIGURED', 'No identity provider is configured.', {
    hint: 'Declare it as oidc.config in the ConfigMap argocd-cm.',
    details: { status: 404 },
  });
}

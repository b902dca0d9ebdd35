import { createSign } from 'node:crypto';
import { SekishoError } from '@sekisho/base';
import { fields, text } from './fields.ts';
import { github } from './listing/hub.ts';
import { refusal } from './refusal.ts';
import { createRest } from './rest.ts';

export interface GithubApp {
  readonly appId: string;
  readonly installationId: string;
  /** PEM. */
  readonly privateKey: string;
  /** Of GitHub Enterprise. Default: the public GitHub. */
  readonly api?: string | undefined;
}

const TIMEOUT_MS = 20_000;
/** GitHub takes proofs that live for at most ten minutes, and clocks differ. */
const PROOF_SECONDS = 300;
const SKEW_SECONDS = 60;

/**
 * A token of an installation of a GitHub App, good for an hour.
 *
 * @param now ms since 1970
 * @throws SekishoError FORGE_AUTH | FORGE_REFUSED | FORGE_UNREACHABLE (retryable) | FORGE_FAILED
 * @see GitHub's documentation "Generating an installation access token for a GitHub App"
 */
export async function githubAppToken(app: GithubApp, now: number, signal: AbortSignal): Promise<string> {
  const rest = createRest({
    base: github.base({ api: app.api }) ?? '',
    headers: github.headers({ token: proof(app, now) }),
    secrets: [],
    timeoutMs: TIMEOUT_MS,
    tlsCa: undefined,
    insecure: false,
  });
  try {
    const path = `/app/installations/${encodeURIComponent(app.installationId)}/access_tokens`;
    const answer = await rest.post(path, {}, signal);
    if (answer.status !== 201) throw refusal(answer, 'give a token to the GitHub App', []);
    const token = text(fields(answer.body)['token']);
    if (token !== undefined) return token;
    throw new SekishoError('FORGE_FAILED', 'the forge answered with something that is no token of a GitHub App');
  } finally {
    await rest.close();
  }
}

/** A JSON Web Token, signed with RS256. */
function proof({ appId, privateKey }: GithubApp, now: number): string {
  const seconds = Math.floor(now / 1000);
  const claims = { iat: seconds - SKEW_SECONDS, exp: seconds + PROOF_SECONDS, iss: appId };
  const body = [{ alg: 'RS256', typ: 'JWT' }, claims].map(encoded).join('.');
  try {
    return `${body}.${createSign('RSA-SHA256').update(body).sign(privateKey, 'base64url')}`;
  } catch {
    throw new SekishoError('FORGE_AUTH', 'the private key of the GitHub App can not be used', {
      hint: 'githubAppPrivateKey must be the PEM text that GitHub gave.',
    });
  }
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

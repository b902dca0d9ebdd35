import { redact, redactUrl, SekishoError } from '@sekisho/base';
import { remoteFailure } from './failure.ts';

/** How a push of one reference ended, when not well. */
export type PushRefusal = { readonly raced: true } | { readonly raced: false; readonly error: SekishoError };

const racedPattern =
  /non-fast-forward|fetch first|stale info|cannot lock ref|reference already exists|failed to (?:lock|update ref)|incorrect old value/i;
const refusedPattern =
  /protected branch|GH006|GH013|rule violations|hook declined|not allowed to (?:push|force)|deny updating|remote rejected|prohibited by/i;
const readOnlyPattern = /returned error: 403|Write access to repository not granted|read.?only|denied to/i;

/**
 * What a failed `git push` means. A server's own rules (protected branches, hooks) come as GIT_PROTECTED: a pull request is the
 * way then.
 */
export function pushRefusal(stderr: string, url: string, secrets: readonly string[]): PushRefusal {
  const lines = redact(stderr, secrets)
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => /^(!|remote:|fatal|error)/.test(line) && !/^error: failed to push/.test(line));
  const refused = lines.some((line) => line.startsWith('!'));
  const detail = lines
    .join('; ')
    .replace(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, (found) => redactUrl(found))
    .slice(0, 600);
  // A hook's words may hold anything: only git's own verdict tells of a race.
  if (refused && lines.some((line) => line.startsWith('!') && racedPattern.test(line))) return { raced: true };
  if (refusedPattern.test(stderr) && (refused || /GH006|GH013/.test(stderr))) {
    return {
      raced: false,
      error: new SekishoError(
        'GIT_PROTECTED',
        `${redactUrl(url)} does not take a push to this branch (git: ${detail})`,
        {
          hint: 'The branch is protected: make the change by a pull request.',
        },
      ),
    };
  }
  if (readOnlyPattern.test(stderr)) {
    return {
      raced: false,
      error: new SekishoError(
        'GIT_AUTH',
        `${redactUrl(url)}: the credentials may read, but not push (git: ${detail})`,
        {
          hint: 'Give a token or key that may write to this repository.',
        },
      ),
    };
  }
  return { raced: false, error: remoteFailure(stderr, url, secrets) };
}
